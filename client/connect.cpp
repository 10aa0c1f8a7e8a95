#include "client/connect.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace banterd::client {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::UniqueFd;

constexpr int kConnectTimeoutMs = 10'000;

// Nobody listens there: not a matter of the network but of a server that does not run.
bool nobody_listens(int error_number) {
  return error_number == ECONNREFUSED || error_number == ENOENT;
}

Error cannot_connect(const ServerAddress& address, std::string_view why,
                     bool ask_for_server = false) {
  std::string context = "cannot connect to " + to_string(address) + ": " + std::string(why);
  if (ask_for_server) context += ". Is banterd running?";
  return {Errc::system, context};
}

// 0 when connected, else an errno value.
int wait_until_connected(int fd) {
  pollfd watched{.fd = fd, .events = POLLOUT, .revents = 0};
  int ready = 0;
  do {
    ready = poll(&watched, 1, kConnectTimeoutMs);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return ETIMEDOUT;
  if (ready < 0) return errno;
  int error_number = 0;
  socklen_t size = sizeof(error_number);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size) < 0 ? errno : error_number;
}

// Puts the connected socket into `connected` and returns 0, or returns an errno value.
int try_address(int family, const sockaddr* address, socklen_t size, UniqueFd& connected) {
  UniqueFd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  if (connect(fd.get(), address, size) < 0) {
    if (errno != EINPROGRESS) return errno;
    if (const int error_number = wait_until_connected(fd.get()); error_number != 0)
      return error_number;
  }
  connected = std::move(fd);
  return 0;
}

Result<UniqueFd> connect_unix(const ServerAddress& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.unix_path.size() >= sizeof(name.sun_path)) {
    return cannot_connect(address, "the path of a Unix socket has at most 107 bytes");
  }
  std::memcpy(name.sun_path, address.unix_path.c_str(), address.unix_path.size() + 1);
  UniqueFd fd;
  const int error_number =
      try_address(AF_UNIX, reinterpret_cast<sockaddr*>(&name), sizeof(name), fd);
  if (error_number == 0) return fd;
  return cannot_connect(address, uv_strerror(-error_number), nobody_listens(error_number));
}

Result<UniqueFd> connect_tcp(const ServerAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int lookup =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (lookup != 0)
    return cannot_connect(address,
                          lookup == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(lookup));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);

  int error_number = EADDRNOTAVAIL;
  for (const addrinfo* candidate = addresses.get(); candidate != nullptr;
       candidate = candidate->ai_next) {
    UniqueFd fd;
    error_number = try_address(candidate->ai_family, candidate->ai_addr, candidate->ai_addrlen, fd);
    if (error_number != 0) continue;
    // A typed line leaves at once; without this a second one waits for the acknowledgement of the
    // first. (tcp(7))
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
  }
  return cannot_connect(address, uv_strerror(-error_number), nobody_listens(error_number));
}

}  // namespace

Result<UniqueFd> connect_to(const ServerAddress& address) {
  return address.is_unix() ? connect_unix(address) : connect_tcp(address);
}

}  // namespace banterd::client
