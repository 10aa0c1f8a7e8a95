#include "chat/person.h"

#include <doctest/doctest.h>

#include <optional>

#include "tests/unit/chat/room_fixture.h"

using namespace banterd::chat;

namespace {

const Someone ann = someone(1, "Ann", {1, 3});
const Someone bob = someone(2, "ann", {2, 1});

// The nick "ann" with its owner's habits.
class OwnedNick {
 public:
  std::string take(const Someone& who, CommandBody body, bool with_profile = true) {
    Command command{{}, who.id(), who.place, 5, std::nullopt, std::move(body)};
    if (with_profile) command.profile = who.profile;
    const Decision decision = Person::decide(person_ ? &*person_ : nullptr, command);
    if (const auto* refusal = std::get_if<Refusal>(&decision)) return name_of(*refusal);
    if (std::holds_alternative<Wait>(decision)) return "wait";
    const Event event{command.id, command.client,  command.from,
                      command.at, command.profile, std::get<EventBody>(decision)};
    if (!person_) person_.emplace();
    person_->evolve(event);
    if (!person_->alive()) person_.reset();
    return type_of(event.body);
  }
  [[nodiscard]] bool held() const { return person_.has_value(); }
  [[nodiscard]] const Person& person() const { return person_.value(); }

 private:
  std::optional<Person> person_;
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
    CHECK_FALSE(nick.held());
    CHECK(nick.take(bob, LoseSlot{{1, 4}}) == "nothing_changed");
  }

  TEST_CASE("what is said to a person needs somebody who has the nick, and a sender who is known") {
    OwnedNick nick;
    CHECK(nick.take(bob, Say{Kind::message, "hi"}) == "no_such_nick");
    nick.take(ann, Claim{});
    CHECK(nick.take(bob, Say{Kind::message, "hi"}) == "said");
    CHECK(nick.take(bob, Say{Kind::message, "hi"}, false) == "invalid");
  }

  TEST_CASE("only the holder's record is renewed") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    CHECK(nick.take(bob, Renew{}) == "nothing_changed");
    CHECK(nick.take({profile_of(1, "Ann", 4, "cloak"), ann.place}, Renew{}) == "renewed");
    CHECK(nick.person().profile()->host == "cloak");
  }

  TEST_CASE("a claim without a record, and what is for rooms, is invalid") {
    OwnedNick nick;
    CHECK(nick.take(ann, Claim{}, false) == "invalid");
    nick.take(ann, Claim{});
    for (const CommandBody& body :
         {CommandBody(Join{}), CommandBody(Part{}), CommandBody(SetTopic{}),
          CommandBody(SetModes{}), CommandBody(Kick{}), CommandBody(Invite{}),
          CommandBody(Quit{})}) {
      CHECK(nick.take(ann, body) == "invalid");
    }
  }

  TEST_CASE("a snapshot gives the same person again, and nobody has none") {
    OwnedNick nick;
    nick.take(ann, Claim{});
    nick.take(ann, Depart{});
    const auto parts = nick.person().snapshot();
    REQUIRE(parts.size() == 1);
    Person restored;
    CHECK(restored.snapshot().empty());
    restored.restore(parts[0]);
    CHECK(Description().add(restored.snapshot()).text() == Description().add(parts).text());
    CHECK(restored.departing());
    CHECK(restored.place() == ann.place);
  }
}
