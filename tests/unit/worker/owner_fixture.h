// One slot's owner, and what other slots and it itself hear of it.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "tests/unit/chat/room_fixture.h"
#include "tests/unit/worker/fake_slot.h"
#include "worker/owner.h"

namespace banterd::worker {

// A slot of three with its owner, and what it hears of its own; the other two are the test's: 1 and
// 2, unless it is one of these itself.
struct OwnerFixture : BusListener, OwnerListener {
  static constexpr size_t kHistoryLines = 5;

  const Slot self;
  base::Loop loop;
  base::UniqueFd memory;
  Bus bus{loop, self, 3, *this};
  std::optional<Owner> owner;
  std::vector<LogEvent> own_events;
  std::vector<Snapshot> own_snapshots;
  std::vector<History> own_history;
  std::vector<Replay> own_replays;
  uint64_t settled = 0;
  FakeSlot one{loop, bus, {self == 1 ? 0u : 1u, 1}};
  FakeSlot two{loop, bus, {self == 2 ? 0u : 2u, 1}};

  explicit OwnerFixture(Slot slot = 0) : self(slot) {
    base::log_setup("test", base::LogLevel::error, base::LogFormat::text);
    make_anew();
    owner->restore();
    one.greet();
    two.greet();
    turn(loop, bus);
  }
  // An owner that knows nothing, for restore() or import().
  void make_anew() {
    auto created = ipc::Journal::create_memory("owner_test");
    REQUIRE(created.has_value());
    memory = *std::move(created);
    make(1);
  }
  void begin(uint64_t incarnation, bool killed_from_outside = true) {
    make(incarnation);
    owner->restore(killed_from_outside);
  }
  // Leaves the journal as a life does that ends while it decides this command.
  void end_deciding(const chat::CommandId& id) {
    owner.reset();
    auto journal =
        ipc::Journal::open(base::UniqueFd(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0)), 1 << 16);
    REQUIRE(journal.has_value());
    (*journal)->mark({id.connection, id.line, id.step});
  }
  // Damages the journal's record that contains `text`.
  void damage(std::string_view text) {
    std::string bytes(1 << 17, '\0');
    const ssize_t got = ::pread(memory.get(), bytes.data(), bytes.size(), 0);
    REQUIRE(got > 0);
    const size_t place = bytes.find(text);
    REQUIRE(place != std::string::npos);
    const char flipped = static_cast<char>(bytes[place] ^ 1);
    REQUIRE(::pwrite(memory.get(), &flipped, 1, static_cast<off_t>(place)) == 1);
  }

  Hello hello_for(Slot) override { return {{self, 1}, 0}; }
  void on_bus_message(Slot from, BusMessage& message) override {
    if (const auto* hello = std::get_if<Hello>(&message)) owner->on_greeted(*hello);
    if (const auto* standing = std::get_if<Standing>(&message))
      owner->on_taken(from, standing->taken);
    if (const auto* settled_slot = std::get_if<SlotSettled>(&message))
      owner->on_slot_settled(from, settled_slot->place);
    if (const auto* living = std::get_if<Living>(&message)) owner->on_living(from, *living);
  }
  void on_slot_died(const chat::Place& place) override { owner->on_slot_died(place); }
  void on_own_snapshot(Snapshot part) override { own_snapshots.push_back(std::move(part)); }
  void on_own_event(const LogEvent& event) override { own_events.push_back(event); }
  void on_own_history(History history) override { own_history.push_back(std::move(history)); }
  void on_own_replay(const Replay& replay) override { own_replays.push_back(replay); }
  void on_own_settled(uint64_t position) override { settled = position; }

  // Takes a command of `who` and goes on until it is on its way. Lines count up.
  chat::CommandId take(const std::string& object, const chat::Someone& who,
                       chat::CommandBody body) {
    const chat::CommandId id{static_cast<uint64_t>(who.id()), ++line_, 0};
    take_as(id, object, who, std::move(body));
    return id;
  }
  void take_as(const chat::CommandId& id, const std::string& object, const chat::Someone& who,
               chat::CommandBody body) {
    owner->take(object, {id, who.id(), who.place, 1000, who.profile, std::move(body)});
    owner->commit();
    turn(loop, bus);
  }
  // The slot has taken everything so far.
  void stands(FakeSlot& slot) {
    slot.stand();
    turn(loop, bus);
    owner->commit();
    turn(loop, bus);
  }
  std::string refusal(const LogEvent& event) {
    const auto* refused = std::get_if<chat::Refused>(&event.event.body);
    return refused == nullptr ? chat::type_of(event.event.body) : chat::name_of(refused->why);
  }

 private:
  void make(uint64_t incarnation) {
    owner.reset();
    auto journal =
        ipc::Journal::open(base::UniqueFd(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0)), 1 << 16);
    REQUIRE(journal.has_value());
    owner.emplace(bus, chat::Place{self, incarnation}, *std::move(journal), kHistoryLines, *this);
  }

  uint64_t line_ = 0;
};

inline const chat::Someone ann = chat::someone(1, "ann", {0, 1});
inline const chat::Someone bob = chat::someone(2, "bob", {1, 1});
inline const chat::Someone cat = chat::someone(3, "cat", {2, 1});
inline const chat::Someone dan = chat::someone(4, "dan", {1, 1});

// Makes a room in which anybody may set the topic.
inline chat::Join open_join() {
  chat::Join join;
  join.flags = 0;
  return join;
}

}  // namespace banterd::worker
