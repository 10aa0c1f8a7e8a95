// Socket addresses: of listeners, to bind and to compare, and of peers, as text. Pure but for
// reading a socket's own name.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "conf/config.h"

namespace banterd::master {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] bool is_tcp() const { return family() == AF_INET || family() == AF_INET6; }
};

// Who is at the other end. `host` is "127.0.0.1", "::1" or "unix"; an IPv4 address mapped into IPv6
// (::ffff:192.0.2.1) is given, and hence counted, as the IPv4 address it is.
struct Peer {
  std::string host;
  uint32_t port = 0;  // 0 for "unix"
  bool operator==(const Peer&) const = default;
};

// Errc::invalid for an address that is no literal IPv4 or IPv6 address, or a path that is too long.
base::Result<SocketAddress> address_of(const conf::Listener& listener);

// The address that `socket` is bound to: with port 0, the port that the kernel chose.
base::Result<SocketAddress> bound_address(int socket);

Peer peer_of(const SocketAddress& address);

// The path of a Unix socket's address; empty for others and for unnamed ones.
std::string path_of(const SocketAddress& address);

// "127.0.0.1:7000", "[::1]:7000", "unix:/run/banterd/line.sock".
std::string describe(const SocketAddress& address);

// Whether a socket bound to `bound` takes the connections that `wanted` asks for: the same address,
// or all addresses of the same port. A socket on [::] takes IPv4 too unless `v6_only` (ipv6(7)).
bool covers(const SocketAddress& bound, bool v6_only, const SocketAddress& wanted);

// Whether two sockets of ours on TCP cannot listen there at once: on the same port, one on all
// addresses and the other on one of them, or both on the same.
bool collide(const SocketAddress& one, const SocketAddress& other);

}  // namespace banterd::master
