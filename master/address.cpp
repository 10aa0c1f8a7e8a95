#include "master/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <uv.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace banterd::master {

namespace {

// The address in the family's own shape. The cast is what sockaddr_storage is made for (socket(7)).
template <class T>
const T& as(const SocketAddress& address) {
  return reinterpret_cast<const T&>(address.storage);
}

base::Result<SocketAddress> unix_address(const std::string& path) {
  SocketAddress address;
  auto& un = reinterpret_cast<sockaddr_un&>(address.storage);
  if (path.empty() || path.size() >= sizeof un.sun_path) {
    return base::Error{base::Errc::invalid, "the path " + path + " is too long for a Unix socket"};
  }
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, path.c_str(), path.size() + 1);
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

uint16_t port_of(const SocketAddress& address) {
  // sin_port and sin6_port lie at the same place.
  return address.is_tcp() ? ntohs(as<sockaddr_in>(address).sin_port) : 0;
}

std::string host_of(const SocketAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.family() == AF_INET) {
    inet_ntop(AF_INET, &as<sockaddr_in>(address).sin_addr, text, sizeof text);
    return text;
  }
  const in6_addr& six = as<sockaddr_in6>(address).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    inet_ntop(AF_INET, six.s6_addr + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &six, text, sizeof text);
  }
  return text;
}

bool is_wildcard(const SocketAddress& address) {
  if (address.family() == AF_INET) return as<sockaddr_in>(address).sin_addr.s_addr == INADDR_ANY;
  return address.family() == AF_INET6 &&
         IN6_IS_ADDR_UNSPECIFIED(&as<sockaddr_in6>(address).sin6_addr);
}

}  // namespace

base::Result<SocketAddress> address_of(const conf::Listener& listener) {
  if (listener.unix_path) return unix_address(*listener.unix_path);
  SocketAddress address;
  auto& four = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (uv_ip4_addr(listener.address.c_str(), listener.port, &four) == 0) {
    address.length = sizeof four;
  } else if (uv_ip6_addr(listener.address.c_str(), listener.port, &six) == 0) {
    address.length = sizeof six;
  } else {
    return base::Error{base::Errc::invalid, listener.address + " is no IPv4 or IPv6 address"};
  }
  return address;
}

base::Result<SocketAddress> bound_address(int socket) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage), &address.length) < 0) {
    return base::from_errno("read the address of a socket", errno);
  }
  return address;
}

Peer peer_of(const SocketAddress& address) {
  if (!address.is_tcp()) return {"unix", 0};
  return {host_of(address), port_of(address)};
}

std::string path_of(const SocketAddress& address) {
  constexpr auto kPathStart = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path));
  if (address.family() != AF_UNIX || address.length <= kPathStart) return "";
  const char* path = as<sockaddr_un>(address).sun_path;
  return {path, strnlen(path, address.length - kPathStart)};
}

std::string describe(const SocketAddress& address) {
  if (!address.is_tcp()) return "unix:" + path_of(address);
  const std::string host = host_of(address);
  const std::string port = std::to_string(port_of(address));
  return address.family() == AF_INET6 ? "[" + host + "]:" + port : host + ":" + port;
}

bool covers(const SocketAddress& bound, bool v6_only, const SocketAddress& wanted) {
  if (bound.is_tcp() != wanted.is_tcp()) return false;
  if (!bound.is_tcp()) return !path_of(bound).empty() && path_of(bound) == path_of(wanted);
  if (port_of(bound) != port_of(wanted)) return false;
  if (is_wildcard(bound))
    return bound.family() == wanted.family() || (bound.family() == AF_INET6 && !v6_only);
  return bound.family() == wanted.family() && host_of(bound) == host_of(wanted);
}

bool collide(const SocketAddress& one, const SocketAddress& other) {
  return one.is_tcp() && (covers(one, true, other) || covers(other, true, one));
}

}  // namespace banterd::master
