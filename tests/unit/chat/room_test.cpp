#include "chat/room.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/unit/chat/room_fixture.h"
#include "tests/unit/chat/room_story.h"

using namespace banterd::chat;

namespace {

const Someone ann = someone(1, "ann");
const Someone bob = someone(2, "bob", {1, 1});
const Someone cat = someone(3, "cat", {2, 4}, "cats.example");

}  // namespace

TEST_SUITE("chat/room") {
  // ---- coming in ----

  TEST_CASE("the first to join makes the room with its flags and gets what the join grants") {
    OwnedRoom room;
    Join join;
    join.flags = secret | moderated;
    join.grants = room_operator;
    CHECK(room.take(ann, join) == "joined");
    CHECK(room.last_as<Joined>().creates);
    CHECK(room.room().head().flags == (secret | moderated));
    CHECK(room.room().head().created == room.now());
    CHECK(room.prefixes(ann) == room_operator);
  }

  TEST_CASE("who joins later gets no prefix and changes no flags") {
    OwnedRoom room;
    room.make(ann, room_operator, no_external);
    Join join;
    join.flags = secret;
    join.grants = founder;
    join.permanent = true;
    CHECK(room.take(bob, join) == "joined");
    CHECK_FALSE(room.last_as<Joined>().creates);
    CHECK(room.prefixes(bob) == 0);
    CHECK(room.room().head().flags == no_external);
    CHECK_FALSE(room.room().head().permanent);
  }

  TEST_CASE("who is in cannot join again") {
    OwnedRoom room;
    room.make(ann);
    CHECK(room.join(ann) == "nothing_changed");
  }

  TEST_CASE("a join without a record of the person is invalid") {
    OwnedRoom room;
    const Command command{{}, ann.id(), ann.place, 1, std::nullopt, Join{}};
    CHECK(room.take(command) == "invalid");
  }

  TEST_CASE("a key keeps out who does not give it") {
    OwnedRoom room;
    room.make(ann);
    CHECK(room.mode(ann, "+k sesame") == "modes_set");
    CHECK(room.join(bob) == "wrong_key");
    CHECK(room.join(bob, "Sesame") == "wrong_key");
    CHECK(room.join(bob, "sesame") == "joined");
    CHECK(room.mode(ann, "-k") == "modes_set");
    CHECK(room.join(cat, "whatever") == "joined");
  }

  TEST_CASE("a limit keeps out who would be one too many") {
    OwnedRoom room;
    room.make(ann);
    CHECK(room.mode(ann, "+l 2") == "modes_set");
    CHECK(room.join(bob) == "joined");
    CHECK(room.join(cat) == "full");
    room.take(bob, Part{});
    CHECK(room.join(cat) == "joined");
  }

  TEST_CASE("a ban keeps out whom it matches, unless an exception does too") {
    OwnedRoom room;
    room.make(ann);
    CHECK(room.mode(ann, "+b *!*@CATS.example") == "modes_set");
    CHECK(room.join(cat) == "banned");
    CHECK(room.join(bob) == "joined");
    CHECK(room.mode(ann, "+e cat!*@*") == "modes_set");
    CHECK(room.join(cat) == "joined");
  }

  TEST_CASE("an invite-only room lets in who is on its list of masks") {
    OwnedRoom room;
    room.make(ann);
    room.mode(ann, "+i");
    CHECK(room.join(cat) == "invite_only");
    CHECK(room.mode(ann, "+I *!*@cats.example") == "modes_set");
    CHECK(room.join(cat) == "joined");
    CHECK(room.join(bob) == "invite_only");
  }

  TEST_CASE("an invitation opens the room once, whatever else would keep him out") {
    OwnedRoom room;
    room.make(ann);
    for (const char* change : {"+i", "+k key", "+l 1", "+b *!*@*"}) room.mode(ann, change);
    CHECK(room.take(ann, Invite{cat.id(), "cat", "#r"}) == "invited");
    CHECK(room.join(bob) == "wrong_key");
    CHECK(room.join(cat) == "joined");
    CHECK(room.room().head().invited.empty());
    room.take(cat, Part{});
    CHECK(room.join(cat) == "wrong_key");
  }

  TEST_CASE("in an invite-only room only operators invite, elsewhere every member") {
    OwnedRoom room;
    room.make(ann);
    room.join(bob);
    CHECK(room.take(bob, Invite{cat.id(), "cat", "#r"}) == "invited");
    room.mode(ann, "+i");
    CHECK(room.take(bob, Invite{cat.id(), "cat", "#r"}) == "need_operator");
    CHECK(room.take(ann, Invite{cat.id(), "cat", "#r"}) == "invited");
    CHECK(room.take(cat, Invite{bob.id(), "bob", "#r"}) == "not_a_member");
  }

  TEST_CASE("an invitation names whom and whereto as the command does") {
    OwnedRoom room;
    room.make(ann);
    CHECK(room.take(ann, Invite{cat.id(), "Cat", "#Room"}) == "invited");
    CHECK(room.last_as<Invited>().target == cat.id());
    CHECK(room.last_as<Invited>().nick == "Cat");
    CHECK(room.last_as<Invited>().room == "#Room");
  }

  TEST_CASE("who is in already is not invited") {
    OwnedRoom room;
    room.make(ann);
    room.join(bob);
    CHECK(room.take(ann, Invite{bob.id(), "bob", "#r"}) == "target_is_member");
    CHECK(room.take(ann, Invite{ann.id(), "ann", "#r"}) == "target_is_member");
    CHECK(room.room().head().invited.empty());
  }

  TEST_CASE("the oldest invitation lapses when there are too many") {
    OwnedRoom room;
    room.make(ann);
    for (uint64_t i = 0; i <= kMaxInvited; ++i)
      room.take(ann, Invite{ClientId{100 + i}, "somebody", "#r"});
    const auto& invited = room.room().head().invited;
    CHECK(invited.size() == kMaxInvited);
    CHECK(invited.front() == ClientId{101});
    CHECK(invited.back() == ClientId{100 + kMaxInvited});
  }

  // ---- speaking ----

  TEST_CASE("members speak, others only where the room allows it") {
    OwnedRoom room;
    room.make(ann, 0, no_external);
    CHECK(room.say(ann, "hi") == "said");
    CHECK(room.last_as<Said>().text == "hi");
    CHECK(room.say(bob, "hi") == "not_a_member");
    OwnedRoom open;
    open.make(ann, 0, 0);
    CHECK(open.say(bob, "hi") == "said");
    const Command unknown{{}, bob.id(), bob.place, 1, std::nullopt, Say{}};
    CHECK(open.take(unknown) == "not_a_member");
  }

  TEST_CASE("in a room that does not exist nothing is said or done") {
    const std::vector<CommandBody> doings = {
        Say{},      Part{}, SetTopic{}, SetModes{{OwnedRoom::change_of("+m")}},
        SetModes{}, Kick{}, Invite{},   Redact{}};
    for (const CommandBody& body : doings) {
      CAPTURE(body.index());
      OwnedRoom room;
      CHECK(room.take(ann, body) == "no_such_room");
      CHECK_FALSE(room.exists());
    }
    OwnedRoom room;
    CHECK(room.take(ann, Quit{}) == "nothing_changed");
    CHECK(room.take(ann, Renew{}) == "nothing_changed");
    CHECK(room.take(ann, LoseSlot{{0, 1}}) == "nothing_changed");
  }

  TEST_CASE("what is said goes on with all that came with it") {
    OwnedRoom room;
    room.make(ann, 0, 0);
    Say say{Kind::notice, "one two\nthree", {}, "+draft/x=y", voice};
    say.lines = {{"one ", false}, {"two", true}, {"three", false}};
    CHECK(room.take(ann, say) == "said");
    const Said& said = room.last_as<Said>();
    CHECK(said.kind == Kind::notice);
    CHECK(said.text == say.text);
    CHECK(said.lines == say.lines);
    CHECK(said.tags == say.tags);
    CHECK(said.rank == say.rank);
    CHECK_FALSE(said.away.has_value());
    CHECK(room.say(ann, "hi") == "said");
    CHECK_FALSE(room.last_as<Said>().lines.has_value());
    CHECK_FALSE(room.last_as<Said>().tags.has_value());
    CHECK_FALSE(room.last_as<Said>().rank.has_value());
  }

  TEST_CASE("tags alone need the same right as words") {
    const Say tags{Kind::tags, "", {}, "+typing=active", {}};
    OwnedRoom room;
    CHECK(room.take(ann, tags) == "no_such_room");
    room.make(ann);
    room.join(bob);
    CHECK(room.take(bob, tags) == "said");
    CHECK(room.last_as<Said>().tags == "+typing=active");
    CHECK(room.take(cat, tags) == "not_a_member");
    room.mode(ann, "+m");
    CHECK(room.take(bob, tags) == "cannot_speak");
    CHECK(room.take(ann, tags) == "said");
  }

  TEST_CASE("who may speak to a room may speak to its upper ranks alone") {
    const Say to_operators{Kind::message, "psst", {}, {}, room_operator};
    OwnedRoom room;
    room.make(ann);
    room.join(bob);
    CHECK(room.take(bob, to_operators) == "said");
    CHECK(room.take(cat, to_operators) == "not_a_member");
    room.mode(ann, "+m");
    CHECK(room.take(bob, to_operators) == "cannot_speak");
    room.mode(ann, "+v", bob);
    CHECK(room.take(bob, to_operators) == "said");
  }

  TEST_CASE("in a moderated room only members with a prefix speak") {
    OwnedRoom room;
    room.make(ann, voice, moderated);
    room.join(bob);
    CHECK(room.say(ann, "hi") == "said");
    CHECK(room.say(bob, "hi") == "cannot_speak");
    CHECK(room.say(cat, "hi") == "not_a_member");
  }

  TEST_CASE("a banned member is silent unless excepted or distinguished") {
    OwnedRoom room;
    room.make(ann);
    room.join(cat);
    room.mode(ann, "+b *!*@cats.example");
    CHECK(room.say(cat, "hi") == "cannot_speak");
    room.mode(ann, "+v", cat);
    CHECK(room.say(cat, "hi") == "said");
    room.mode(ann, "-v", cat);
    room.mode(ann, "+e cat!*@*");
    CHECK(room.say(cat, "hi") == "said");
  }

  TEST_CASE("a ban silences outsiders of an open room as well") {
    OwnedRoom room;
    room.make(ann, room_operator, 0);
    room.mode(ann, "+b cat!*@*");
    CHECK(room.say(bob, "hi") == "said");
    CHECK(room.say(cat, "hi") == "not_a_member");
  }

  TEST_CASE("where colours or CTCP are off nobody uses them, not even an operator") {
    OwnedRoom room;
    room.make(ann, founder, no_colours | no_ctcp);
    for (const char* text : {"\x02"
                             "b",
                             "a\x03"
                             "4",
                             "\x1f", "\x0f", "\x11", "\x16", "\x1d", "\x1e",
                             "\x04"
                             "ff0000"})
      CHECK(room.say(ann, text) == "cannot_speak");
    CHECK(room.say(ann, "\x01VERSION\x01") == "cannot_speak");
    CHECK(room.say(ann, "plain") == "said");
    OwnedRoom open;
    open.make(ann, 0, 0);
    CHECK(open.say(ann,
                   "\x03"
                   "4red") == "said");
    CHECK(open.say(ann, "\x01VERSION\x01") == "said");
  }

  TEST_CASE("an action passes where CTCP is off, and no line of several hides a request") {
    OwnedRoom room;
    room.make(ann, founder, no_ctcp);
    CHECK(room.take(ann, Say{Kind::action, "waves"}) == "said");
    CHECK(room.take(ann, Say{Kind::action, "\x01waves"}) == "said");
    Say lines{Kind::message, "hi\n\x01VERSION\x01"};
    lines.lines = {{"hi", false}, {"\x01VERSION\x01", false}};
    CHECK(room.take(ann, lines) == "cannot_speak");
    lines.lines = {{"hi", false}, {"\x01VERSION\x01", true}};
    lines.text = "hi\x01VERSION\x01";
    CHECK(room.take(ann, lines) == "cannot_speak");
    lines.lines = {{"hi", false}, {"there", false}};
    lines.text = "hi\nthere";
    CHECK(room.take(ann, lines) == "said");
    CHECK(room.say(ann, "not at its beginning: \x01") == "said");
  }

  TEST_CASE("a mute silences, but keeps nobody out") {
    OwnedRoom room;
    room.make(ann);
    CHECK(room.mode(ann, "+b ~m:cat") == "modes_set");
    CHECK(room.join(cat) == "joined");
    CHECK(room.join(bob) == "joined");
    CHECK(room.say(cat, "hi") == "cannot_speak");
    CHECK(room.say(bob, "hi") == "said");
    room.mode(ann, "+v", cat);
    CHECK(room.say(cat, "hi") == "said");
    room.mode(ann, "-v", cat);
    CHECK(room.mode(ann, "-b ~m:CAT!*@*") == "modes_set");
    CHECK(room.say(cat, "hi") == "said");
  }

  TEST_CASE("an exception undoes a mute as well as a ban, and one from muting no more than that") {
    for (const char* exception : {"+e cat", "+e ~m:cat"}) {
      CAPTURE(exception);
      OwnedRoom room;
      room.make(ann);
      room.join(cat);
      room.mode(ann, "+b ~m:*@cats.example");
      CHECK(room.say(cat, "hi") == "cannot_speak");
      room.mode(ann, exception);
      CHECK(room.say(cat, "hi") == "said");
      room.mode(ann, "+b *@cats.example");
      CHECK(room.say(cat, "hi") == "said");
      room.take(cat, Part{});
      CHECK(room.join(cat) == (std::string_view(exception) == "+e cat" ? "joined" : "banned"));
    }
  }

  TEST_CASE("who is logged in is banned, excepted and let in by his account") {
    const auto with_account = [](std::string_view account) {
      auto profile = make_profile(*cat.profile);
      profile->account = account;
      return Someone{profile, cat.place};
    };
    const Someone kit = with_account("Kit");
    const Someone other = with_account("other");
    OwnedRoom room;
    room.make(ann);
    room.mode(ann, "+b ~a:kIT");
    CHECK(room.join(kit) == "banned");
    CHECK(room.join(other) == "joined");
    room.take(other, Part{});
    room.mode(ann, "+b ~a:*");
    CHECK(room.join(other) == "banned");
    CHECK(room.join(bob) == "joined");  // who has no account is matched by none
    room.mode(ann, "+e ~a:oth*");
    CHECK(room.join(other) == "joined");
    room.take(other, Part{});
    room.mode(ann, "+i");
    CHECK(room.join(other) == "invite_only");
    room.mode(ann, "+I ~a:other");
    CHECK(room.join(other) == "joined");
    room.mode(ann, "-e ~a:oth*");
    CHECK(room.say(other, "hi") == "cannot_speak");
  }

  TEST_CASE("an account may be muted") {
    auto profile = make_profile(*cat.profile);
    profile->account = "kit";
    const Someone kit{profile, cat.place};
    OwnedRoom room;
    room.make(ann);
    CHECK(room.mode(ann, "+b ~m:~a:kit") == "modes_set");
    CHECK(room.join(kit) == "joined");
    CHECK(room.join(bob) == "joined");
    CHECK(room.say(kit, "hi") == "cannot_speak");
    CHECK(room.say(bob, "hi") == "said");
  }

  TEST_CASE("a mute among the invitation masks lets nobody in") {
    OwnedRoom room;
    room.make(ann);
    room.mode(ann, "+i");
    CHECK(room.mode(ann, "+I ~m:cat") == "modes_set");
    CHECK(room.join(cat) == "invite_only");
  }

  // ---- taking back ----

  TEST_CASE("what was said is taken back by its author, or by half-operators and above") {
    OwnedRoom room;
    room.make(ann, founder);
    room.join(bob);
    room.join(cat);
    CHECK(room.take(bob, Redact{"m1", "typo", bob.id()}) == "redacted");
    CHECK(room.last_as<Redacted>().message == "m1");
    CHECK(room.last_as<Redacted>().reason == "typo");
    CHECK(room.take(bob, Redact{"m2", "", cat.id()}) == "need_operator");
    room.mode(ann, "+v", bob);
    CHECK(room.take(bob, Redact{"m2", "", cat.id()}) == "need_operator");
    room.mode(ann, "+h", bob);
    CHECK(room.take(bob, Redact{"m2", "", cat.id()}) == "redacted");
    CHECK(room.take(bob, Redact{"m3", "", ClientId{77}}) == "redacted");
  }

  TEST_CASE("nobody takes back what nobody said, and an outsider not even his own") {
    OwnedRoom room;
    room.make(ann, founder);
    CHECK(room.take(ann, Redact{"gone", "", std::nullopt}) == "no_such_message");
    CHECK(room.take(bob, Redact{"m1", "", bob.id()}) == "not_a_member");
    CHECK(room.take(bob, Redact{"m1", "", std::nullopt}) == "not_a_member");
  }

  TEST_CASE("what is taken back changes nothing of the room") {
    OwnedRoom room;
    room.make(ann);
    const std::string before = describe(room.room());
    CHECK(room.take(ann, Redact{"m1", "", ann.id()}) == "redacted");
    CHECK(describe(room.room()) == before);
  }

  // ---- topic ----

  TEST_CASE("a topic is kept with its author and time") {
    OwnedRoom room;
    room.make(ann, 0, 0);
    CHECK(room.take(ann, SetTopic{"plans"}) == "topic_set");
    CHECK(room.room().head().topic == "plans");
    CHECK(room.room().head().topic_author == "ann");
    CHECK(room.room().head().topic_at == room.now());
    CHECK(room.take(ann, SetTopic{""}) == "topic_set");
    CHECK(room.room().head().topic.empty());
  }

  TEST_CASE("a locked topic is set by half-operators and above") {
    OwnedRoom room;
    room.make(ann, room_operator, topic_locked);
    room.join(bob);
    CHECK(room.take(bob, SetTopic{"x"}) == "need_operator");
    room.mode(ann, "+v", bob);
    CHECK(room.take(bob, SetTopic{"x"}) == "need_operator");
    room.mode(ann, "+h", bob);
    CHECK(room.take(bob, SetTopic{"x"}) == "topic_set");
    CHECK(room.take(cat, SetTopic{"x"}) == "not_a_member");
  }

  TEST_CASE("a topic that is too long is refused") {
    OwnedRoom room;
    room.make(ann, 0, 0);
    CHECK(room.take(ann, SetTopic{std::string(kMaxTopicBytes, 't')}) == "topic_set");
    CHECK(room.take(ann, SetTopic{std::string(kMaxTopicBytes + 1, 't')}) == "invalid");
  }

  // ---- leaving ----

  TEST_CASE("who parts or quits is no member any more, and the last one ends the room") {
    OwnedRoom room;
    room.make(ann);
    room.join(bob);
    CHECK(room.take(ann, Part{"bye"}) == "parted");
    CHECK(room.last_as<Parted>().reason == "bye");
    CHECK_FALSE(room.has(ann));
    CHECK(room.take(ann, Part{}) == "not_a_member");
    CHECK(room.take(ann, Quit{}) == "nothing_changed");
    CHECK(room.take(bob, Quit{"gone"}) == "has_quit");
    CHECK_FALSE(room.exists());
  }

  TEST_CASE("a room that is made again begins anew") {
    OwnedRoom room;
    room.make(ann);
    room.mode(ann, "+k key");
    room.take(ann, SetTopic{"old"});
    room.take(ann, Part{});
    CHECK(room.join(bob) == "joined");
    CHECK(room.room().head().topic.empty());
    CHECK(room.room().head().key.empty());
    CHECK(room.last_as<Joined>().creates);
  }

  TEST_CASE("a permanent room stays with what it had when it is empty") {
    OwnedRoom room;
    Join join;
    join.permanent = true;
    join.flags = 0;
    room.take(ann, join);
    room.take(ann, SetTopic{"welcome"});
    room.take(ann, Quit{});
    REQUIRE(room.exists());
    CHECK(room.room().members().empty());
    CHECK(room.room().followers().empty());
    CHECK(room.join(bob) == "joined");
    CHECK_FALSE(room.last_as<Joined>().creates);
    CHECK(room.room().head().topic == "welcome");
  }

  TEST_CASE("an operator kicks members of his rank and below, nobody above") {
    OwnedRoom room;
    room.make(ann, founder | room_operator);
    room.join(bob);
    room.join(cat);
    CHECK(room.take(bob, Kick{cat.id(), ""}) == "need_operator");
    room.mode(ann, "+h", bob);
    room.mode(ann, "+v", cat);
    CHECK(room.take(bob, Kick{ann.id(), ""}) == "need_operator");
    CHECK(room.take(bob, Kick{cat.id(), "noise"}) == "kicked");
    CHECK(room.last_as<Kicked>().reason == "noise");
    CHECK_FALSE(room.has(cat));
    CHECK(room.take(bob, Kick{cat.id(), ""}) == "target_not_there");
    CHECK(room.take(cat, Kick{bob.id(), ""}) == "not_a_member");
    room.join(cat);
    room.mode(ann, "+h", cat);
    CHECK(room.take(bob, Kick{cat.id(), ""}) == "kicked");
  }

  TEST_CASE("a lost slot takes its members of that life and of earlier ones") {
    OwnedRoom room;
    const Someone older = someone(10, "older", {1, 1});
    const Someone lost = someone(11, "lost", {1, 2});
    const Someone newer = someone(12, "newer", {1, 3});
    room.make(ann);
    for (const Someone& who : {older, lost, newer}) room.join(who);
    CHECK(room.take(ann, LoseSlot{{1, 2}}) == "slot_lost");
    CHECK_FALSE(room.has(older));
    CHECK_FALSE(room.has(lost));
    CHECK(room.has(newer));
    CHECK(room.has(ann));
    CHECK(room.take(ann, LoseSlot{{1, 2}}) == "nothing_changed");
    CHECK(room.take(ann, LoseSlot{{5, 9}}) == "nothing_changed");
    CHECK(room.take(ann, LoseSlot{{1, 3}}) == "slot_lost");
    CHECK(room.take(ann, LoseSlot{{0, 1}}) == "slot_lost");
    CHECK_FALSE(room.exists());
  }

  // ---- records ----

  TEST_CASE("a member's record is renewed by a newer version only") {
    OwnedRoom room;
    room.make(ann);
    const auto renewed = [](uint32_t version, std::string_view nick) {
      return Someone{profile_of(1, nick, version), {0, 1}};
    };
    CHECK(room.take(renewed(2, "anna"), Renew{}) == "renewed");
    CHECK(room.room().member(ann.id())->profile->nick.str() == "anna");
    CHECK(room.take(renewed(2, "other"), Renew{}) == "nothing_changed");
    CHECK(room.take(renewed(1, "other"), Renew{}) == "nothing_changed");
    CHECK(room.room().member(ann.id())->profile->nick.str() == "anna");
    CHECK(room.take(bob, Renew{}) == "nothing_changed");
  }

  TEST_CASE("what is for people or the server is invalid for a room") {
    OwnedRoom room;
    room.make(ann);
    for (const CommandBody& body :
         {CommandBody(Claim{}), CommandBody(Depart{}), CommandBody(Release{}), CommandBody(Watch{}),
          CommandBody(Unwatch{}), CommandBody(Kill{}), CommandBody(Ban{"*@h", "", 0}),
          CommandBody(Unban{"*@h"})}) {
      CAPTURE(body.index());
      CHECK(room.take(ann, body) == "invalid");
    }
  }

  TEST_CASE("a room's followers are the slots of its members") {
    OwnedRoom room;
    room.make(ann);
    room.join(bob);
    const Someone second = someone(4, "dan", {1, 1});
    room.join(second);
    CHECK(room.room().followers() == (SlotSet::of(0) | SlotSet::of(1)));
    room.take(bob, Part{});
    CHECK(room.room().followers().has(1));
    room.take(second, Part{});
    CHECK(room.room().followers() == SlotSet::of(0));
  }

  // ---- snapshots and replay ----

  TEST_CASE("a snapshot has parts of bounded size that give the same room again") {
    OwnedRoom room;
    room.make(ann, room_operator, secret);
    for (uint64_t i = 0; i < 3 * Room::kEntriesPerPart; ++i) {
      room.join(someone(100 + i, "n" + std::to_string(i), {static_cast<uint32_t>(i % 5), 1}));
    }
    for (size_t i = 0; i < 100; ++i) {
      room.mode(ann, "+b b" + std::to_string(i));
      room.mode(ann, "+I i" + std::to_string(i));
    }
    room.mode(ann, "+v", someone(150, "any"));
    room.take(ann, Invite{ClientId{5}, "somebody", "#r"});
    const std::vector<Room::Part> parts = room.room().snapshot();
    const size_t entries = room.room().members().size() + 200;
    CHECK(parts.size() == (entries + Room::kEntriesPerPart - 1) / Room::kEntriesPerPart);
    Room restored;
    for (const Room::Part& part : parts) {
      CHECK(part.lists.size() + part.members.size() <= Room::kEntriesPerPart);
      restored.restore(part);
    }
    CHECK(describe(restored) == describe(room.room()));
  }

  TEST_CASE(
      "lists keep the order of setting through a snapshot, and what no list is, is left out") {
    OwnedRoom room;
    room.make(ann);
    for (const char* change : {"+b z", "+b a", "+e y", "+b m", "-b a", "+b a"})
      room.mode(ann, change);
    Room restored = copy_by_snapshot(room.room());
    Room::Part strange;
    strange.lists = {{"x", "m!*@*", "ann", 1}, {"", "m!*@*", "ann", 1}, {"be", "m!*@*", "ann", 1}};
    restored.restore(strange);
    std::vector<std::string> masks;
    for (const ListEntry& entry : restored.entries('b')) masks.push_back(entry.mask);
    CHECK(masks == std::vector<std::string>{"z!*@*", "m!*@*", "a!*@*"});
    CHECK(describe(restored) == describe(room.room()));
  }

  TEST_CASE("a member who comes twice in a snapshot lives where he came last") {
    Room room;
    Room::Part part;
    part.members = {{ann.id(), ann.profile, {3, 1}, 0}, {ann.id(), ann.profile, {5, 1}, 0}};
    room.restore(part);
    CHECK(room.members().size() == 1);
    CHECK(room.followers() == SlotSet::of(5));
  }

  TEST_CASE("an empty permanent room has a snapshot of one part") {
    OwnedRoom room;
    Join join;
    join.permanent = true;
    room.take(ann, join);
    room.take(ann, Part{});
    Room restored;
    for (const Room::Part& part : room.room().snapshot()) restored.restore(part);
    CHECK(restored.alive());
    CHECK(describe(restored) == describe(room.room()));
  }

  // Property: whoever applies the events has the owner's state after each of them, from the start
  // or from a snapshot on.
  TEST_CASE("all events of any story, replayed, give the owner's state") {
    std::set<std::string> happened;
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      RoomStory story(seed);
      OwnedRoom owner;
      std::optional<Room> replica;
      std::optional<Room> late;  // began with a snapshot
      for (int step = 0; step < 500; ++step) {
        if (owner.exists() && step % 60 == 0) {
          late = copy_by_snapshot(owner.room());
        }
        const size_t before = owner.events().size();
        happened.insert(owner.take(story.next()));
        if (owner.events().size() == before) continue;
        if (!replica) replica.emplace();
        replica->evolve(owner.last());
        if (late) late->evolve(owner.last());
        REQUIRE(replica->alive() == owner.exists());
        if (owner.exists()) {
          REQUIRE(describe(*replica) == describe(owner.room()));
          if (late) REQUIRE(describe(*late) == describe(owner.room()));
        } else {
          replica.reset();
          late.reset();
        }
      }
    }
    // The story has told of everything that can happen to a room.
    for (const std::string type :
         {"said",         "joined",        "parted",          "has_quit",
          "renewed",      "topic_set",     "modes_set",       "kicked",
          "invited",      "slot_lost",     "not_a_member",    "target_not_there",
          "cannot_speak", "need_operator", "invite_only",     "wrong_key",
          "full",         "banned",        "invalid",         "nothing_changed",
          "no_such_room", "redacted",      "no_such_message", "target_is_member",
          "list_full"}) {
      CAPTURE(type);
      CHECK(happened.count(type) == 1);
    }
  }
}
