#include "master/admission.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace banterd::master {

namespace {

// Loop, signals, standard streams, journal, log, the refused that linger, and some for the
// libraries.
constexpr uint64_t kOwnDescriptors = 64;
// A master has a channel and a journal per worker, a worker a bus per other worker, two while one
// is re-made.
constexpr uint64_t kDescriptorsPerSlot = 4;

constexpr uint64_t kMostLingering = 32;

constexpr std::string_view kNoAddress = "unix";

// The /64 of an IPv6 address; empty for any other, and for link-local ones, whose /64 is the whole
// link (RFC 4291 section 2.5.6).
std::string network_of(const std::string& host) {
  in6_addr address{};
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1 || IN6_IS_ADDR_LINKLOCAL(&address))
    return {};
  std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, &address, text.data(), text.size());
  return std::string(text.data()) + "/64";
}

}  // namespace

uint32_t effective_max_connections(uint32_t configured, uint64_t descriptor_limit, uint32_t slots,
                                   size_t listeners) {
  const uint64_t own = kOwnDescriptors + kDescriptorsPerSlot * slots + listeners;
  // With very few descriptors the reserve for our own part is cut, rather than serving nobody at
  // all.
  const uint64_t least = std::max<uint64_t>(1, descriptor_limit / 4);
  const uint64_t possible =
      descriptor_limit > own ? std::max(least, descriptor_limit - own) : least;
  return static_cast<uint32_t>(std::min<uint64_t>(configured, possible));
}

size_t max_lingering_refusals(uint64_t descriptor_limit) {
  return std::min<uint64_t>(kMostLingering, std::max<uint64_t>(1, descriptor_limit / 16));
}

std::string refusal_text(conf::ProtocolName protocol, std::string_view why) {
  const std::string reason(why);
  switch (protocol) {
    case conf::ProtocolName::line:
    case conf::ProtocolName::echo:
      return "! " + reason + "\n";
    case conf::ProtocolName::irc:
      return "ERROR :" + reason + "\r\n";
    case conf::ProtocolName::http:
      return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; "
             "charset=utf-8\r\nContent-Length: " +
             std::to_string(reason.size() + 1) + "\r\nConnection: close\r\n\r\n" + reason + "\n";
  }
  return "";
}

std::optional<std::string_view> Admission::enter(const std::string& host) {
  if (connections_ >= max_connections_) return "server is full";
  if (host != kNoAddress) {
    const std::string network = network_of(host);
    const auto there = per_address_.find(network.empty() ? host : network);
    if ((there == per_address_.end() ? 0 : there->second) >= max_per_address_)
      return "too many connections from your address";
  }
  enter_again(host);
  return std::nullopt;
}

void Admission::enter_again(const std::string& host) {
  ++connections_;
  if (host == kNoAddress) return;
  ++per_address_[host];
  if (const std::string network = network_of(host); !network.empty()) ++per_address_[network];
}

void Admission::discount(const std::string& host) {
  const auto found = per_address_.find(host);
  if (found != per_address_.end() && --found->second == 0) per_address_.erase(found);
}

const std::string& Admission::kept(const std::string& host) const {
  static const std::string kUnknown(kNoAddress);
  const auto found = per_address_.find(host);
  return found == per_address_.end() ? kUnknown : found->first;
}

void Admission::leave(const std::string& host) {
  --connections_;
  // Its own entry last: `host` may be the one that is kept there.
  if (const std::string network = network_of(host); !network.empty()) discount(network);
  discount(host);
}

}  // namespace banterd::master
