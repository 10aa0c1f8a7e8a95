#include "worker/router.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "tests/unit/chat/room_fixture.h"
#include "tests/unit/worker/fake_slot.h"
#include "worker/owner.h"
#include "worker/slot_map.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

std::string name_owned_by(Slot owner, Slot slots) {
  for (int i = 0;; ++i) {
    std::string name = "#room" + std::to_string(i);
    if (owner_of(name, slots) == owner) return name;
  }
}

std::unique_ptr<ipc::Journal> new_journal() {
  auto memory = ipc::Journal::create_memory("router_test");
  REQUIRE(memory.has_value());
  auto journal = ipc::Journal::open(*std::move(memory), 1 << 16);
  REQUIRE(journal.has_value());
  return *std::move(journal);
}

// Slot 0 of two, whose router tells the test; slot 1 is the test's.
struct Fixture : BusListener, OwnerListener, RouterListener {
  const std::string here = name_owned_by(0, 2);
  const std::string there = name_owned_by(1, 2);
  const chat::Someone ann = chat::someone(1, "ann");

  base::Loop loop;
  Bus bus{loop, 0, 2, *this};
  Owner owner{bus, {0, 1}, new_journal(), 100, *this};
  Router router{bus, owner, *this};
  std::optional<FakeSlot> other;
  std::vector<std::string> told;

  Fixture() {
    base::log_setup("test", base::LogLevel::error, base::LogFormat::text);
    owner.restore();
    other.emplace(loop, bus, chat::Place{1, 1});
  }
  void greet() {
    other->greet();
    turn(loop, bus);
  }

  Hello hello_for(Slot) override { return {{0, 1}, 0}; }
  void on_bus_message(Slot from, BusMessage& message) override {
    if (std::holds_alternative<Hello>(message)) router.on_greeted(from);
    if (const auto* event = std::get_if<LogEvent>(&message)) router.on_event(from, *event);
    if (const auto* standing = std::get_if<Standing>(&message))
      router.on_settled(from, standing->settled);
  }
  void on_slot_died(const chat::Place&) override { told.emplace_back("died"); }
  void on_own_snapshot(Snapshot) override {}
  void on_own_event(const LogEvent& event) override { router.on_event(0, event); }
  void on_own_history(History) override {}
  void on_own_replay(const Replay&) override {}
  void on_own_settled(uint64_t position) override { router.on_settled(0, position); }
  void on_answered(const OpenCommand& command, const chat::Event& event) override {
    told.push_back("answered " + std::to_string(command.command.id.line) + " " +
                   chat::type_of(event.body));
  }
  void on_settled(uint64_t connection) override {
    told.push_back("settled " + std::to_string(connection));
  }

  void submit(const std::string& object, uint64_t line, chat::CommandBody body,
              bool needs_credit = true) {
    router.submit(object, {{1, line, 0}, ann.id(), ann.place, 0, ann.profile, std::move(body)},
                  needs_credit);
  }
  // Slot 1 has decided the command of this line, and tells these slots.
  static constexpr uint64_t kUsAlone = 1;
  static constexpr uint64_t kUsAndOthers = 3;
  void decide(uint64_t line, uint64_t position, chat::EventBody body = chat::Said{},
              uint64_t to = kUsAndOthers) {
    other->send(LogEvent{position, there, to, 0, {{1, line, 0}, ann.id(), ann.place, 0, {}, body}});
    turn(loop, bus);
  }
  void settle(uint64_t position) {
    other->send(Standing{0, position});
    turn(loop, bus);
  }
  std::vector<std::string> take_told() { return std::exchange(told, {}); }
  // The lines of the commands that slot 1 got.
  std::vector<uint64_t> sent() {
    turn(loop, bus);
    std::vector<uint64_t> lines;
    for (const CommandMessage& message : other->take<CommandMessage>())
      lines.push_back(message.command.id.line);
    return lines;
  }
};

using Lines = std::vector<uint64_t>;
using Told = std::vector<std::string>;

}  // namespace

