#include "chat/person.h"

#include <doctest/doctest.h>

#include <optional>
#include <random>
#include <set>

#include "tests/unit/chat/room_fixture.h"

using namespace banterd::chat;

namespace {

const Someone ann = someone(1, "Ann", {1, 3});
const Someone bob = someone(2, "ann", {2, 1});
const Someone cat = someone(3, "cat", {4, 2});

// The nick "ann" with its owner's habits.
class OwnedNick {
 public:
  std::string take(const Someone& who, CommandBody body, bool with_profile = true) {
    Command command{{}, who.id(), who.place, 5, std::nullopt, std::move(body)};
    if (with_profile) command.profile = who.profile;
    const Decision decision = Person::decide(person_ ? &*person_ : nullptr, command);
    if (const auto* refusal = std::get_if<Refusal>(&decision)) return name_of(*refusal);
    if (std::holds_alternative<Wait>(decision)) return "wait";
    last_ = {command.id, command.client,  command.from,
             command.at, command.profile, std::get<EventBody>(decision)};
    if (!person_) person_.emplace();
    person_->evolve(last_);
    if (!person_->alive()) person_.reset();
    return type_of(last_.body);
  }
  [[nodiscard]] bool exists() const { return person_.has_value(); }
  [[nodiscard]] bool held() const { return exists() && person_->held(); }
  [[nodiscard]] const Person& person() const { return person_.value(); }
  [[nodiscard]] const Event& last() const { return last_; }
  template <class Body>
  [[nodiscard]] const Body& last_as() const {
    return std::get<Body>(last_.body);
  }

 private:
  std::optional<Person> person_;
  Event last_;
};

}  // namespace

