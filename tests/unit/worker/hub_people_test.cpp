// The part of a hub that is about people, wherever they are, and about the server as a whole.
#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "tests/unit/worker/hub_fixture.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

struct Fixture : HubFixture {
  // Ann and Bob watch the nick zed, which `holder` has.
  void watch_zed(std::optional<chat::ProfilePtr> holder) {
    for (const FakeClient* client : {&ann, &bob})
      happens("Zed", client->who(), chat::Watching{client->who().place, holder});
    told();
  }
  const chat::Someone zed = chat::someone(20, "zed", {1, 1});

  void said_to_rank(uint8_t rank) {
    chat::Said said;
    said.rank = rank;
    happens("#dev", zoe, said);
  }
};

std::string nick_of(const chat::ProfilePtr& profile) {
  return profile == nullptr ? "nobody" : std::string(profile->nick.str());
}

}  // namespace

TEST_SUITE("worker/hub_people") {
  // ---- watched nicks ----

  TEST_CASE_FIXTURE(Fixture, "who has a watched nick is known from the answer on") {
    CHECK(nick_of(hub.holder_of("zed").value()) == "nobody");
    happens("Zed", ann.who(), chat::Watching{ann.who().place, zed.profile});
    CHECK(nick_of(hub.holder_of("ZED").value()) == "zed");
    // Ann is answered by her protocol.
    CHECK(ann.take() == "");
  }

  TEST_CASE_FIXTURE(Fixture, "who comes and who goes is told once to each who watches") {
    watch_zed({});
    happens("zed", zed, chat::Claimed{});
    CHECK(told() == "ann: (zed on) bob: (zed on)");
    CHECK(nick_of(hub.holder_of("zed").value()) == "zed");
    happens("zed", zed, chat::Departing{});
    happens("zed", zed, chat::Released{});
    CHECK(told() == "ann: (zed off) bob: (zed off)");
    CHECK(nick_of(hub.holder_of("zed").value()) == "nobody");
    happens("zed", zed, chat::Released{});
    CHECK(told() == "ann:  bob: ");
  }

  TEST_CASE_FIXTURE(Fixture, "another spelling of the nick is told to nobody, another person is") {
    watch_zed(zed.profile);
    const chat::Someone respelt{chat::profile_of(20, "ZED", 1), zed.place};
    happens("ZED", respelt, chat::Claimed{});
    CHECK(told() == "ann:  bob: ");
    CHECK(nick_of(hub.holder_of("zed").value()) == "ZED");
    happens("zed", chat::someone(21, "zed", {1, 1}), chat::Claimed{});
    CHECK(told() == "ann: (zed on) bob: (zed on)");
  }

  TEST_CASE_FIXTURE(Fixture, "a holder who is lost with his worker has gone, a watcher is none") {
    watch_zed(zed.profile);
    happens("zed", {zed.profile, {0, 1}}, chat::SlotLost{{1, 1}, false});
    CHECK(told() == "ann:  bob: ");
    happens("zed", {zed.profile, {0, 1}}, chat::SlotLost{{1, 1}, true});
    CHECK(told() == "ann: (zed off) bob: (zed off)");
  }

  TEST_CASE_FIXTURE(Fixture, "who watches no more is told no more, the others are") {
    watch_zed({});
    happens("zed", ann.who(), chat::Unwatched{});
    happens("zed", zed, chat::Claimed{});
    CHECK(told() == "ann:  bob: (zed on)");
    happens("zed", bob.who(), chat::Unwatched{});
    CHECK(nick_of(hub.holder_of("zed").value()) == "nobody");
    happens("zed", bob.who(), chat::Unwatched{});
    happens("zed", zed, chat::Released{});
    CHECK(told() == "ann:  bob: ");
  }

  TEST_CASE_FIXTURE(Fixture, "who watches twice is told once") {
    watch_zed({});
    watch_zed({});
    happens("zed", zed, chat::Claimed{});
    CHECK(told() == "ann: (zed on) bob: (zed on)");
  }

  TEST_CASE_FIXTURE(Fixture, "watchers of other slots are not this hub's") {
    happens("zed", zoe, chat::Watching{zoe.place, zed.profile});
    CHECK(nick_of(hub.holder_of("zed").value()) == "nobody");
    happens("zed", zed, chat::Released{});
    CHECK(told() == "ann:  bob: ");
  }

  TEST_CASE_FIXTURE(Fixture, "a watcher who has gone is not told") {
    watch_zed({});
    hub.remove(ann);
    happens("zed", zed, chat::Claimed{});
    CHECK(told() == "ann:  bob: (zed on)");
  }

  TEST_CASE_FIXTURE(Fixture, "a change of his record is told to those who share no room with him") {
    watch_zed(zed.profile);
    join("#dev", bob.who());
    join("#dev", zed);
    told();
    const chat::Someone newer{chat::profile_of(20, "zed", 1, "other.example"), zed.place};
    happens("zed", newer, chat::Renewed{});
    CHECK(told() == "ann: (watched:renewed zed zed;) bob: ");
    CHECK(hub.holder_of("zed").value()->host == "other.example");
    happens("#dev", newer, chat::Renewed{});
    CHECK(told() == "ann:  bob: near:renewed zed zed;");
  }

  TEST_CASE_FIXTURE(Fixture, "who watches himself is not told of his own record") {
    hub.watch("ann", ann);
    happens("ann", ann.who(), chat::Watching{ann.who().place, ann.who().profile});
    told();
    happens("ann", ann.who(), chat::Renewed{});
    CHECK(told() == "ann:  bob: ");
  }

  TEST_CASE_FIXTURE(Fixture, "a change of nobody's record is told to nobody") {
    watch_zed({});
    happens("zed", zed, chat::Renewed{});
    happens("unwatched", zed, chat::Renewed{});
    CHECK(told() == "ann:  bob: ");
    CHECK(nick_of(hub.holder_of("zed").value()) == "nobody");
  }

  TEST_CASE_FIXTURE(Fixture, "who watched before he moved here is told") {
    chat::Person::Part part;
    part.profile = zed.profile;
    part.place = zed.place;
    hub.apply(Snapshot{"Zed", true, false, part});
    hub.apply(Snapshot{"Zed", false, true, chat::Person::Part{}});
    hub.watch("zed", ann);
    hub.watch("yak", ann);
    CHECK_FALSE(hub.holder_of("yak").has_value());
    CHECK(nick_of(hub.holder_of("zed").value()) == "zed");
    happens("zed", zed, chat::Released{});
    CHECK(told() == "ann: (zed off) bob: ");
  }

  // ---- what is said to one person ----

  TEST_CASE_FIXTURE(Fixture, "who wants his own lines gets those to one person too") {
    hub.set_nick("bob", bob);
    happens("Bob", ann.who(), chat::Said{});
    CHECK(told() == "ann:  bob: near:said ann;");
    ann.wants_echo = true;
    happens("Bob", ann.who(), chat::Said{});
    CHECK(told() == "ann: near:said ann; bob: near:said ann;");
    happens("elsewhere", ann.who(), chat::Said{});
    CHECK(told() == "ann: near:said ann; bob: ");
    hub.set_nick("ann", ann);
    happens("ann", ann.who(), chat::Said{});
    CHECK(told() == "ann: near:said ann;near:said ann; bob: ");
  }

  TEST_CASE_FIXTURE(Fixture, "an invitation is told to whom it is for, not to who sent it") {
    hub.set_nick("bob", bob);
    ann.wants_echo = true;
    happens("bob", ann.who(), chat::Invited{bob.client_id(), "bob", "#dev"});
    CHECK(told() == "ann:  bob: near:invited ann;");
  }

  TEST_CASE_FIXTURE(Fixture, "who is killed is told by whom, and nobody else is") {
    hub.set_nick("bob", bob);
    happens("BOB", zoe, chat::Killed{"spam"});
    CHECK(told() == "ann:  bob: (killed:killed zoe;)");
    happens("nobody", zoe, chat::Killed{"spam"});
    CHECK(told() == "ann:  bob: ");
  }

  // ---- what one did himself ----

  TEST_CASE_FIXTURE(Fixture, "who tells himself what he did is not told again, the others are") {
    join("#dev", bob.who());
    ann.tells_own = true;
    told();
    join("#dev", ann.who());
    CHECK(told() == "ann: (in #dev)(own:joined #dev ann;) bob: near:joined #dev ann;");
    happens("#dev", ann.who(), chat::TopicSet{"x", "ann"});
    CHECK(told() == "ann: (own:topic_set #dev ann;) bob: near:topic_set #dev ann;");
    happens("#dev", ann.who(), chat::ModesSet{{chat::OwnedRoom::change_of("+m")}, "ann"});
    CHECK(told() == "ann: (own:modes_set #dev ann;) bob: near:modes_set #dev ann;");
    happens("#dev", ann.who(), chat::Redacted{"7-abc", ""});
    CHECK(told() == "ann: (own:redacted #dev ann;) bob: near:redacted #dev ann;");
    happens("#dev", bob.who(), chat::TopicSet{"y", "bob"});
    CHECK(told() == "ann: near:topic_set #dev bob; bob: near:topic_set #dev bob;");
    happens("#dev", ann.who(), chat::Parted{});
    CHECK(told() == "ann: (own:parted #dev ann ann;)(out #dev) bob: near:parted #dev ann ann;");
  }

  TEST_CASE_FIXTURE(Fixture, "his own words are asked of him only if he wants them back") {
    gather("#dev");
    hub.set_nick("bob", bob);
    ann.tells_own = true;
    say("#dev", ann.who());
    say("bob", ann.who());
    CHECK(told() == "ann:  bob: near:said #dev ann;near:said ann;");
    ann.wants_echo = true;
    say("#dev", ann.who());
    say("bob", ann.who());
    CHECK(told() ==
          "ann: (own:said #dev ann;)(own:said ann;) bob: near:said #dev ann;near:said ann;");
  }

  // ---- what is said to a rank ----

  TEST_CASE_FIXTURE(Fixture, "what is said to a rank reaches those of it and above") {
    happens("#dev", ann.who(), chat::Joined{chat::room_operator, true, 0, false, ann.who().place});
    happens("#dev", bob.who(), chat::Joined{chat::voice, false, 0, false, bob.who().place});
    join("#dev", zoe);
    told();
    said_to_rank(chat::voice);
    CHECK(told() == "ann: near:said #dev zoe; bob: near:said #dev zoe;");
    said_to_rank(chat::room_operator);
    CHECK(told() == "ann: near:said #dev zoe; bob: ");
    said_to_rank(chat::founder);
    CHECK(told() == "ann:  bob: ");
  }

  TEST_CASE_FIXTURE(Fixture, "who wants his own lines gets those to a rank that he does not have") {
    gather("#dev");
    chat::Said said;
    said.rank = chat::room_operator;
    bob.wants_echo = true;
    happens("#dev", bob.who(), said);
    CHECK(told() == "ann:  bob: near:said #dev bob;");
  }

  // ---- the server as a whole ----

  TEST_CASE_FIXTURE(Fixture, "what is said to the server is told to every client") {
    happens("*", zoe, chat::Said{});
    CHECK(told() == "ann: (server:said zoe;) bob: (server:said zoe;)");
    happens("*", ann.who(), chat::Said{});
    CHECK(told() == "ann: (server:said ann;) bob: (server:said ann;)");
  }

  TEST_CASE_FIXTURE(Fixture, "a ban ends the connections that it matches, and stays") {
    happens("*", zoe, chat::Banned{"B?b!*@*", "spam", 0, "zoe"});
    CHECK(told() == "ann:  bob: (banned B?b!*@*)");
    CHECK(hub.server().ban_for("bob!x@y", 0) != nullptr);
    happens("*", zoe, chat::Unbanned{"b?B!*@*"});
    CHECK(hub.server().bans().empty());
    happens("*", zoe, chat::Banned{"*!*@home.example", "all", 0, "zoe"});
    CHECK(told() == "ann: (banned *!*@home.example) bob: (banned *!*@home.example)");
  }

  TEST_CASE_FIXTURE(Fixture, "the server's state comes in parts, and replaces what was known") {
    happens("*", zoe, chat::Banned{"*!*@old.example", "", 0, "zoe"});
    const chat::ServerBan one{"*!*@one.example", "", "zoe", 1, 0};
    const chat::ServerBan two{"*!*@two.example", "", "zoe", 1, 0};
    hub.apply(Snapshot{"*", true, false, chat::Server::Part{{one}}});
    hub.apply(Snapshot{"*", false, true, chat::Server::Part{{two}}});
    CHECK(hub.server().bans().size() == 2);
    CHECK(hub.server().ban_for("a!b@one.example", 0) != nullptr);
    CHECK(hub.server().ban_for("a!b@old.example", 0) == nullptr);
    CHECK(told() == "ann:  bob: ");
  }
}
