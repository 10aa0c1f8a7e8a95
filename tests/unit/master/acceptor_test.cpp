#include "master/acceptor.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/master/running_master.h"

using namespace banterd;
using master::Accepted;
using master::Acceptor;
using master::LineSource;
using master::RunningMaster;

namespace {

conf::Listener tcp(const std::string& address, uint16_t port = 0,
                   conf::ProtocolName protocol = conf::ProtocolName::line) {
  conf::Listener listener;
  listener.protocol = protocol;
  listener.address = address;
  listener.port = port;
  return listener;
}

struct Fixture {
  base::Loop loop;
  master::Refusals refusals{loop, 16};
  std::vector<conf::Listener> listeners;
  std::unique_ptr<Acceptor> acceptor;
  std::vector<Accepted> came;
  bool room = true;
  int asked_for_room = 0;

  void open(std::vector<conf::Listener> wanted) {
    listeners = std::move(wanted);
    auto sockets = master::open_listeners(listeners, {});
    REQUIRE(sockets);
    acceptor = Acceptor::create(
                   loop, std::move(*sockets), refusals, std::chrono::seconds(60),
                   [this](Accepted connection) { came.push_back(std::move(connection)); },
                   [this] {
                     ++asked_for_room;
                     return room;
                   })
                   .value();
    // The ports that the kernel chose are those of the configuration from now on.
    for (size_t i = 0; i < listeners.size(); ++i) listeners[i].port = port(i);
  }
  [[nodiscard]] uint16_t port(size_t listener) const {
    const std::string at = describe(acceptor->listening()[listener].socket->address);
    return static_cast<uint16_t>(std::stoi(at.substr(at.rfind(':') + 1)));
  }
  void turn() {
    for (int i = 0; i < 5; ++i) loop.poll();
  }
};

}  // namespace

TEST_SUITE("master/acceptor") {
  TEST_CASE_FIXTURE(Fixture, "who comes while there is no room waits until there is some") {
    open({tcp("127.0.0.1")});
    room = false;
    acceptor->start();
    auto first = RunningMaster::connect_to(port(0));
    auto second = RunningMaster::connect_to(port(0));
    turn();
    CHECK(came.empty());
    // Nor is it looked at again and again.
    CHECK(asked_for_room == 1);
    room = true;
    acceptor->resume();
    turn();
    CHECK(came.size() == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "who has connected when the listeners close is accepted") {
    open({tcp("127.0.0.1")});
    const uint16_t closed = port(0);
    auto client = RunningMaster::connect_to(closed);
    acceptor->start();
    acceptor->close();
    CHECK(came.size() == 1);
    turn();
    CHECK_FALSE(RunningMaster::connect_to(closed));
  }

  TEST_CASE_FIXTURE(Fixture, "who waits at a listener that goes is accepted by its port's next") {
    open({tcp("127.0.0.1"), tcp("127.0.0.1")});
    auto stays = RunningMaster::connect_to(port(0));
    auto lost = RunningMaster::connect_to(port(1));
    auto change = acceptor->prepare(listeners, {tcp("127.0.0.1"), tcp("0.0.0.0", port(0))});
    REQUIRE(change);
    const auto became = acceptor->apply(std::move(*change));
    CHECK(became == std::vector<std::optional<uint32_t>>{1, std::nullopt});
    REQUIRE(came.size() == 1);
    // As the one that he came to: the owner knows what that has become.
    CHECK(came[0].listener == 0);
    CHECK(lost->next() == "! this port is closed");
    CHECK(lost->next() == std::nullopt);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "who came to a listener that is given up is accepted by the one before") {
    open({tcp("127.0.0.1"), tcp("127.0.0.1", 0, conf::ProtocolName::irc)});
    auto change = acceptor->prepare(
        listeners, {listeners[0], tcp("0.0.0.0", port(1), conf::ProtocolName::line)});
    REQUIRE(change);
    conf::Listener elsewhere = tcp("127.0.0.2", port(1));
    const master::SocketAddress to = master::address_of(elsewhere).value();
    base::UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(connect(client.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.length) == 0);
    acceptor->give_up(std::move(*change));
    REQUIRE(came.size() == 1);
    CHECK(came[0].listener == 1);
    CHECK(came[0].protocol == conf::ProtocolName::irc);
  }
}
