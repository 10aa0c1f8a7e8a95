#include "tests/support/played_server.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "tests/support/wait_readable.h"

namespace banterd::tests {

namespace {

constexpr int kBacklog = 16;

}  // namespace

void Visitor::say(std::string_view text) const {
  REQUIRE(send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(text.size()));
}

std::string Visitor::hear(size_t size) {
  std::string heard;
  while (heard.size() < size) {
    REQUIRE(wait_readable(socket_.get()));
    std::array<char, 65536> buffer;
    const ssize_t bytes =
        recv(socket_.get(), buffer.data(), std::min(buffer.size(), size - heard.size()), 0);
    REQUIRE(bytes >= 0);
    if (bytes == 0) break;
    heard.append(buffer.data(), static_cast<size_t>(bytes));
  }
  return heard;
}

std::string Visitor::hear_line() {
  std::string line;
  while (!line.ends_with('\n')) {
    const std::string byte = hear(1);
    if (byte.empty()) break;
    line += byte;
  }
  return line;
}

PlayedServer::PlayedServer(Listens listens)
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(name);
  REQUIRE(bind(listener_.get(), reinterpret_cast<sockaddr*>(&name), size) == 0);
  REQUIRE(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
  port_ = std::to_string(ntohs(name.sin_port));
  address_ = "127.0.0.1:" + port_;
  if (listens == Listens::yes) REQUIRE(listen(listener_.get(), kBacklog) == 0);
}

PlayedServer::PlayedServer(const std::string& path)
    : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), address_("unix:" + path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof(name.sun_path));
  path.copy(name.sun_path, path.size());
  REQUIRE(bind(listener_.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0);
  REQUIRE(listen(listener_.get(), kBacklog) == 0);
}

Visitor PlayedServer::accept() {
  REQUIRE(wait_readable(listener_.get()));
  base::UniqueFd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(socket);
  return Visitor(std::move(socket));
}

}  // namespace banterd::tests
