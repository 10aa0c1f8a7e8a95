#include "master/address.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>

#include <cstring>

#include "master/inherited.h"

using namespace banterd;
using master::Peer;
using master::SocketAddress;

namespace {

conf::Listener tcp(std::string address, uint16_t port,
                   conf::ProtocolName protocol = conf::ProtocolName::line) {
  conf::Listener listener;
  listener.protocol = protocol;
  listener.address = std::move(address);
  listener.port = port;
  return listener;
}

conf::Listener on_path(std::string path, conf::ProtocolName protocol = conf::ProtocolName::line) {
  conf::Listener listener;
  listener.protocol = protocol;
  listener.unix_path = std::move(path);
  return listener;
}

SocketAddress address(const conf::Listener& listener) {
  return master::address_of(listener).value();
}

master::InheritedSocket inherited(const conf::Listener& listener, std::string name) {
  master::InheritedSocket socket;
  socket.name = std::move(name);
  socket.address = address(listener);
  return socket;
}

base::Result<std::vector<uint32_t>> assign(master::InheritedSocket socket,
                                           const std::vector<conf::Listener>& listeners) {
  std::vector<master::InheritedSocket> sockets;
  sockets.push_back(std::move(socket));
  return master::assign_inherited(sockets, listeners);
}

}  // namespace

TEST_SUITE("master/address") {
  TEST_CASE("addresses are written as people write them") {
    CHECK(describe(address(tcp("127.0.0.1", 7000))) == "127.0.0.1:7000");
    CHECK(describe(address(tcp("::1", 7000))) == "[::1]:7000");
    CHECK(describe(address(on_path("/run/b/line.sock"))) == "unix:/run/b/line.sock");
  }

  TEST_CASE("what is no literal address, or too long a path, is refused") {
    CHECK_FALSE(master::address_of(tcp("localhost", 7000)));
    CHECK_FALSE(master::address_of(on_path("/" + std::string(200, 'x'))));
  }

  TEST_CASE("a peer is known by its host and port") {
    CHECK(master::peer_of(address(tcp("192.0.2.7", 4711))) == Peer{"192.0.2.7", 4711});
    CHECK(master::peer_of(address(tcp("2001:db8::1", 4711))) == Peer{"2001:db8::1", 4711});
    CHECK(master::peer_of(address(on_path("/x"))) == Peer{"unix", 0});
  }

  TEST_CASE("an IPv4 peer on an IPv6 socket is the same peer") {
    CHECK(master::peer_of(address(tcp("::ffff:192.0.2.7", 4711))) == Peer{"192.0.2.7", 4711});
  }

  TEST_CASE("a socket covers its own address and no other") {
    const auto covers = [](const conf::Listener& bound, const conf::Listener& wanted,
                           bool v6_only = false) {
      return master::covers(address(bound), v6_only, address(wanted));
    };
    CHECK(covers(tcp("127.0.0.1", 7000), tcp("127.0.0.1", 7000)));
    CHECK_FALSE(covers(tcp("127.0.0.1", 7000), tcp("127.0.0.1", 7001)));
    CHECK_FALSE(covers(tcp("127.0.0.1", 7000), tcp("127.0.0.2", 7000)));
    CHECK_FALSE(covers(tcp("127.0.0.1", 7000), tcp("0.0.0.0", 7000)));
    CHECK(covers(tcp("0.0.0.0", 7000), tcp("127.0.0.1", 7000)));
    CHECK_FALSE(covers(tcp("0.0.0.0", 7000), tcp("::1", 7000)));
    CHECK(covers(tcp("::", 7000), tcp("127.0.0.1", 7000)));
    CHECK(covers(tcp("::", 7000), tcp("::1", 7000), true));
    CHECK_FALSE(covers(tcp("::", 7000), tcp("127.0.0.1", 7000), true));
    CHECK(covers(on_path("/a"), on_path("/a")));
    CHECK_FALSE(covers(on_path("/a"), on_path("/b")));
    CHECK_FALSE(covers(on_path("/a"), tcp("127.0.0.1", 7000)));
  }

  TEST_CASE("two sockets collide where one takes what the other asks for") {
    const auto collide = [](const conf::Listener& one, const conf::Listener& other) {
      return master::collide(address(one), address(other));
    };
    CHECK(collide(tcp("127.0.0.1", 7000), tcp("0.0.0.0", 7000)));
    CHECK(collide(tcp("0.0.0.0", 7000), tcp("127.0.0.1", 7000)));
    CHECK(collide(tcp("::1", 7000), tcp("::", 7000)));
    CHECK_FALSE(collide(tcp("127.0.0.1", 7000), tcp("127.0.0.2", 7000)));
    CHECK_FALSE(collide(tcp("127.0.0.1", 7000), tcp("0.0.0.0", 7001)));
    CHECK_FALSE(collide(tcp("127.0.0.1", 7000), tcp("::", 7000)));
    CHECK_FALSE(collide(on_path("/a"), on_path("/a")));
  }
}

TEST_SUITE("master/inherited") {
  using conf::ProtocolName;

  TEST_CASE("an inherited socket is known by its address, whatever its name") {
    const std::vector listeners{tcp("127.0.0.1", 7000), tcp("127.0.0.1", 7007, ProtocolName::echo),
                                on_path("/run/l")};
    CHECK(assign(inherited(tcp("127.0.0.1", 7007), "banterd.socket"), listeners).value() ==
          std::vector<uint32_t>{1});
    CHECK(assign(inherited(on_path("/run/l"), "banterd.socket"), listeners).value() ==
          std::vector<uint32_t>{2});
    CHECK(assign(inherited(tcp("0.0.0.0", 7007), "line"), listeners).value() ==
          std::vector<uint32_t>{1});
  }

  TEST_CASE("an inherited socket of another address is known by its name") {
    const std::vector listeners{tcp("127.0.0.1", 7000), tcp("127.0.0.1", 7007, ProtocolName::echo)};
    CHECK(assign(inherited(tcp("127.0.0.1", 9), "echo"), listeners).value() ==
          std::vector<uint32_t>{1});
  }

  TEST_CASE("an inherited socket that fits nothing is an error that names it") {
    const std::vector listeners{tcp("127.0.0.1", 7000)};
    const auto by_name = assign(inherited(tcp("127.0.0.1", 9), "gopher"), listeners);
    REQUIRE_FALSE(by_name);
    CHECK(by_name.error().context.find("127.0.0.1:9") != std::string::npos);
    CHECK(by_name.error().context.find("\"gopher\"") != std::string::npos);
    CHECK_FALSE(assign(inherited(tcp("127.0.0.1", 9), "echo"), listeners));
  }

  TEST_CASE("only listeners that no inherited socket covers are opened") {
    std::vector<master::InheritedSocket> sockets;
    sockets.push_back(inherited(tcp("0.0.0.0", 7000), "line"));
    CHECK(master::is_covered(tcp("127.0.0.1", 7000), sockets));
    CHECK_FALSE(master::is_covered(tcp("127.0.0.1", 7007), sockets));
    CHECK_FALSE(master::is_covered(tcp("127.0.0.1", 0), sockets));
  }
}
