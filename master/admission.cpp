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

// The address that `host` counts as: of IPv6 its /64; but link-local ones, whose /64 is the whole
// link (RFC 4291 section 2.5.6), count as what they are.
std::string counted_as(const std::string& host) {
  in6_addr address{};
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1 || IN6_IS_ADDR_LINKLOCAL(&address))
    return host;
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

std::string refusal_text(conf::ProtocolName protocol, std::string_view why,
                         std::optional<std::chrono::seconds> retry_after) {
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
             std::to_string(reason.size() + 1) + "\r\n" +
             (retry_after ? "Retry-After: " + std::to_string(retry_after->count()) + "\r\n" : "") +
             "Connection: close\r\n\r\n" + reason + "\n";
  }
  return "";
}

std::optional<Refusal> Admission::enter(const std::string& host, uint64_t now_ms) {
  if (connections_ >= max_connections_) return Refusal{"server is full"};
  const std::string address = counted_as(host);
  if (host != kNoAddress) {
    if (connections_from(address) >= max_per_address_)
      return Refusal{"too many connections from your address"};
    if (!throttle_.take(address, now_ms))
      return Refusal{"your address connects too often: try again in a minute",
                     throttle_.longest_wait()};
  }
  count(host, address);
  return std::nullopt;
}

void Admission::enter_again(const std::string& host) { count(host, counted_as(host)); }

void Admission::count(const std::string& host, const std::string& address) {
  ++connections_;
  ++per_address_[host];
  if (address != host) ++per_address_[address];
}

uint32_t Admission::connections_from(const std::string& address) const {
  const auto found = per_address_.find(address);
  return found == per_address_.end() ? 0 : found->second;
}

void Admission::discount(const std::string& host) {
  const auto found = per_address_.find(host);
  if (found != per_address_.end() && --found->second == 0) per_address_.erase(found);
}

const std::string& Admission::kept(const std::string& host) const {
  return per_address_.find(host)->first;
}

void Admission::leave(const std::string& host) {
  --connections_;
  // Its own entry last: `host` may be the one that is kept there.
  if (const std::string address = counted_as(host); address != host) discount(address);
  discount(host);
}

}  // namespace banterd::master
