#include "worker/bus.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "tests/unit/worker/fake_slot.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

Query numbered(uint64_t number) { return {number, AboutRooms{}}; }

// Slot 0 of three, as text; the others are the test's.
struct Fixture : BusListener {
  base::Loop loop;
  Bus bus{loop, 0, 3, *this};
  std::string told;
  std::optional<FakeSlot> one;
  std::optional<FakeSlot> two;

  Fixture() {
    base::log_setup("test", base::LogLevel::error, base::LogFormat::text);
    one.emplace(loop, bus, chat::Place{1, 1});
    two.emplace(loop, bus, chat::Place{2, 1});
  }
  Hello hello_for(Slot slot) override { return {{0, 7}, slot * 100}; }
  void on_bus_message(Slot from, BusMessage& message) override {
    const auto type = std::visit([](const auto& m) { return std::string(m.kType); }, message);
    told += std::to_string(from) + " " + type + ";";
  }
  void on_slot_died(const chat::Place& place) override {
    told += std::to_string(place.slot) + "." + std::to_string(place.incarnation) + " down;";
  }
  void turn() { worker::turn(loop, bus); }
  std::string take() { return std::exchange(told, {}); }
};

}  // namespace

TEST_SUITE("worker/bus") {
  TEST_CASE_FIXTURE(Fixture,
                    "each pipe begins with a hello that says how far we have come in its log") {
    turn();
    const auto hellos = one->take<Hello>();
    REQUIRE(hellos.size() == 1);
    CHECK(hellos[0].place == chat::Place{0, 7});
    CHECK(hellos[0].stands == 100);
    CHECK(two->take<Hello>().at(0).stands == 200);
  }

  TEST_CASE_FIXTURE(Fixture, "nothing else is sent to a slot before its hello was read") {
    bus.send(1, numbered(1));
    bus.send_to_all(numbered(2));
    turn();
    CHECK(one->take<Query>().empty());
    CHECK_FALSE(bus.greeted(1));
    one->greet();
    turn();
    CHECK(take() == "1 hello;");
    CHECK(bus.greeted(1));
    CHECK_FALSE(bus.greeted(2));
    bus.send_to_all(numbered(3));
    bus.send(2, numbered(4));
    bus.send(1, numbered(5));
    turn();
    const auto lists = one->take<Query>();
    REQUIRE(lists.size() == 2);
    CHECK(lists[0].query == 3);
    CHECK(lists[1].query == 5);
    CHECK(two->take<Query>().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a message that makes no sense is dropped, and its sender kept") {
    one->greet();
    one->send_bytes("{");
    one->send_bytes(R"({"type":"from_the_future"})");
    one->send_bytes(R"({"type":"standing","taken":"much"})");
    one->send(numbered(1));
    turn();
    CHECK(take() == "1 hello;1 query;");
    CHECK_FALSE(one->ended());
  }

  TEST_CASE_FIXTURE(Fixture, "a slot is down when its pipe has been read to the end") {
    one->greet();
    one->send(numbered(1));
    one->send(Ended{});
    one.reset();
    turn();
    CHECK(take() == "1 hello;1 query;1 ended;1.1 down;");
    CHECK_FALSE(bus.greeted(1));
    bus.send(1, numbered(2));
    bus.flush();
  }

  TEST_CASE_FIXTURE(Fixture,
                    "the pipe of a slot's next life is not read before the old one has ended") {
    one->greet();
    turn();
    FakeSlot next(loop, bus, {1, 2});
    next.greet();
    next.send(numbered(1));
    turn();
    one->send(Ended{});
    turn();
    CHECK(take() == "1 hello;1 ended;");
    CHECK(next.messages().empty());
    one.reset();
    turn();
    CHECK(take() == "1.1 down;1 hello;1 query;");
    CHECK(next.take<Hello>().size() == 1);
    CHECK(bus.greeted(1));
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a pipe for this slot itself, or for one that does not exist, is dropped") {
    for (const Slot slot : {0U, 3U}) {
      FakeSlot impossible(loop, bus, {slot, 1});
      turn();
      CHECK(impossible.ended());
    }
    CHECK(take() == "");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "the bus is complete when everybody has said hello, and nobody is new") {
    CHECK(bus.connected(1));
    one->greet();
    turn();
    CHECK_FALSE(bus.complete());
    two->greet();
    turn();
    CHECK(bus.complete());
    FakeSlot next(loop, bus, {1, 2});
    CHECK_FALSE(bus.complete());
    one.reset();
    turn();
    CHECK_FALSE(bus.complete());
    next.greet();
    turn();
    CHECK(bus.complete());
    two.reset();
    turn();
    CHECK_FALSE(bus.complete());
    CHECK_FALSE(bus.connected(2));
  }
}