TEST_SUITE("chat/person") {
  TEST_CASE("a free nick is claimed, and its holder's slot follows it") {
    OwnedNick nick;
    CHECK(nick.take(ann, Claim{}) == "claimed");
    CHECK(nick.person().profile()->nick.str() == "Ann");
    CHECK(nick.person().place() == Place{1, 3});
    CHECK(nick.person().followers() == SlotSet::of(1));
    CHECK_FALSE(nick.person().departing());
  }

  TEST_CASE("a held nick is refused to anybody else") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    CHECK(nick.take(bob, Claim{}) == "nick_in_use");
    CHECK(nick.person().profile()->client == ann.id());
  }

  TEST_CASE("its holder may claim a nick again to spell it otherwise") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    const Someone renamed{profile_of(1, "aNN", 1), ann.place};
    CHECK(nick.take(renamed, Claim{}) == "claimed");
    CHECK(nick.person().profile()->nick.str() == "aNN");
    CHECK(nick.person().profile()->version == 1);
  }

  TEST_CASE("a claim waits while the holder is leaving the nick") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    CHECK(nick.take(bob, Depart{}) == "nothing_changed");
    CHECK(nick.take(ann, Depart{}) == "departing");
    CHECK(nick.person().departing());
    CHECK(nick.take(bob, Claim{}) == "wait");
    CHECK(nick.take(bob, Release{}) == "nothing_changed");
    CHECK(nick.take(ann, Release{}) == "released");
    CHECK_FALSE(nick.held());
    CHECK(nick.take(bob, Claim{}) == "claimed");
  }

  TEST_CASE("a holder who thinks better of it leaves no more") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    nick.take(ann, Depart{});
    CHECK(nick.take(ann, Claim{}) == "claimed");
    CHECK(nick.take(bob, Claim{}) == "nick_in_use");
  }

  TEST_CASE("a nick that nobody holds has nothing to leave or to release") {
    OwnedNick nick;
    CHECK(nick.take(ann, Depart{}) == "nothing_changed");
    CHECK(nick.take(ann, Release{}) == "nothing_changed");
    CHECK(nick.take(ann, Renew{}) == "nothing_changed");
    CHECK_FALSE(nick.held());
  }

  TEST_CASE("a lost slot frees the nicks of that life and of earlier ones") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    CHECK(nick.take(bob, LoseSlot{{1, 2}}) == "nothing_changed");
    CHECK(nick.take(bob, LoseSlot{{2, 3}}) == "nothing_changed");
    CHECK(nick.take(bob, LoseSlot{{1, 4}}) == "slot_lost");
    CHECK(nick.last_as<SlotLost>().place == Place{1, 4});
    CHECK(nick.last_as<SlotLost>().holder == true);
    CHECK_FALSE(nick.exists());
    CHECK(nick.take(bob, LoseSlot{{1, 4}}) == "nothing_changed");
  }

  TEST_CASE("what is said to a person needs somebody who has the nick, and a sender who is known") {
    OwnedNick nick;
    const Say say{Kind::message, "hi"};
    CHECK(nick.take(bob, say) == "no_such_nick");
    nick.take(ann, Claim{});
    CHECK(nick.take(bob, say) == "said");
    CHECK(nick.take(bob, say, false) == "invalid");
  }

  TEST_CASE("what is said to a person goes on with all that came with it, but a rank") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    Say say{Kind::notice, "one\ntwo", {}, "+draft/x=y", voice};
    say.lines = {{"one", false}, {"two", false}};
    CHECK(nick.take(bob, say) == "said");
    const Said& said = nick.last_as<Said>();
    CHECK(said.kind == Kind::notice);
    CHECK(said.text == say.text);
    CHECK(said.lines == say.lines);
    CHECK(said.tags == say.tags);
    CHECK_FALSE(said.rank.has_value());
    CHECK_FALSE(said.away.has_value());
    CHECK(nick.take(bob, Say{Kind::tags, "", {}, "+typing=done", {}}) == "said");
    CHECK(nick.last_as<Said>().tags == "+typing=done");
  }

  TEST_CASE("who speaks to somebody who is away is told so") {
    auto profile = make_profile(*ann.profile);
    profile->away.make() = "lunch";
    OwnedNick nick;
    nick.take({profile, ann.place}, Claim{});
    CHECK(nick.take(bob, Say{}) == "said");
    CHECK(nick.last_as<Said>().away == "lunch");
  }

  TEST_CASE("an invitation reaches whom the room let in, and nobody else who has his nick") {
    OwnedNick nick;
    const Invite invite{ann.id(), "Ann", "#Room"};
    CHECK(nick.take(cat, invite) == "no_such_nick");
    nick.take(ann, Claim{});
    const std::string before = describe(nick.person());
    CHECK(nick.take(cat, invite) == "invited");
    CHECK(nick.last_as<Invited>().target == ann.id());
    CHECK(nick.last_as<Invited>().nick == "Ann");
    CHECK(nick.last_as<Invited>().room == "#Room");
    CHECK(describe(nick.person()) == before);
    nick.take(ann, Release{});
    nick.take(bob, Claim{});
    CHECK(nick.take(cat, invite) == "no_such_nick");
  }

  TEST_CASE("whoever has the nick is killed, and holds it until he has gone") {
    OwnedNick nick;
    CHECK(nick.take(cat, Kill{"spam"}) == "no_such_nick");
    nick.take(ann, Claim{});
    CHECK(nick.take(cat, Kill{"spam"}) == "killed");
    CHECK(nick.last_as<Killed>().reason == "spam");
    CHECK(nick.take(bob, Claim{}) == "nick_in_use");
  }

  // ---- watching ----

  TEST_CASE("a free nick may be watched, and its watchers' slots follow it") {
    OwnedNick nick;
    CHECK(nick.take(cat, Watch{}) == "watching");
    CHECK(nick.last_as<Watching>().place == cat.place);
    CHECK_FALSE(nick.last_as<Watching>().holder.has_value());
    CHECK(nick.exists());
    CHECK_FALSE(nick.held());
    CHECK(nick.person().profile() == nullptr);
    CHECK(nick.person().followers() == SlotSet::of(4));
    CHECK(nick.take(cat, Unwatch{}) == "unwatched");
    CHECK_FALSE(nick.exists());
  }

  TEST_CASE("who begins to watch is told who has the nick") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    CHECK(nick.take(cat, Watch{}) == "watching");
    REQUIRE(nick.last_as<Watching>().holder.has_value());
    CHECK((*nick.last_as<Watching>().holder)->client == ann.id());
    CHECK(nick.person().followers() == (SlotSet::of(1) | SlotSet::of(4)));
  }

  TEST_CASE("to watch again is to be told again, in the place where one lives now") {
    OwnedNick nick;
    nick.take(cat, Watch{});
    CHECK(nick.take({cat.profile, {5, 1}}, Watch{}) == "watching");
    CHECK(nick.person().watchers().size() == 1);
    CHECK(nick.person().followers() == SlotSet::of(5));
  }

  TEST_CASE("who does not watch has nothing to end") {
    OwnedNick nick;
    CHECK(nick.take(cat, Unwatch{}) == "nothing_changed");
    nick.take(ann, Claim{});
    CHECK(nick.take(ann, Unwatch{}) == "nothing_changed");
    nick.take(bob, Watch{});
    CHECK(nick.take(cat, Unwatch{}) == "nothing_changed");
    CHECK(nick.person().watchers().size() == 1);
  }

  TEST_CASE("who says something to a nick that he watches goes on watching it") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    nick.take(cat, Watch{});
    CHECK(nick.take(cat, Say{Kind::message, "hello"}) == "said");
    CHECK(nick.person().watchers().contains(cat.id()));
  }

  TEST_CASE("a nick that is watched but free is nobody's") {
    OwnedNick nick;
    nick.take(cat, Watch{});
    CHECK(nick.take(bob, Say{}) == "no_such_nick");
    CHECK(nick.take(bob, Kill{}) == "no_such_nick");
    CHECK(nick.take(bob, Invite{}) == "no_such_nick");
    for (const CommandBody& body :
         {CommandBody(Depart{}), CommandBody(Release{}), CommandBody(Renew{})}) {
      CHECK(nick.take(cat, body) == "nothing_changed");
      CHECK(nick.take(ann, body) == "nothing_changed");
    }
    CHECK(nick.take(ann, Claim{}) == "claimed");
    CHECK(nick.take(bob, Claim{}) == "nick_in_use");
    CHECK(nick.person().followers() == (SlotSet::of(1) | SlotSet::of(4)));
  }

  TEST_CASE("a nick that was left stays watched, and the next to claim it need not wait") {
    OwnedNick nick;
    nick.take(cat, Watch{});
    nick.take(ann, Claim{});
    nick.take(ann, Depart{});
    CHECK(nick.take(bob, Watch{}) == "watching");
    CHECK(nick.take(bob, Claim{}) == "wait");
    CHECK(nick.take(ann, Release{}) == "released");
    CHECK(nick.exists());
    CHECK_FALSE(nick.person().departing());
    CHECK(nick.person().followers() == (SlotSet::of(2) | SlotSet::of(4)));
    CHECK(nick.take(bob, Claim{}) == "claimed");
  }

  TEST_CASE("the holder may watch his own nick") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    CHECK(nick.take(ann, Watch{}) == "watching");
    CHECK(nick.take(ann, Release{}) == "released");
    CHECK(nick.person().followers() == SlotSet::of(1));
    CHECK(nick.take(ann, Unwatch{}) == "unwatched");
    CHECK_FALSE(nick.exists());
  }

  TEST_CASE("a lost slot takes the watchers of that life and of earlier ones") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    for (uint64_t life = 1; life <= 3; ++life)
      nick.take(someone(10 + life, "watcher", {7, life}), Watch{});
    CHECK(nick.take(bob, LoseSlot{{8, 9}}) == "nothing_changed");
    CHECK(nick.take(bob, LoseSlot{{7, 2}}) == "slot_lost");
    CHECK(nick.last_as<SlotLost>().holder == false);
    CHECK(nick.held());
    CHECK(nick.person().watchers().size() == 1);
    CHECK(nick.person().followers().has(7));
    CHECK(nick.take(bob, LoseSlot{{7, 2}}) == "nothing_changed");
    CHECK(nick.take(bob, LoseSlot{{1, 3}}) == "slot_lost");
    CHECK(nick.last_as<SlotLost>().holder == true);
    CHECK_FALSE(nick.held());
    CHECK(nick.person().followers() == SlotSet::of(7));
    CHECK(nick.take(bob, LoseSlot{{1, 3}}) == "nothing_changed");
    CHECK(nick.take(bob, LoseSlot{{7, 3}}) == "slot_lost");
    CHECK_FALSE(nick.exists());
  }

  TEST_CASE("the slot of a holder who has gone is not lost again with that of nobody") {
    OwnedNick nick;
    nick.take(cat, Watch{});
    CHECK(nick.take(bob, LoseSlot{{0, 0}}) == "nothing_changed");
    CHECK(nick.take(bob, LoseSlot{{0, 9}}) == "nothing_changed");
  }

  // ---- records ----

  TEST_CASE("only the holder's record is renewed") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    CHECK(nick.take(bob, Renew{}) == "nothing_changed");
    CHECK(nick.take({profile_of(1, "Ann", 4, "cloak"), ann.place}, Renew{}) == "renewed");
    CHECK(nick.person().profile()->host == "cloak");
  }

  TEST_CASE("a claim without a record, and what is for rooms or the server, is invalid") {
    OwnedNick nick;
    CHECK(nick.take(ann, Claim{}, false) == "invalid");
    nick.take(ann, Claim{});
    for (const CommandBody& body :
         {CommandBody(Join{}), CommandBody(Part{}), CommandBody(SetTopic{}),
          CommandBody(SetModes{}), CommandBody(Kick{}), CommandBody(Redact{}), CommandBody(Quit{}),
          CommandBody(Ban{"*@h", "", 0}), CommandBody(Unban{"*@h"})}) {
      CAPTURE(body.index());
      CHECK(nick.take(ann, body) == "invalid");
    }
  }

  TEST_CASE("a snapshot gives the same person again, and nobody has none") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    nick.take(ann, Depart{});
    const auto parts = nick.person().snapshot();
    REQUIRE(parts.size() == 1);
    CHECK(Person().snapshot().empty());
    const Person restored = copy_by_snapshot(nick.person());
    CHECK(describe(restored) == describe(nick.person()));
    CHECK(restored.departing());
    CHECK(restored.place() == ann.place);
  }

  TEST_CASE("a snapshot of many watchers has parts of bounded size, the first with the holder") {
    for (const bool held : {true, false}) {
      CAPTURE(held);
      OwnedNick nick;
      if (held) nick.take(ann, Claim{});
      for (uint64_t i = 0; i <= 2 * Person::kWatchersPerPart; ++i)
        nick.take(someone(100 + i, "watcher", {static_cast<uint32_t>(i % 5), 1}), Watch{});
      const auto parts = nick.person().snapshot();
      REQUIRE(parts.size() == 3);
      for (size_t i = 0; i < parts.size(); ++i) {
        CHECK(parts[i].profile.has_value() == (held && i == 0));
        CHECK(parts[i].watchers.size() <= Person::kWatchersPerPart);
      }
      CHECK(describe(copy_by_snapshot(nick.person())) == describe(nick.person()));
    }
  }

  // Property: whoever applies the events has the owner's state, from the start or from a snapshot
  // on.
  TEST_CASE("all events of any story, replayed, give the owner's state") {
    std::mt19937 random(5);
    std::set<std::string> happened;
    OwnedNick owner;
    Person replica;
    Person late;
    for (int step = 0; step < 5000; ++step) {
      const uint32_t slot = random() % 3;
      const Someone who = someone(1 + random() % 4, "ann", {slot, 1 + random() % 2});
      const std::vector<CommandBody> bodies = {Claim{},
                                               Claim{},
                                               Depart{},
                                               Release{},
                                               Renew{},
                                               Watch{},
                                               Watch{},
                                               Unwatch{},
                                               Unwatch{},
                                               Say{},
                                               Kill{},
                                               Invite{who.id(), "", ""},
                                               LoseSlot{{slot, 1}}};
      const std::string result = owner.take(who, bodies[random() % bodies.size()]);
      const bool is_event = result == type_of(owner.last().body);
      happened.insert(result);
      if (!is_event) continue;
      replica.evolve(owner.last());
      late.evolve(owner.last());
      REQUIRE(replica.alive() == owner.exists());
      if (!owner.exists()) continue;
      REQUIRE(describe(replica) == describe(owner.person()));
      REQUIRE(describe(late) == describe(owner.person()));
      if (step % 50 == 0) late = copy_by_snapshot(owner.person());
    }
    for (const std::string type :
         {"claimed", "departing", "released", "renewed", "watching", "unwatched", "said", "killed",
          "invited", "slot_lost", "wait", "nick_in_use", "no_such_nick", "nothing_changed"}) {
      CAPTURE(type);
      CHECK(happened.count(type) == 1);
    }
  }
}
