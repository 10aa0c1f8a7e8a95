#include "worker/owner.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/wall_clock.h"
#include "tests/unit/worker/owner_fixture.h"

using namespace banterd;
using namespace banterd::worker;
using chat::Refusal;

namespace {

using Fixture = OwnerFixture;

}  // namespace

TEST_SUITE("worker/owner") {
  // ---- who hears what ----

  TEST_CASE_FIXTURE(Fixture, "an event goes to every slot with a member and to the sender's") {
    take("#dev", ann, chat::Join{});
    take("#dev", bob, chat::Join{});
    own_events.clear();
    one.forget();
    two.forget();
    const chat::CommandId id = take("#DEV", bob, chat::Say{chat::Kind::message, "hi"});
    const auto at_one = one.take<LogEvent>();
    REQUIRE(at_one.size() == 1);
    REQUIRE(own_events.size() == 1);
    CHECK(two.messages().empty());
    CHECK(at_one[0].event.cause == id);
    CHECK(at_one[0].position == own_events[0].position);
    CHECK(at_one[0].object == "#dev");
    CHECK(std::get<chat::Said>(at_one[0].event.body).text == "hi");
  }

  TEST_CASE_FIXTURE(Fixture, "a slot whose last member leaves hears of it, and of nothing after") {
    take("#dev", ann, chat::Join{});
    take("#dev", bob, chat::Join{});
    one.forget();
    take("#dev", bob, chat::Part{});
    CHECK(one.take<LogEvent>().size() == 1);
    take("#dev", ann, chat::Say{});
    CHECK(one.take<LogEvent>().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a refusal is for the sender's slot alone") {
    take("#dev", ann, chat::Join{});
    take("#dev", bob, chat::Join{});
    own_events.clear();
    one.forget();
    const chat::CommandId id = take("#dev", bob, chat::SetTopic{"x"});
    const auto events = one.take<LogEvent>();
    REQUIRE(events.size() == 1);
    CHECK(events[0].event.cause == id);
    CHECK(refusal(events[0]) == "need_operator");
    CHECK(own_events.empty());
    take("#no-such-room", bob, chat::Say{});
    CHECK(refusal(one.take<LogEvent>().at(0)) == "no_such_room");
    CHECK(owner->objects() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "positions count up by one, in the order of the decisions") {
    take("#dev", ann, chat::Join{});
    for (int i = 0; i < 5; ++i) take(i % 2 == 0 ? "#dev" : "#gone", ann, chat::Say{});
    REQUIRE(own_events.size() == 6);
    for (size_t i = 0; i < own_events.size(); ++i) CHECK(own_events[i].position == i + 1);
  }

  TEST_CASE_FIXTURE(Fixture, "time goes on in the log, unless the clock was set back by much") {
    take("#dev", ann, chat::Join{});
    own_events.clear();
    uint64_t line = 100;
    for (const chat::TimeMs at : {500'000, 500'007, 500'004, 440'007, 500'008, 440'007, 440'009})
      owner->take("#dev", {{1, ++line, 0}, ann.id(), ann.place, at, ann.profile, chat::Say{}});
    owner->commit();
    turn(loop, bus);
    std::vector<chat::TimeMs> times;
    for (const LogEvent& event : own_events) times.push_back(event.event.at);
    CHECK(times ==
          std::vector<chat::TimeMs>{500'000, 500'007, 500'007, 500'007, 500'008, 440'007, 440'009});
  }

  TEST_CASE_FIXTURE(Fixture, "nothing leaves before it is committed") {
    owner->take("#dev", {{1, 1, 0}, ann.id(), ann.place, 0, ann.profile, chat::Join{}});
    turn(loop, bus);
    CHECK(own_events.empty());
    owner->commit();
    CHECK(own_events.size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "of very much not all is published at once, the rest in its order") {
    constexpr uint64_t kMembers = 1500;  // who are told of each other more than a million times
    for (uint64_t i = 1; i <= kMembers; ++i) {
      const chat::Someone who = chat::someone(i, "m" + std::to_string(i));
      owner->take("#dev", {{i, 1, 0}, who.id(), who.place, 0, who.profile, chat::Join{}});
    }
    owner->commit();
    CHECK(owner->has_unpublished());
    const size_t at_once = own_events.size();
    CHECK(at_once > kMembers / 2);
    CHECK(at_once < kMembers);
    CHECK(owner->settled() <= at_once);
    owner->commit();
    CHECK_FALSE(owner->has_unpublished());
    REQUIRE(own_events.size() == kMembers);
    for (size_t i = 0; i < kMembers; ++i) CHECK(own_events[i].position == i + 1);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "who makes a room anew gets no snapshot, a slot that begins to follow does") {
    take("#Dev", bob, open_join());
    CHECK(one.take<Snapshot>().empty());
    take("#dev", bob, chat::SetTopic{"plans"});
    two.forget();
    take("#dev", cat, chat::Join{});
    REQUIRE(two.messages().size() == 2);
    const auto snapshots = two.take<Snapshot>();
    REQUIRE(snapshots.size() == 1);
    CHECK(snapshots[0].first);
    CHECK(snapshots[0].last);
    CHECK(snapshots[0].object == "#Dev");
    chat::Room room;
    room.restore(std::get<chat::Room::Part>(snapshots[0].part));
    // As it was just before he came.
    CHECK(room.members().size() == 1);
    CHECK(room.head().topic == "plans");
    const auto events = two.take<LogEvent>();
    CHECK(events.at(0).begins == chat::SlotSet::of(2).bits());
    // One who follows already needs none.
    take("#dev", chat::someone(9, "eve", {2, 1}), chat::Join{});
    CHECK(two.take<Snapshot>().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "this slot begins to follow by a snapshot too") {
    take("#dev", bob, chat::Join{});
    CHECK(own_events.empty());
    take("#dev", ann, chat::Join{});
    REQUIRE(own_snapshots.size() == 1);
    CHECK(own_events.size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "a large room's snapshot comes in parts, before the event") {
    for (uint64_t i = 0; i < chat::Room::kEntriesPerPart + 5; ++i)
      take("#dev", chat::someone(100 + i, "n" + std::to_string(i), {1, 1}), chat::Join{});
    two.forget();
    take("#dev", cat, chat::Join{});
    REQUIRE(two.messages().size() == 3);
    const auto parts = two.take<Snapshot>();
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].first);
    CHECK_FALSE(parts[0].last);
    CHECK_FALSE(parts[1].first);
    CHECK(parts[1].last);
    CHECK(std::holds_alternative<LogEvent>(two.messages()[0]));
  }

  TEST_CASE_FIXTURE(Fixture,
                    "who joins gets the last lines before him, each with its speaker's record") {
    take("#dev", ann, chat::Join{});
    for (int i = 0; i < 8; ++i)
      take("#dev", ann, chat::Say{chat::Kind::message, "line " + std::to_string(i)});
    one.forget();
    chat::Join join;
    join.replay_lines = 3;
    take("#dev", bob, join);
    const auto history = one.take<History>();
    REQUIRE(history.size() == 1);
    CHECK(history[0].client == bob.id());
    REQUIRE(history[0].lines.size() == 3);
    CHECK(std::get<chat::Said>(history[0].lines[0].event.body).text == "line 5");
    CHECK(std::get<chat::Said>(history[0].lines[2].event.body).text == "line 7");
    REQUIRE(history[0].lines[0].event.profile.has_value());
    CHECK((*history[0].lines[0].event.profile)->nick.str() == "ann");
    // No more than is kept.
    join.replay_lines = 100;
    take("#dev", cat, join);
    CHECK(two.take<History>().at(0).lines.size() == kHistoryLines);
    CHECK(own_history.empty());
  }

  TEST_CASE_FIXTURE(
      Fixture, "a slot is told the last lines once, and again when it has not followed since") {
    const chat::Someone dora = chat::someone(8, "dora", {1, 1});
    chat::Join join;
    join.replay_lines = 3;
    const auto told = [&] { return std::pair(one.take<History>().size(), one.take<Replay>()); };
    take("#dev", ann, chat::Join{});
    take("#dev", ann, chat::Say{});
    one.forget();

    take("#dev", bob, join);
    CHECK(told() == std::pair(size_t{1}, std::vector<Replay>{}));
    take("#dev", dora, join);
    CHECK(told() == std::pair(size_t{0}, std::vector<Replay>{{"#dev", dora.id(), 3}}));
    take("#dev", dora, chat::Part{});
    join.replay_lines = 0;
    take("#dev", dora, join);
    join.replay_lines = 3;
    CHECK(told() == std::pair(size_t{0}, std::vector<Replay>{}));

    take("#dev", dora, chat::Part{});
    take("#dev", bob, chat::Part{});
    take("#dev", bob, join);
    CHECK(told() == std::pair(size_t{1}, std::vector<Replay>{}));

    // Another life of it, whose clients went on, knows nothing of what was said.
    Hello hello{{1, 2}, 0};
    hello.kept_since = 1;
    one.send(hello);
    turn(loop, bus);
    one.forget();
    take("#dev", dora, join);
    CHECK(told() == std::pair(size_t{1}, std::vector<Replay>{}));
    // Nor does it of what an owner told it that has died.
    begin(2);
    take("#dev", chat::someone(9, "eve", {1, 2}), join);
    CHECK(told().second.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "this slot is told of what it keeps as well") {
    chat::Join join;
    join.replay_lines = 3;
    take("#dev", bob, chat::Join{});
    take("#dev", bob, chat::Say{});
    take("#dev", ann, join);
    CHECK(own_history.size() == 1);
    take("#dev", chat::someone(8, "dora", {0, 1}), join);
    CHECK(own_history.size() == 1);
    CHECK(own_replays == std::vector<Replay>{{"#dev", chat::ClientId{8}, 3}});
  }

  TEST_CASE_FIXTURE(Fixture, "what is too long for one message is told once, too") {
    chat::Join join;
    join.replay_lines = 3;
    take("#dev", ann, chat::Join{});
    for (int i = 0; i < 3; ++i)
      take("#dev", ann, chat::Say{chat::Kind::message, std::string(100'000, 'x')});
    take("#dev", bob, join);
    const auto messages = one.take<History>();
    REQUIRE(messages.size() > 1);
    CHECK_FALSE(messages[0].goes_on.has_value());
    CHECK(messages[1].goes_on == true);
    const chat::Someone dora = chat::someone(8, "dora", {1, 1});
    take("#dev", dora, join);
    CHECK(one.take<History>().empty());
    CHECK(one.take<Replay>() == std::vector<Replay>{{"#dev", dora.id(), 3}});
  }

  TEST_CASE_FIXTURE(Fixture, "a room that has ended takes its lines with it") {
    take("#dev", ann, chat::Join{});
    take("#dev", ann, chat::Say{});
    take("#dev", ann, chat::Part{});
    CHECK(owner->objects() == 0);
    chat::Join join;
    join.replay_lines = 10;
    take("#dev", bob, join);
    CHECK(one.take<History>().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "what is said to a person goes to his slot and to the sender's") {
    take("bob", bob, chat::Claim{});
    one.forget();
    own_events.clear();
    two.forget();
    take("BOB", cat, chat::Say{chat::Kind::message, "psst"});
    CHECK(one.take<LogEvent>().size() == 1);
    CHECK(two.take<LogEvent>().size() == 1);
    CHECK(own_events.empty());
  }

  TEST_CASE_FIXTURE(Fixture,
                    "the list of rooms is in the order of names, and says which are secret") {
    for (const char* room : {"#b", "#C", "#a"}) take(room, ann, chat::Join{});
    chat::Join secret;
    secret.flags = chat::secret;
    take("#hidden", ann, secret);
    take("ann", ann, chat::Claim{});
    take("#a", bob, chat::Join{});
    take("#a", ann, chat::SetTopic{"x"});
    const std::vector<RoomLine> rooms = owner->rooms();
    REQUIRE(rooms.size() == 4);
    CHECK(rooms[0].name == "#a");
    CHECK(rooms[0].members == 2);
    CHECK(rooms[0].created == 1000);
    CHECK_FALSE(rooms[0].secret);
    CHECK(rooms[1].name == "#b");
    CHECK(rooms[2].name == "#C");
    CHECK(rooms[3].name == "#hidden");
    CHECK(rooms[3].secret);
    CHECK(owner->room_count() == 4);
  }

  // ---- exactly once ----

  TEST_CASE_FIXTURE(Fixture, "a command that comes again makes no second event") {
    take("#dev", bob, chat::Join{});
    one.forget();
    const chat::CommandId id = take("#dev", bob, chat::Say{});
    CHECK(one.take<LogEvent>().size() == 1);
    take_as(id, "#dev", bob, chat::Say{});
    take_as({id.connection, id.line - 1, 0}, "#dev", bob, chat::Say{});
    CHECK(one.take<LogEvent>().empty());
    take("#dev", bob, chat::Say{});
    CHECK(one.take<LogEvent>().size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "a refused command that comes again makes no second event either") {
    const chat::CommandId id = take("#dev", bob, chat::Say{});
    CHECK(one.take<LogEvent>().size() == 1);
    take_as(id, "#dev", bob, chat::Say{});
    CHECK(one.take<LogEvent>().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "ids of connections that have ended are forgotten") {
    const chat::CommandId id = take("#dev", bob, chat::Join{});
    const chat::CommandId other = take("#dev", dan, chat::Join{});
    owner->on_ended({id.connection});
    one.forget();
    take_as(id, "#dev", bob, chat::Say{});
    take_as(other, "#dev", dan, chat::Say{});
    CHECK(one.take<LogEvent>().size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "ids taken by an earlier life are known to the next") {
    const chat::CommandId id = take("#dev", bob, chat::Join{});
    const chat::CommandId refused = take("#dev", dan, chat::Say{});
    begin(2);
    one.forget();
    take_as(id, "#dev", bob, chat::Say{});
    take_as(refused, "#dev", dan, chat::Say{});
    CHECK(one.take<LogEvent>().empty());
  }

  // ---- settling ----

  TEST_CASE_FIXTURE(Fixture, "an event is settled when every slot that it went to has taken it") {
    take("#dev", bob, chat::Join{});
    // It concerns his slot alone: nobody waits for that, but nothing is quiet yet.
    CHECK(settled == 1);
    CHECK_FALSE(owner->quiet());
    take("#dev", cat, chat::Join{});
    CHECK(settled == 1);
    stands(one);
    CHECK(settled == 1);
    stands(two);
    CHECK(settled == 2);
    CHECK(owner->quiet());
    CHECK(owner->settled() == 2);
    // Of this slot alone: at once.
    take("#mine", ann, chat::Join{});
    CHECK(settled == 3);
  }

  TEST_CASE_FIXTURE(Fixture, "a slot counts as far as it has come, not further") {
    take("#dev", bob, chat::Join{});
    take("#dev", cat, chat::Join{});
    for (int i = 0; i < 3; ++i) take("#dev", bob, chat::Say{});
    stands(two);
    one.send(Standing{4, 0});
    turn(loop, bus);
    owner->commit();
    CHECK(settled == 4);
    stands(one);
    CHECK(settled == 5);
  }

  TEST_CASE_FIXTURE(Fixture, "nobody waits for a slot that is down") {
    take("#dev", cat, chat::Join{});
    take("#dev", bob, chat::Join{});
    stands(two);
    CHECK(settled == 1);
    owner->on_slot_died({1, 1});
    owner->commit();
    turn(loop, bus);
    stands(two);
    CHECK(settled == 3);
  }

  // ---- other slots' lives ----

  TEST_CASE_FIXTURE(Fixture,
                    "when a slot dies, those who lived there leave every room, in one event each") {
    for (const char* room : {"#a", "#b"}) {
      take(room, ann, chat::Join{});
      take(room, bob, chat::Join{});
      take(room, dan, chat::Join{});
    }
    take("#theirs", bob, chat::Join{});
    own_events.clear();
    const chat::TimeMs before = base::milliseconds_since_1970();
    owner->on_slot_died({1, 1});
    owner->commit();
    REQUIRE(own_events.size() == 2);
    for (const LogEvent& event : own_events) {
      CHECK(refusal(event) == "slot_lost");
      CHECK(event.event.at >= before);  // nobody sent it, but it happened now
    }
    CHECK(owner->objects() == 2);
    // Its next life says hello: there is nothing left to lose.
    owner->on_slot_died({1, 1});
    owner->commit();
    CHECK(own_events.size() == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "a command from a life that has ended is not decided") {
    take("#dev", ann, chat::Join{});
    owner->on_slot_died({1, 1});
    owner->commit();
    own_events.clear();
    take("#dev", bob, chat::Join{});
    CHECK(own_events.empty());
    take("#dev", chat::someone(5, "new", {1, 2}), chat::Join{});
    CHECK(own_events.size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a dead slot's nicks are free once every owner's rooms have settled its loss") {
    take("bob", bob, chat::Claim{});
    stands(one);
    owner->on_slot_died({1, 1});
    owner->commit();
    turn(loop, bus);
    CHECK(two.take<SlotSettled>().size() == 1);
    take("bob", cat, chat::Claim{});
    CHECK(refusal(two.take<LogEvent>().at(0)) == "nick_in_use");
    two.send(SlotSettled{{1, 1}});
    turn(loop, bus);
    take("bob", cat, chat::Claim{});
    CHECK(refusal(two.take<LogEvent>().at(0)) == "nick_in_use");
    one.send(SlotSettled{{1, 1}});  // the dead slot's next life owns rooms as well
    turn(loop, bus);
    take("bob", cat, chat::Claim{});
    CHECK(refusal(two.take<LogEvent>().at(0)) == "claimed");
  }

  // ---- claims that wait ----

  TEST_CASE_FIXTURE(Fixture,
                    "a claim on a nick that is being left waits, and comes before later ones") {
    take("zed", ann, chat::Claim{});
    take("zed", ann, chat::Depart{});
    one.forget();
    const chat::CommandId first = take("Zed", bob, chat::Claim{});
    const chat::CommandId second = take("zed", cat, chat::Claim{});
    CHECK(one.take<LogEvent>().empty());
    CHECK(two.take<LogEvent>().empty());
    take_as(first, "Zed", bob, chat::Claim{});  // sent again: waits once
    take("zed", ann, chat::Release{});
    const auto at_one = one.take<LogEvent>();
    REQUIRE(at_one.size() == 1);
    CHECK(at_one[0].event.cause == first);
    CHECK(refusal(at_one[0]) == "claimed");
    CHECK(at_one[0].object == "bob");
    const auto at_two = two.take<LogEvent>();
    REQUIRE(at_two.size() == 1);
    CHECK(at_two[0].event.cause == second);
    CHECK(refusal(at_two[0]) == "nick_in_use");
  }

  TEST_CASE_FIXTURE(Fixture, "when the one who was leaving stays, those who waited are refused") {
    take("zed", ann, chat::Claim{});
    take("zed", ann, chat::Depart{});
    take("zed", bob, chat::Claim{});
    one.forget();
    take("zed", ann, chat::Claim{});
    CHECK(refusal(one.take<LogEvent>().at(0)) == "nick_in_use");
  }

  TEST_CASE_FIXTURE(Fixture, "a claim that waits for a slot that dies gets the nick") {
    take("zed", bob, chat::Claim{});
    take("zed", bob, chat::Depart{});
    take("zed", cat, chat::Claim{});
    owner->on_slot_died({1, 1});
    owner->commit();
    turn(loop, bus);
    CHECK(two.take<LogEvent>().empty());
    one.send(SlotSettled{{1, 1}});
    two.send(SlotSettled{{1, 1}});
    turn(loop, bus);
    owner->commit();
    turn(loop, bus);
    CHECK(refusal(two.take<LogEvent>().at(0)) == "claimed");
  }

  TEST_CASE_FIXTURE(Fixture, "a claim that waits for nobody any more leaves nothing behind") {
    take("zed", ann, chat::Claim{});
    take("zed", ann, chat::Depart{});
    take("zed", bob, chat::Claim{});
    owner->on_slot_died({1, 1});
    owner->commit();
    take("zed", ann, chat::Release{});
    CHECK(owner->objects() == 0);
  }

  // ---- this slot's own lives ----

  TEST_CASE_FIXTURE(Fixture,
                    "the next life has the rooms and nicks of the last, without who lived here") {
    take("#dev", bob, chat::Join{});
    take("#dev", ann, chat::Join{});
    take("#dev", bob, chat::Part{});
    take("#dev", cat, chat::Join{});
    chat::Join permanent;
    permanent.permanent = true;
    permanent.flags = 0;
    take("#hall", ann, permanent);
    take("#hall", ann, chat::SetTopic{"welcome"});
    take("#mine", ann, chat::Join{});
    take("cat", cat, chat::Claim{});
    begin(2);
    const std::vector<RoomLine> rooms = owner->rooms();
    REQUIRE(rooms.size() == 2);
    CHECK(rooms[0].name == "#dev");
    CHECK(rooms[0].members == 1);
    CHECK(rooms[1].name == "#hall");
    CHECK(rooms[1].members == 0);
    CHECK(rooms[1].topic == "welcome");
    CHECK(owner->objects() == 3);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a slot that says where it stands gets what it has not taken, in order") {
    take("#dev", bob, chat::Join{});
    for (int i = 0; i < 4; ++i)
      take("#dev", bob, chat::Say{chat::Kind::message, std::to_string(i)});
    const uint64_t last = one.take<LogEvent>().back().position;
    begin(2);
    one.forget();
    one.greet(last - 2);
    turn(loop, bus);
    owner->commit();
    turn(loop, bus);
    const auto again = one.take<LogEvent>();
    REQUIRE(again.size() == 2);
    CHECK(again[0].position == last - 1);
    CHECK(std::get<chat::Said>(again[0].event.body).text == "2");
    CHECK(again[1].position == last);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "what is sent again begins with the snapshot as it was before the event") {
    take("#dev", bob, open_join());
    take("#dev", bob, chat::SetTopic{"before"});
    const uint64_t stands = one.take<LogEvent>().back().position;
    take("#dev", cat, chat::Join{});
    take("#dev", bob, chat::SetTopic{"after"});
    begin(2);
    two.forget();
    two.greet(stands);
    turn(loop, bus);
    owner->commit();
    turn(loop, bus);
    const auto snapshots = two.take<Snapshot>();
    REQUIRE(snapshots.size() == 1);
    chat::Room room;
    room.restore(std::get<chat::Room::Part>(snapshots[0].part));
    CHECK(room.head().topic == "before");
    CHECK(room.members().size() == 1);
    CHECK(two.take<LogEvent>().size() == 2);
  }

  TEST_CASE_FIXTURE(
      Fixture, "a life that begins after the last one was seen to end hears only what is new") {
    take("#dev", bob, chat::Join{});
    take("#dev", ann, chat::Join{});
    take("#dev", bob, chat::Say{});
    owner->on_slot_died({1, 1});
    owner->commit();
    one.forget();
    one.send(Hello{{1, 2}, 0});
    turn(loop, bus);
    owner->commit();
    turn(loop, bus);
    CHECK(one.take<LogEvent>().empty());
    take("#dev", chat::someone(7, "new", {1, 2}), chat::Join{});
    CHECK(one.take<LogEvent>().size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "when both lives are new, the other slot's hears nothing that was settled") {
    take("*", cat, chat::Say{chat::Kind::message, "of old"});
    take("#dev", bob, chat::Join{});
    stands(one);
    stands(two);
    take("#dev", bob, chat::Say{chat::Kind::message, "not settled"});
    begin(2);
    one.forget();
    one.send(Hello{{1, 2}, 0});
    turn(loop, bus);
    owner->commit();
    turn(loop, bus);
    const auto heard = one.take<LogEvent>();
    REQUIRE(heard.size() == 2);
    CHECK(std::get<chat::Said>(heard[0].event.body).text == "not settled");
    CHECK(refusal(heard[1]) == "slot_lost");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "the state before an event is there as long as a slot may not have heard it") {
    take("#dev", bob, open_join());
    take("#dev", bob, chat::SetTopic{"before"});
    take("#hot", bob, chat::Join{});
    stands(one);
    const uint64_t stands_at = owner->settled();
    take("#dev", cat, chat::Join{});  // two never says that it has come to her
    // Many times what it takes for the room's base to be replaced.
    const std::string text(1000, 'h');
    for (int i = 0; i < 200; ++i) take("#hot", bob, chat::Say{chat::Kind::message, text});
    take("#dev", bob, chat::SetTopic{"after"});
    begin(2);
    two.forget();
    two.greet(stands_at);
    turn(loop, bus);
    const auto snapshots = two.take<Snapshot>();
    REQUIRE(snapshots.size() == 1);
    chat::Room room;
    room.restore(std::get<chat::Room::Part>(snapshots[0].part));
    CHECK(room.head().topic == "before");
    CHECK(room.members().size() == 1);
  }

  // ---- commands that end a life ----

  TEST_CASE_FIXTURE(Fixture, "a command that ended a life is refused when it comes again") {
    take("#dev", bob, open_join());
    one.forget();
    const chat::CommandId boom{2, 100, 0};
    end_deciding(boom);
    begin(2, false);
    // What came before it and was not written comes again, and is decided.
    take_as({2, 99, 0}, "#dev", bob, chat::SetTopic{"before"});
    take_as(boom, "#dev", bob, chat::SetTopic{"boom"});
    take_as({2, 101, 0}, "#dev", bob, chat::SetTopic{"after"});
    take_as(boom, "#dev", bob, chat::SetTopic{"boom"});
    one.greet(owner->settled());
    turn(loop, bus);
    const auto events = one.take<LogEvent>();
    std::string answers;
    for (const LogEvent& event : events) {
      if (event.event.cause.connection == 2) answers += refusal(event) + " ";
    }
    CHECK(answers.ends_with("topic_set crashed topic_set "));
    CHECK(owner->rooms().at(0).topic == "after");
  }

  TEST_CASE_FIXTURE(Fixture, "it is refused too if other lives end before it comes again") {
    take("#dev", bob, open_join());
    const chat::CommandId boom{2, 100, 0};
    const chat::CommandId other{4, 7, 2};
    end_deciding(boom);
    begin(2, false);
    end_deciding(other);
    begin(3, false);
    begin(4, true);
    take_as(boom, "#dev", bob, chat::SetTopic{"boom"});
    begin(5, true);
    take_as(boom, "#dev", bob, chat::SetTopic{"boom"});
    take_as(other, "#dev", dan, chat::SetTopic{"boom"});
    CHECK(owner->rooms().at(0).topic.empty());
    // Then nothing is left of it.
    auto journal =
        ipc::Journal::open(base::UniqueFd(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0)), 1 << 16);
    REQUIRE(journal.has_value());
    CHECK((*journal)->doomed().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a command whose life was ended from outside is decided again") {
    take("#dev", bob, open_join());
    const chat::CommandId id{2, 100, 0};
    end_deciding(id);
    begin(2, true);
    take_as(id, "#dev", bob, chat::SetTopic{"no harm"});
    CHECK(owner->rooms().at(0).topic == "no harm");
  }

  TEST_CASE_FIXTURE(Fixture, "a refusal that was to come lapses with its connection") {
    end_deciding({2, 100, 0});
    begin(2, false);
    owner->on_ended({2});
    auto journal =
        ipc::Journal::open(base::UniqueFd(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0)), 1 << 16);
    REQUIRE(journal.has_value());
    CHECK((*journal)->doomed().empty());
  }

  // ---- a damaged journal ----

  TEST_CASE_FIXTURE(Fixture,
                    "a command whose event the journal has lost is answered nevertheless") {
    take("#dev", bob, open_join());
    std::vector<chat::CommandId> ids;
    for (const char* text : {"first topic", "second topic", "third topic"})
      ids.push_back(take("#dev", bob, chat::SetTopic{text}));
    owner.reset();
    damage("second topic");
    begin(2);
    CHECK(owner->rooms().at(0).topic == "third topic");
    one.forget();
    one.greet();
    turn(loop, bus);
    for (size_t i = 0; i < ids.size(); ++i) take_as(ids[i], "#dev", bob, chat::SetTopic{"again"});
    CHECK(owner->rooms().at(0).topic == "third topic");
    std::string answers;
    for (const LogEvent& event : one.take<LogEvent>()) {
      if (event.event.cause.connection == 2)
        answers += std::to_string(event.event.cause.line) + " " + refusal(event) + "; ";
    }
    CHECK(answers == "1 joined; 2 topic_set; 4 topic_set; 3 crashed; ");
  }

  // ---- slots without a worker ----

  TEST_CASE_FIXTURE(Fixture,
                    "nobody waits for a slot that has had no worker since this life began") {
    take("#dev", ann, chat::Join{});
    take("#dev", bob, chat::Join{});
    take("#dev", cat, chat::Join{});
    begin(2);
    two.greet();
    turn(loop, bus);
    owner->on_slot_absent(1);
    owner->commit();
    turn(loop, bus);
    stands(two);
    CHECK(owner->rooms().at(0).members == 1);
    CHECK(owner->settled() == 5);
    CHECK(two.take<SlotSettled>().back().place.slot == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "ids of connections that live no more are forgotten") {
    const chat::CommandId of_bob = take("#dev", bob, open_join());
    const chat::CommandId of_dan = take("#dev", dan, chat::Join{});
    const chat::CommandId of_cat = take("#dev", cat, chat::Join{});
    const auto is_taken_again = [&](const chat::CommandId& id, const chat::Someone& who) {
      own_events.clear();
      one.forget();
      two.forget();
      take_as(id, "#dev", who, chat::Part{});
      return one.take<LogEvent>().size() + two.take<LogEvent>().size() > 0;
    };
    // One of them is not spoken of, one is another slot's.
    one.send(Living{0, 2, {}});
    one.send(Living{4, UINT64_MAX, {}});
    turn(loop, bus);
    CHECK(is_taken_again(of_bob, bob));
    CHECK_FALSE(is_taken_again(of_dan, dan));
    one.send(Living{0, UINT64_MAX, {4}});
    turn(loop, bus);
    CHECK_FALSE(is_taken_again(of_dan, dan));
    CHECK_FALSE(is_taken_again(of_cat, cat));
    one.send(Living{0, UINT64_MAX, {2}});
    turn(loop, bus);
    CHECK(is_taken_again(of_dan, dan));
  }

  // ---- quiet ----

  TEST_CASE_FIXTURE(Fixture,
                    "an owner is quiet when its log and every death it knows are settled") {
    CHECK(owner->quiet());
    take("#dev", ann, chat::Join{});
    take("#dev", bob, chat::Join{});
    take("#dev", cat, chat::Join{});
    CHECK_FALSE(owner->quiet());
    stands(one);
    stands(two);
    CHECK(owner->quiet());
    owner->on_slot_died({1, 1});
    CHECK_FALSE(owner->quiet());
    owner->commit();
    turn(loop, bus);
    stands(two);
    CHECK_FALSE(owner->quiet());  // the other owner has not said that it is done
    two.send(SlotSettled{{1, 1}});
    turn(loop, bus);
    CHECK(owner->quiet());
    one.send(Hello{{1, 2}, 0});  // the next life has to say so too
    turn(loop, bus);
    owner->commit();
    CHECK_FALSE(owner->quiet());
    one.send(SlotSettled{{1, 1}});
    turn(loop, bus);
    CHECK(owner->quiet());
  }
}
