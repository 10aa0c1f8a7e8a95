#include "master/admission.h"

#include <algorithm>

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
    uint32_t& here = per_address_[host];
    if (here >= max_per_address_) {
      // A limit of 0 must not leave an entry behind for each address that tried.
      if (here == 0) per_address_.erase(host);
      return "too many connections from your address";
    }
    ++here;
  }
  ++connections_;
  return std::nullopt;
}

void Admission::enter_again(const std::string& host) {
  if (host != kNoAddress) ++per_address_[host];
  ++connections_;
}

const std::string& Admission::kept(const std::string& host) const {
  static const std::string kUnknown(kNoAddress);
  const auto found = per_address_.find(host);
  return found == per_address_.end() ? kUnknown : found->first;
}

void Admission::leave(const std::string& host) {
  --connections_;
  const auto found = per_address_.find(host);
  if (found != per_address_.end() && --found->second == 0) per_address_.erase(found);
}

}  // namespace banterd::master
