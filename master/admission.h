// Who may come in: counts connections, of the whole server and per address, against the limits, and
// how often an address connects. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "conf/config.h"
#include "master/throttle.h"

namespace banterd::master {

// The most connections that a process with `descriptor_limit` (RLIMIT_NOFILE) can serve: less what
// it needs for itself, its workers' channels and its listeners. Never more than `configured`, and
// never none.
uint32_t effective_max_connections(uint32_t configured, uint64_t descriptor_limit, uint32_t slots,
                                   size_t listeners);

// How many refused connections may linger, as that takes descriptors away from those that are
// served.
size_t max_lingering_refusals(uint64_t descriptor_limit);

// What a connection is told that is refused, in the words of its listener's protocol: the master
// knows no more of protocols. `retry_after`: when it may be otherwise, where that is known.
std::string refusal_text(conf::ProtocolName protocol, std::string_view why,
                         std::optional<std::chrono::seconds> retry_after = {});

// What who comes by a port is told that a new configuration has closed.
inline constexpr std::string_view kPortClosed = "this port is closed";

// Why a connection may not come in.
struct Refusal {
  std::string_view why;
  std::optional<std::chrono::seconds> retry_after = {};
};

class Admission {
 public:
  Admission(uint32_t max_connections, uint32_t max_per_address)
      : max_connections_(max_connections), max_per_address_(max_per_address) {}

  // Why a connection from `host` (master::Peer) may not come in; nothing if it may, and then it is
  // counted until leave(). Peers on Unix sockets have no address and count only towards the whole;
  // the addresses of one /64 of IPv6, which who has one has all of, count as one. Only who comes in
  // counts towards how often an address may.
  std::optional<Refusal> enter(const std::string& host, uint64_t now_ms);
  void leave(const std::string& host);
  // The address of somebody who is in, as it is kept here: as long as anybody from it is in.
  [[nodiscard]] const std::string& kept(const std::string& host) const;

  // Who is in already stays, also above the new limits.
  void set_limits(uint32_t max_connections, uint32_t max_per_address) {
    max_connections_ = max_connections;
    max_per_address_ = max_per_address;
  }
  // Its rate is 0 until it is given one.
  [[nodiscard]] Throttle& throttle() { return throttle_; }
  [[nodiscard]] const Throttle& throttle() const { return throttle_; }
  // Counts a connection that came in earlier, before this object was made.
  void enter_again(const std::string& host);

  [[nodiscard]] uint32_t connections() const { return connections_; }

 private:
  // `address`: what the host counts as.
  void count(const std::string& host, const std::string& address);
  void discount(const std::string& host);
  [[nodiscard]] uint32_t connections_from(const std::string& address) const;

  uint32_t max_connections_;
  uint32_t max_per_address_;
  uint32_t connections_ = 0;
  std::unordered_map<std::string, uint32_t> per_address_;  // and per /64 of IPv6
  Throttle throttle_;
};

}  // namespace banterd::master