TEST_SUITE("worker/router") {
  TEST_CASE_FIXTURE(Fixture, "a name is owned by the same slot however it is spelt") {
    CHECK(router.route_to("#ROOM7").owner == router.route_to("#room7").owner);
    CHECK(router.route_to("#ROOM7").pool == router.route_to("#room7").pool);
    CHECK(router.route_to(there).owner == 1);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "commands for this slot wait for each other, and are answered when committed") {
    greet();
    CHECK_FALSE(router.take_own());
    submit(here, 1, chat::Join{});
    submit(here, 2, chat::Say{});
    owner.commit();
    CHECK(take_told().empty());
    CHECK(router.open_commands() == 2);
    CHECK(router.take_own());
    CHECK_FALSE(router.take_own());
    CHECK(take_told().empty());
    owner.commit();
    CHECK(take_told() == Told{"answered 1 joined", "settled 1", "answered 2 said", "settled 1"});
    CHECK(sent().empty());
    CHECK(router.open_commands() == 0);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a command for another slot goes there and stays open until it is settled") {
    greet();
    submit(there, 1, chat::Say{});
    CHECK(sent() == Lines{1});
    CHECK(router.open_commands() == 1);
    decide(1, 5);
    CHECK(take_told() == Told{"answered 1 said"});
    CHECK(router.open_commands() == 1);
    settle(4);
    CHECK(take_told().empty());
    settle(5);
    CHECK(take_told() == Told{"settled 1"});
    CHECK(router.open_commands() == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "what this slot alone is told is settled with it") {
    greet();
    for (uint64_t line = 1; line <= 2; ++line) submit(there, line, chat::Say{});
    decide(1, 1);
    decide(2, 2, chat::Refused{}, kUsAlone);
    CHECK(take_told() == Told{"answered 1 said", "answered 2 refused", "settled 1"});
    CHECK(router.open_commands() == 1);
    settle(1);
    CHECK(take_told() == Told{"settled 1"});
  }

  TEST_CASE_FIXTURE(
      Fixture, "several commands settle in the order of their answers, with one word of credit") {
    greet();
    for (uint64_t line = 1; line <= 3; ++line) submit(there, line, chat::Say{});
    for (uint64_t line = 1; line <= 3; ++line) decide(line, line * 10);
    take_told();
    settle(25);
    CHECK(take_told() == Told{"settled 1", "settled 1"});
    settle(30);
    CHECK(take_told() == Told{"settled 1"});
  }

  TEST_CASE_FIXTURE(Fixture, "a claim that waits is overtaken by what comes after it") {
    greet();
    submit(there, 1, chat::Claim{});
    submit(there, 2, chat::Say{});
    decide(2, 5);
    CHECK(take_told() == Told{"answered 2 said"});
    decide(1, 6, chat::Claimed{});
    CHECK(take_told() == Told{"answered 1 claimed"});
  }

  TEST_CASE_FIXTURE(Fixture, "an event that answers nothing of here is nobody's") {
    greet();
    decide(77, 5);
    settle(5);
    CHECK(told.empty());
  }

  TEST_CASE_FIXTURE(
      Fixture, "nothing is sent before the other slot's hello, and then everything, in order") {
    for (uint64_t line = 1; line <= 3; ++line) submit(there, line, chat::Say{});
    CHECK(sent().empty());
    greet();
    CHECK(sent() == Lines{1, 2, 3});
  }

  TEST_CASE_FIXTURE(Fixture, "what a dead slot has not answered is sent again to its next life") {
    greet();
    for (uint64_t line = 1; line <= 4; ++line) submit(there, line, chat::Say{});
    CHECK(sent() == Lines{1, 2, 3, 4});
    decide(1, 5);
    decide(2, 6);
    take_told();
    other.reset();
    turn(loop, bus);
    CHECK(take_told() == Told{"died"});
    CHECK(router.open_commands() == 4);
    submit(there, 5, chat::Say{});
    other.emplace(loop, bus, chat::Place{1, 2});
    greet();
    CHECK(sent() == Lines{3, 4, 5});
    // It had taken one of them, and its log says so.
    decide(3, 7);
    settle(7);
    CHECK(take_told() == Told{"answered 3 said", "settled 1", "settled 1", "settled 1"});
  }

  // ---- credit ----

  TEST_CASE_FIXTURE(Fixture,
                    "credit bounds the bytes in open commands, and comes back when they settle") {
    greet();
    const std::string text(10'000, 'x');
    uint64_t line = 0;
    const Route route = router.route_to(there);
    while (router.has_credit(route)) submit(there, ++line, chat::Say{chat::Kind::message, text});
    CHECK(line * text.size() <= Router::kCreditBytes + text.size());
    CHECK(line * (text.size() + 1000) > Router::kCreditBytes);
    for (uint32_t pool = 0; pool < Router::kPools; ++pool) {
      CHECK(router.has_credit({0, pool}));
      CHECK(router.has_credit({1, pool}) == (pool != route.pool));
    }
    decide(1, 1);
    CHECK_FALSE(router.has_credit(route));  // answered is not settled
    settle(1);
    CHECK(router.has_credit(route));
  }

  TEST_CASE_FIXTURE(Fixture, "commands without text cost credit too") {
    greet();
    uint64_t line = 0;
    while (router.has_credit(router.route_to(there)) && line < 100'000)
      submit(there, ++line, chat::Renew{});
    CHECK(line < 100'000);
  }

  TEST_CASE_FIXTURE(Fixture, "steps need no credit and give none back") {
    greet();
    for (uint64_t line = 1; line <= 200; ++line)
      submit(there, line, chat::Quit{std::string(300, 'x')}, false);
    CHECK(router.has_credit(router.route_to(there)));
    decide(1, 1, chat::HasQuit{});
    settle(1);
    CHECK(take_told() == Told{"answered 1 has_quit", "settled 1"});
  }

  // ---- an owner that stays down ----

  TEST_CASE_FIXTURE(
      Fixture, "what a client asks of an owner that stays down is refused at once, steps wait") {
    greet();
    submit(there, 1, chat::Say{});
    other.reset();
    turn(loop, bus);
    router.on_slot_stays_down(1);
    CHECK(take_told() == Told{"died"});
    CHECK(router.stays_down(1));
    submit(there, 2, chat::Say{});
    CHECK(take_told() == Told{"answered 2 refused", "settled 1"});
    submit(there, 3, chat::Quit{}, false);
    submit(here, 4, chat::Join{});
    CHECK(router.take_own());
    owner.commit();
    CHECK(take_told() == Told{"answered 4 joined", "settled 1"});
    other.emplace(loop, bus, chat::Place{1, 2});
    greet();
    CHECK_FALSE(router.stays_down(1));
    submit(there, 5, chat::Say{});
    CHECK(sent() == Lines{1, 3, 5});
    CHECK(router.has_credit(router.route_to(there)));
  }
}
