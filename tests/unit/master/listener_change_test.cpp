#include "master/listener_change.h"

#include <doctest/doctest.h>

#include <deque>

using namespace banterd;
using master::plan_listeners;

namespace {

using Kept = std::vector<std::optional<uint32_t>>;

conf::Listener tcp(std::string address, uint16_t port,
                   conf::ProtocolName protocol = conf::ProtocolName::line) {
  conf::Listener listener;
  listener.protocol = protocol;
  listener.address = std::move(address);
  listener.port = port;
  return listener;
}

conf::Listener on_path(std::string path) {
  conf::Listener listener;
  listener.unix_path = std::move(path);
  return listener;
}

// Sockets that nobody opened: only what they are bound to matters.
struct Sockets {
  std::deque<master::ListeningSocket> all;

  master::ListeningSocket& add(uint32_t index, const conf::Listener& bound) {
    master::ListeningSocket& socket = all.emplace_back();
    socket.index = index;
    socket.address = master::address_of(bound).value();
    return socket;
  }
  [[nodiscard]] base::Result<master::ListenerChange> plan(
      const std::vector<conf::Listener>& before, const std::vector<conf::Listener>& after) const {
    std::vector<const master::ListeningSocket*> pointers;
    for (const master::ListeningSocket& socket : all) pointers.push_back(&socket);
    return plan_listeners(pointers, before, after);
  }
};

}  // namespace

TEST_SUITE("master/listener_change") {
  TEST_CASE(
      "sockets keep their address whatever else changes, and wherever it stands in the list") {
    const std::vector before = {tcp("127.0.0.1", 7000), tcp("::1", 7001), on_path("/a")};
    Sockets sockets;
    for (uint32_t i = 0; i < 3; ++i) sockets.add(i, before[i]);
    const auto change = sockets.plan(
        before,
        {on_path("/a"), tcp("127.0.0.1", 7000, conf::ProtocolName::echo), tcp("::1", 7001)});
    REQUIRE(change);
    CHECK(change->kept == Kept{1, 2, 0});
    CHECK(change->missing.empty());
  }

  TEST_CASE("what is no longer wanted goes, and what is new is missing") {
    const std::vector before = {tcp("127.0.0.1", 7000), on_path("/a")};
    Sockets sockets;
    for (uint32_t i = 0; i < 2; ++i) sockets.add(i, before[i]);
    const auto change = sockets.plan(
        before, {tcp("127.0.0.2", 7000), tcp("127.0.0.1", 7001), on_path("/b"), on_path("/a")});
    REQUIRE(change);
    CHECK(change->kept == Kept{std::nullopt, 3});
    CHECK(change->missing == std::vector<uint32_t>{0, 1, 2});
  }

  TEST_CASE("ports that the kernel chose stay with the listeners of port 0, in their order") {
    const std::vector before = {tcp("127.0.0.1", 0), tcp("127.0.0.1", 0), tcp("::1", 0)};
    Sockets sockets;
    sockets.add(0, tcp("127.0.0.1", 41000));
    sockets.add(1, tcp("127.0.0.1", 41001));
    sockets.add(2, tcp("::1", 41002));
    const auto change = sockets.plan(before, {tcp("::1", 0), tcp("127.0.0.1", 0)});
    REQUIRE(change);
    CHECK(change->kept == Kept{1, std::nullopt, 0});
    CHECK(change->missing.empty());
  }

  TEST_CASE("listeners of port 0 that change places keep their protocols' ports") {
    constexpr auto line = conf::ProtocolName::line;
    constexpr auto irc = conf::ProtocolName::irc;
    constexpr auto echo = conf::ProtocolName::echo;
    const std::vector before = {tcp("127.0.0.1", 0, line), tcp("127.0.0.1", 0, irc)};
    Sockets sockets;
    sockets.add(0, tcp("127.0.0.1", 41000));
    sockets.add(1, tcp("127.0.0.1", 41001));
    auto change = sockets.plan(before, {tcp("127.0.0.1", 0, irc), tcp("127.0.0.1", 0, line)});
    REQUIRE(change);
    CHECK(change->kept == Kept{1, 0});
    // One is left for what is of another protocol.
    change = sockets.plan(before, {tcp("127.0.0.1", 0, echo), tcp("127.0.0.1", 0, line)});
    REQUIRE(change);
    CHECK(change->kept == Kept{1, 0});
    CHECK(change->missing.empty());
  }

  TEST_CASE("a Unix socket whose file has gone is opened anew") {
    const std::vector before = {on_path("/a"), on_path("/nonexistent/b")};
    Sockets sockets;
    sockets.add(0, before[0]);
    sockets.add(1, before[1]).file = master::SocketFile::from({"/nonexistent/b", 1, 2});
    const auto change = sockets.plan(before, before);
    REQUIRE(change);
    CHECK(change->kept == Kept{0, std::nullopt});
    CHECK(change->missing == std::vector<uint32_t>{1});
  }

  TEST_CASE("a port that the kernel chose may be asked for by its number") {
    const std::vector before = {tcp("127.0.0.1", 0), tcp("127.0.0.1", 0)};
    Sockets sockets;
    sockets.add(0, tcp("127.0.0.1", 41000));
    sockets.add(1, tcp("127.0.0.1", 41001));
    const auto change = sockets.plan(before, {tcp("127.0.0.1", 0), tcp("127.0.0.1", 41000)});
    REQUIRE(change);
    CHECK(change->kept == Kept{1, 0});
    CHECK(change->missing.empty());
  }

  TEST_CASE("inherited sockets are assigned anew, and what they cover is not opened") {
    const std::vector before = {tcp("127.0.0.1", 7000)};
    Sockets sockets;
    master::ListeningSocket& everywhere = sockets.add(0, tcp("0.0.0.0", 7000));
    everywhere.inherited = true;
    everywhere.name = "line";
    const auto change = sockets.plan(before, {tcp("127.0.0.1", 7001), tcp("127.0.0.1", 7000)});
    REQUIRE(change);
    CHECK(change->kept == Kept{1});
    CHECK(change->missing == std::vector<uint32_t>{0});
  }

  TEST_CASE("an inherited socket that no listener wants is an error") {
    const std::vector before = {tcp("127.0.0.1", 7000)};
    Sockets sockets;
    sockets.add(0, tcp("127.0.0.1", 7000)).inherited = true;
    const auto change = sockets.plan(before, {tcp("127.0.0.1", 7001)});
    REQUIRE_FALSE(change);
    CHECK(change.error().context.find("fits no listener") != std::string::npos);
  }
}
