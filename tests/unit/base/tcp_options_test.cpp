#include "base/tcp_options.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/unique_fd.h"

using namespace banterd::base;
using namespace std::chrono_literals;

namespace {

int option(const UniqueFd& socket, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  REQUIRE(::getsockopt(socket.get(), level, name, &value, &length) == 0);
  return value;
}

struct Listener {
  UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};

  Listener() {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket.get(), any, length) == 0);
    REQUIRE(::listen(socket.get(), 1) == 0);
    REQUIRE(::getsockname(socket.get(), any, &length) == 0);
  }
  UniqueFd accept_one() const {
    const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
    return UniqueFd(::accept(socket.get(), nullptr, nullptr));
  }
};

}  // namespace

TEST_SUITE("base/tcp_options") {
  TEST_CASE("a connection has the options of its listener, as they are when it comes") {
    const Listener listener;
    set_client_options(listener.socket.get(), 120s);
    const UniqueFd first = listener.accept_one();
    CHECK(option(first, SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option(first, IPPROTO_TCP, TCP_KEEPIDLE) == 120);
    CHECK(option(first, IPPROTO_TCP, TCP_KEEPINTVL) == 15);
    CHECK(option(first, IPPROTO_TCP, TCP_KEEPCNT) == 4);
    CHECK(option(first, IPPROTO_TCP, TCP_NODELAY) == 1);
    CHECK(option(first, IPPROTO_TCP, TCP_NOTSENT_LOWAT) == 32 * 1024);
    set_keepalive_idle(listener.socket.get(), 60s);
    CHECK(option(listener.accept_one(), IPPROTO_TCP, TCP_KEEPIDLE) == 60);
    CHECK(option(first, IPPROTO_TCP, TCP_KEEPIDLE) == 120);
  }

  TEST_CASE("an absurd time of keep-alive is brought to what the kernel takes") {
    const Listener listener;
    set_client_options(listener.socket.get(), 1'000'000'000s);
    CHECK(option(listener.accept_one(), IPPROTO_TCP, TCP_KEEPIDLE) == 32'767);
    set_keepalive_idle(listener.socket.get(), 0s);
    CHECK(option(listener.accept_one(), IPPROTO_TCP, TCP_KEEPIDLE) == 1);
  }
}
