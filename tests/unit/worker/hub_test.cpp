#include "worker/hub.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/worker/hub_fixture.h"
#include "worker/message_id.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

using Fixture = HubFixture;

}  // namespace

TEST_SUITE("worker/hub") {
  // ---- what is said ----

  TEST_CASE_FIXTURE(Fixture, "what is said reaches each local member once, but not the speaker") {
    gather("#dev");
    say("#dev", zoe);
    CHECK(ann.take() == "near:said #dev zoe;");
    CHECK(bob.take() == "near:said #dev zoe;");
    say("#DEV", ann.who());
    CHECK(ann.take() == "");
    CHECK(bob.take() == "near:said #dev ann;");
  }

  TEST_CASE_FIXTURE(Fixture, "who wants his own lines gets them") {
    gather("#dev");
    ann.wants_echo = true;
    say("#dev", ann.who());
    CHECK(ann.take() == "near:said #dev ann;");
  }

  TEST_CASE_FIXTURE(Fixture, "an outsider's words name him by the record that came with them") {
    gather("#dev");
    say("#dev", yan);
    CHECK(bob.take() == "near:said #dev yan;");
  }

  TEST_CASE_FIXTURE(Fixture, "what happens in rooms that nobody here is in is told to nobody") {
    gather("#dev");
    say("#other", zoe);
    join("#dev2", zoe);
    happens("#dev", zoe, chat::Refused{});
    CHECK(ann.take() == "");
    CHECK(hub.find("#other") == nullptr);
  }

  TEST_CASE_FIXTURE(Fixture, "an event is encoded once for each shape, and its bytes are shared") {
    gather("#dev");
    const int before = near.times;
    ann.buffers.clear();
    bob.buffers.clear();
    say("#dev", zoe);
    CHECK(near.times == before + 1);
    hub.end_iteration();
    REQUIRE(ann.buffers.size() == 1);
    CHECK(ann.buffers == bob.buffers);
  }

  TEST_CASE_FIXTURE(Fixture, "each iteration has buffers of its own") {
    gather("#dev");
    hub.end_iteration();
    ann.buffers.clear();
    say("#dev", zoe);
    hub.end_iteration();
    const std::string bytes = ann.buffers.at(0)->bytes;
    say("#dev", zoe);
    hub.end_iteration();
    CHECK(ann.buffers.at(0)->bytes == bytes);
    CHECK(ann.buffers.at(1) != ann.buffers.at(0));
  }

  // ---- all of an iteration at once ----

  TEST_CASE_FIXTURE(Fixture, "what happens in one room in one iteration is queued in one piece") {
    gather("#dev");
    hub.end_iteration();
    ann.buffers.clear();
    for (const chat::Someone* who : {&zoe, &bob.who(), &zoe}) say("#dev", *who);
    happens("#dev", zoe, chat::TopicSet{"x", "zoe"});
    CHECK(ann.buffers.empty());
    hub.end_iteration();
    CHECK(ann.buffers.size() == 1);
    CHECK(ann.take() ==
          "near:said #dev zoe;near:said #dev bob;near:said #dev zoe;near:topic_set #dev zoe;");
    // His own is cut out.
    CHECK(bob.take() == "near:said #dev zoe;near:said #dev zoe;near:topic_set #dev zoe;");
    hub.end_iteration();
    CHECK(told() == "ann:  bob: ");
  }

  TEST_CASE_FIXTURE(Fixture, "who is sent something else gets what was said before it first") {
    gather("#dev");
    say("#dev", zoe);
    CHECK(ann.take() == "near:said #dev zoe;");  // as before any answer of his own
    say("#dev", bob.who());
    CHECK(ann.take() == "near:said #dev bob;");
    hub.end_iteration();
    CHECK(told() == "ann:  bob: near:said #dev zoe;");
  }

  TEST_CASE_FIXTURE(Fixture, "rooms are told in the order in which things happened") {
    gather("#a");
    gather("#b");
    for (const char* room : {"#a", "#b", "#a"}) say(room, zoe);
    hub.set_nick("ann", ann);
    say("ann", zoe);
    say("#b", zoe);
    hub.end_iteration();
    CHECK(ann.take() ==
          "near:said #a zoe;near:said #b zoe;near:said #a zoe;near:said zoe;near:said #b zoe;");
    CHECK(bob.take() == "near:said #a zoe;near:said #b zoe;near:said #a zoe;near:said #b zoe;");
  }

  TEST_CASE_FIXTURE(Fixture, "who comes, leaves or changes his shape is told what was his") {
    gather("#dev");
    FakeClient cat{hub, chat::someone(3, "cat")};
    cat.shape = &far;
    hub.add(cat);
    say("#dev", zoe);
    join("#dev", cat.who());
    say("#dev", zoe);
    happens("#dev", bob.who(), chat::Parted{});
    bob.shape = &far;
    ann.shape = &far;
    hub.reshape(ann, "#dev");
    join("#dev", bob.who());
    say("#dev", zoe);
    hub.end_iteration();
    CHECK(cat.take() ==
          "(in #dev)far:joined #dev cat;far:said #dev zoe;far:parted #dev bob bob;"
          "far:joined #dev bob;far:said #dev zoe;");
    CHECK(ann.take() ==
          "near:said #dev zoe;near:joined #dev cat;near:said #dev zoe;near:parted #dev bob bob;"
          "far:joined #dev bob;far:said #dev zoe;");
    CHECK(bob.take() ==
          "near:said #dev zoe;near:joined #dev cat;near:said #dev zoe;near:parted #dev bob bob;"
          "(out #dev)(in #dev)far:joined #dev bob;far:said #dev zoe;");
    hub.remove(cat);
  }

  TEST_CASE_FIXTURE(Fixture, "what is for some ranks only stands between what is for all") {
    gather("#dev");
    happens("#dev", ann.who(), chat::ModesSet{{chat::OwnedRoom::change_of("+o", ann.who())}, ""});
    hub.end_iteration();
    told();
    say("#dev", zoe);
    chat::Said for_operators;
    for_operators.rank = chat::room_operator;
    happens("#dev", zoe, for_operators);
    say("#dev", zoe);
    hub.end_iteration();
    CHECK(ann.take() == "near:said #dev zoe;near:said #dev zoe;near:said #dev zoe;");
    CHECK(bob.take() == "near:said #dev zoe;near:said #dev zoe;");
  }

  TEST_CASE_FIXTURE(Fixture, "a room that is left by all while it is told is done with") {
    gather("#dev");
    say("#dev", zoe);
    happens("#dev", ann.who(), chat::Parted{});
    happens("#dev", bob.who(), chat::Parted{});
    CHECK(hub.find("#dev") == nullptr);
    say("#dev", zoe);
    hub.end_iteration();
    CHECK(ann.take() == "near:said #dev zoe;near:parted #dev ann ann;(out #dev)");
    CHECK(bob.take() ==
          "near:said #dev zoe;near:parted #dev ann ann;near:parted #dev bob bob;(out #dev)");
  }

  TEST_CASE_FIXTURE(Fixture, "a client whose shape changes is told in the new one") {
    gather("#dev");
    ann.shape = &far;
    say("#dev", zoe);
    CHECK(ann.take() == "near:said #dev zoe;");
    hub.reshape(ann, "#DEV");
    say("#dev", zoe);
    CHECK(ann.take() == "far:said #dev zoe;");
    CHECK(bob.take() == "near:said #dev zoe;near:said #dev zoe;");
  }

  // ---- coming and going ----

  TEST_CASE_FIXTURE(Fixture, "who comes in is in before he and the others are told") {
    join("#dev", ann.who());
    CHECK(ann.take() == "(in #dev)near:joined #dev ann;");
    join("#dev", zoe);
    CHECK(ann.take() == "near:joined #dev zoe;");
    join("#Dev", bob.who());
    CHECK(ann.take() == "near:joined #dev bob;");
    CHECK(bob.take() == "(in #dev)near:joined #dev bob;");
    CHECK(hub.find("#DEV")->room.members().size() == 3);
  }

  TEST_CASE_FIXTURE(Fixture, "who leaves is told of it first and is out then") {
    gather("#dev");
    happens("#dev", ann.who(), chat::Parted{});
    CHECK(ann.take() == "near:parted #dev ann ann;(out #dev)");
    CHECK(bob.take() == "near:parted #dev ann ann;");
    say("#dev", zoe);
    CHECK(ann.take() == "");
    CHECK(ann.memberships().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "who is kicked hears by whom") {
    gather("#dev");
    happens("#dev", zoe, chat::Kicked{bob.client_id(), ""});
    CHECK(bob.take() == "near:kicked #dev zoe bob;(out #dev)");
    CHECK(ann.take() == "near:kicked #dev zoe bob;");
    CHECK(bob.memberships().empty());
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a room is followed from its snapshot on, to its last local member's end") {
    chat::OwnedRoom owned;
    owned.make(zoe);
    owned.take(zoe, chat::SetTopic{"plans"});
    for (const chat::Room::Part& part : owned.room().snapshot())
      hub.apply(Snapshot{"#Dev", true, true, part});
    join("#dev", ann.who());
    CHECK(ann.take() == "(in #Dev)near:joined #Dev ann;");
    REQUIRE(hub.find("#dev") != nullptr);
    CHECK(hub.find("#dev")->room.head().topic == "plans");
    CHECK(hub.find("#dev")->room.members().size() == 2);
    happens("#dev", ann.who(), chat::Parted{});
    CHECK(hub.find("#dev") == nullptr);
    say("#dev", zoe);
    CHECK(ann.take() == "near:parted #Dev ann ann;(out #Dev)");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a snapshot of a room that is known takes the place of what was known") {
    const chat::Someone dan = chat::someone(30, "dan", {1, 1});
    chat::OwnedRoom before, now;
    for (chat::OwnedRoom* room : {&before, &now}) room->make(zoe);
    before.take(dan, chat::Join{});
    for (const chat::OwnedRoom* room : {&before, &now}) {
      for (const chat::Room::Part& part : room->room().snapshot())
        hub.apply(Snapshot{"#dev", true, true, part});
    }
    CHECK(hub.record_of(zoe.id()) != nullptr);
    CHECK(hub.record_of(dan.id()) == nullptr);
  }

  TEST_CASE_FIXTURE(Fixture, "members keep their places when others leave before them") {
    for (const char* room : {"#a", "#b"}) gather(room);
    FakeClient cat{hub, chat::someone(3, "cat")};
    hub.add(cat);
    join("#a", cat.who());
    join("#b", cat.who());
    happens("#a", ann.who(), chat::Parted{});
    happens("#a", cat.who(), chat::Parted{});
    happens("#b", bob.who(), chat::Parted{});
    for (FakeClient* client : {&ann, &bob, &cat}) client->take();
    say("#a", zoe);
    say("#b", zoe);
    CHECK(ann.take() == "near:said #b zoe;");
    CHECK(bob.take() == "near:said #a zoe;");
    CHECK(cat.take() == "near:said #b zoe;");
    hub.remove(cat);
  }

  TEST_CASE_FIXTURE(Fixture, "a client who has gone is told nothing more") {
    gather("#a");
    gather("#b");
    hub.remove(ann);
    say("#a", zoe);
    happens("#b", ann.who(), chat::HasQuit{});
    CHECK(ann.take() == "");
    CHECK(bob.take() == "near:said #a zoe;near:has_quit ann;");
  }

  TEST_CASE_FIXTURE(Fixture, "topics and modes are told to everybody, also who set them") {
    gather("#dev");
    happens("#dev", ann.who(), chat::TopicSet{"x", "ann"});
    happens("#dev", ann.who(), chat::ModesSet{{chat::OwnedRoom::change_of("+m")}, "ann"});
    CHECK(ann.take() == "near:topic_set #dev ann;near:modes_set #dev ann;");
    CHECK(bob.take() == "near:topic_set #dev ann;near:modes_set #dev ann;");
    CHECK(hub.find("#dev")->room.head().flags == chat::moderated);
  }

  // ---- what one person does to all his rooms ----

  TEST_CASE_FIXTURE(Fixture, "a quit is told once to each who shares any room with him") {
    for (const char* room : {"#a", "#b", "#c"}) gather(room);
    for (const char* room : {"#b", "#a", "#c"}) happens(room, zoe, chat::HasQuit{});
    CHECK(ann.take() == "near:has_quit zoe;");
    CHECK(bob.take() == "near:has_quit zoe;");
    for (const char* room : {"#a", "#b", "#c"})
      CHECK(hub.find(room)->room.member(zoe.id()) == nullptr);
  }

  TEST_CASE_FIXTURE(Fixture, "who quits is out of the room before the others are told") {
    gather("#a");
    happens("#a", ann.who(), chat::HasQuit{});
    say("#a", zoe);
    CHECK(ann.take() == "");
    CHECK(ann.memberships().empty());
    CHECK(bob.take() == "near:has_quit ann;near:said #a zoe;");
  }

  TEST_CASE_FIXTURE(Fixture, "who has been seen to quit is not seen to leave other rooms") {
    gather("#a");
    gather("#b");
    happens("#a", zoe, chat::HasQuit{});
    happens("#b", bob.who(), chat::Kicked{zoe.id(), ""});
    CHECK(ann.take() == "near:has_quit zoe;");
  }

  TEST_CASE_FIXTURE(Fixture, "a new nick is told once, by the first event with a newer record") {
    gather("#a");
    gather("#b");
    const chat::Someone renamed{chat::profile_of(8, "zoey", 1), zoe.place};
    happens("#a", renamed, chat::Renewed{});
    happens("#b", renamed, chat::Renewed{});
    CHECK(ann.take() == "near:renewed zoe zoey;");
    CHECK(bob.take() == "near:renewed zoe zoey;");
    CHECK(hub.find("#b")->room.member(zoe.id())->profile->nick.str() == "zoey");
    const chat::Someone again{chat::profile_of(8, "zo", 2), zoe.place};
    happens("#b", again, chat::Renewed{});
    happens("#a", again, chat::Renewed{});
    CHECK(ann.take() == "near:renewed zoey zo;");
    // Later events name him as he is now.
    say("#a", again);
    CHECK(ann.take() == "near:said #a zo;");
  }

  TEST_CASE_FIXTURE(Fixture, "who changes his nick hears of it once, from his protocol") {
    gather("#a");
    gather("#b");
    const chat::Someone renamed{chat::profile_of(1, "anna", 1), ann.who().place};
    happens("#a", renamed, chat::Renewed{});
    happens("#b", renamed, chat::Renewed{});
    CHECK(ann.take() == "(now anna)");
    CHECK(bob.take() == "near:renewed ann anna;");
  }

  TEST_CASE_FIXTURE(Fixture, "those lost with a slot quit once, whichever rooms they were in") {
    gather("#a");
    gather("#b");
    join("#b", yan);
    ann.take();
    bob.take();
    hub.apply({100, "#a", 1, 0, {{}, {}, {}, 0, {}, chat::SlotLost{{1, 1}}}});
    CHECK(ann.take() == "near:slot_lost zoe;");
    hub.apply({101, "#b", 1, 0, {{}, {}, {}, 0, {}, chat::SlotLost{{1, 1}}}});
    CHECK(ann.take() == "near:slot_lost yan;");
    CHECK(bob.take() == "near:slot_lost zoe;near:slot_lost yan;");
    CHECK(hub.find("#b")->room.members().size() == 2);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "who is lost with a slot is not brought back by an owner who hears late") {
    gather("#a");
    join("#b", ann.who());
    ann.take();
    hub.apply({100, "#a", 1, 0, {{}, {}, {}, 0, {}, chat::SlotLost{{1, 1}}}});
    CHECK(ann.take() == "near:slot_lost zoe;");
    CHECK(bob.take() == "near:slot_lost zoe;");
    // Decided by the owner of #b before it knew.
    join("#b", zoe);
    happens("#b", {chat::profile_of(8, "zoo", 1), zoe.place}, chat::Renewed{});
    CHECK(ann.take() == "");
    hub.apply({101, "#b", 1, 0, {{}, {}, {}, 0, {}, chat::SlotLost{{1, 1}}}});
    CHECK(ann.take() == "");
    CHECK(hub.find("#b")->room.members().size() == 1);
    // The slot's next life is another.
    const chat::Someone yet_another = chat::someone(10, "yak", {1, 2});
    join("#b", yet_another);
    CHECK(ann.take() == "near:joined #b yak;");
    hub.apply({102, "#b", 1, 0, {{}, {}, {}, 0, {}, chat::SlotLost{{1, 2}}}});
    CHECK(ann.take() == "near:slot_lost yak;");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "who has gone with his worker is seen again when another is given him") {
    // His connection was not yet acknowledged, so it keeps its number; and this slot has heard of
    // that death in its last life.
    hub.restore_gone({zoe.id()});
    join("#a", ann.who());
    ann.take();
    join("#a", {zoe.profile, {2, 1}});
    CHECK(ann.take() == "near:joined #a zoe;");
    CHECK_FALSE(hub.has_gone(zoe.id()));
    happens("#a", {zoe.profile, {2, 1}}, chat::HasQuit{});
    CHECK(ann.take() == "near:has_quit zoe;");
  }

  TEST_CASE_FIXTURE(Fixture, "thousands lost at once are told of in one piece") {
    gather("#a");
    for (uint64_t i = 0; i < 2000; ++i)
      join("#a", chat::someone(1000 + i, "n" + std::to_string(i), {1, 1}));
    ann.take();
    ann.buffers.clear();
    hub.apply({9000, "#a", 1, 0, {{}, {}, {}, 0, {}, chat::SlotLost{{1, 1}}}});
    hub.end_iteration();
    CHECK(ann.buffers.size() == 1);
    const std::string told = ann.take();
    CHECK(std::count(told.begin(), told.end(), ';') == 2001);
  }

  // ---- people ----

  TEST_CASE_FIXTURE(Fixture, "what is said to a person reaches him by the nick that he holds") {
    hub.set_nick("ann", ann);
    happens("Ann", zoe, chat::Said{});
    CHECK(ann.take() == "near:said zoe;");
    happens("zed", zoe, chat::Said{});
    happens("ann", zoe, chat::Claimed{});
    CHECK(ann.take() == "");
    hub.clear_nick("ann", bob);  // not his
    happens("ann", zoe, chat::Said{});
    CHECK(ann.take() == "near:said zoe;");
    hub.clear_nick("ann", ann);
    happens("ann", zoe, chat::Said{});
    CHECK(ann.take() == "");
  }

  TEST_CASE_FIXTURE(Fixture, "history is for him alone who asked, and only while he is there") {
    gather("#dev");
    const auto history = [&](const FakeClient& client, const char* room) {
      return History{room,
                     client.client_id(),
                     {{1, {{}, zoe.id(), {}, 0, zoe.profile, chat::Said{}}},
                      {2, {{}, yan.id(), {}, 0, yan.profile, chat::Said{}}}}};
    };
    hub.apply(history(ann, "#dev"));
    CHECK(ann.take() == "near:said past #dev zoe;near:said past #dev yan;");
    CHECK(bob.take() == "");
    hub.apply(history(ann, "#gone"));
    hub.remove(ann);
    hub.apply(history(ann, "#dev"));
    CHECK(ann.take() == "");
  }

  TEST_CASE_FIXTURE(Fixture, "a past that came in several messages is kept as one") {
    gather("#dev");
    const auto part = [&](uint64_t position, const chat::Someone& who) {
      return History{
          "#dev", ann.client_id(), {{position, {{}, who.id(), {}, 0, who.profile, chat::Said{}}}}};
    };
    History rest = part(2, yan);
    rest.goes_on = true;
    hub.apply(part(1, zoe));
    hub.apply(rest);
    CHECK(ann.take() == "near:said past #dev zoe;near:said past #dev yan;");
    hub.apply(Replay{"#dev", bob.client_id(), 2});
    CHECK(bob.take() == "near:said past #dev zoe;near:said past #dev yan;");
    // Another one begins anew.
    hub.apply(part(3, zoe));
    ann.take();
    hub.apply(Replay{"#dev", bob.client_id(), 2});
    CHECK(bob.take() == "near:said past #dev zoe;");
  }

  TEST_CASE_FIXTURE(Fixture, "what a slot keeps of a room's past goes on with what is said") {
    gather("#dev");
    const auto past = [&](const FakeClient& client) {
      hub.apply(Replay{"#DEV", client.client_id(), 2});
      return std::pair(ann.take(), bob.take());
    };
    using Told = std::pair<std::string, std::string>;
    CHECK(past(ann) == Told("", ""));  // nothing is kept so far

    // Also if he has gone to whom it was to be told.
    hub.apply(History{
        "#dev", chat::ClientId{77}, {{1, {{}, zoe.id(), {}, 0, zoe.profile, chat::Said{}}}}});
    CHECK(past(ann) == Told("near:said past #dev zoe;", ""));
    say("#dev", bob.who());
    happens("#dev", zoe, chat::Said{chat::Kind::tags, ""});
    chat::Said for_operators;
    for_operators.rank = chat::room_operator;
    happens("#dev", zoe, for_operators);
    ann.take();
    bob.take();
    CHECK(past(bob) == Told("", "near:said past #dev zoe;near:said past #dev bob;"));
    say("#dev", yan);
    ann.take();
    bob.take();
    CHECK(past(ann) == Told("near:said past #dev bob;near:said past #dev yan;", ""));

    happens("#dev", yan, chat::Redacted{message_id(position(), "#dev", 0), ""});
    ann.take();
    bob.take();
    CHECK(past(ann) == Told("near:said past #dev bob;", ""));

    for (const chat::Someone* who : {&ann.who(), &bob.who(), &zoe})
      happens("#dev", *who, chat::Parted{});
    gather("#dev");
    CHECK(past(ann) == Told("", ""));
  }

  TEST_CASE_FIXTURE(
      Fixture,
      "who was lost is told of once, also if a room that begins to be followed still has him") {
    gather("#a");
    gather("#b");
    const auto lost = [&](const char* room) {
      hub.apply({100, room, 1, 0, {{}, {}, {}, 0, {}, chat::SlotLost{{1, 1}}}});
    };
    lost("#a");
    CHECK(ann.take() == "near:slot_lost zoe;");
    chat::OwnedRoom late;  // its owner has not heard of the death yet
    late.make(zoe);
    for (const chat::Room::Part& part : late.room().snapshot())
      hub.apply(Snapshot{"#c", true, true, part});
    join("#c", bob.who());
    lost("#b");
    lost("#c");
    CHECK(ann.take() == "");
  }
}
