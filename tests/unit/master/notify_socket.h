// systemd's end of NOTIFY_SOCKET (sd_notify(3)), which is in the environment for as long as it
// lives.
#pragma once

#include <doctest/doctest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace banterd::master {

class NotifySocket {
 public:
  NotifySocket() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    // Bound to no name: the kernel chooses an abstract one (unix(7), autobind).
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socklen_t length = sizeof address.sun_family;
    REQUIRE(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
    length = sizeof address;
    REQUIRE(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
    const size_t size = length - offsetof(sockaddr_un, sun_path);
    setenv("NOTIFY_SOCKET", ("@" + std::string(address.sun_path + 1, size - 1)).c_str(), 1);
  }
  ~NotifySocket() { unsetenv("NOTIFY_SOCKET"); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // All that has been said and is not read yet.
  [[nodiscard]] std::vector<std::string> read() const {
    std::vector<std::string> said;
    char buffer[4096];
    for (ssize_t got = 0; (got = recv(socket_.get(), buffer, sizeof buffer, 0)) >= 0;)
      said.emplace_back(buffer, static_cast<size_t>(got));
    return said;
  }
  // Reads up to what contains `part`, and returns that.
  std::string await(const std::string& part) const {
    for (;;) {
      pollfd ready{socket_.get(), POLLIN, 0};
      REQUIRE(poll(&ready, 1, 20'000) == 1);
      char buffer[4096];
      const ssize_t got = recv(socket_.get(), buffer, sizeof buffer, 0);
      REQUIRE(got >= 0);
      std::string text(buffer, static_cast<size_t>(got));
      if (text.find(part) != std::string::npos) return text;
    }
  }

 private:
  base::UniqueFd socket_;
};

}  // namespace banterd::master
