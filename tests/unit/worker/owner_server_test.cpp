// The server as a whole, which one slot owns and all follow.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/worker/owner_fixture.h"
#include "worker/slot_map.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

// The slot that owns the server; Bob is an operator in slot one.
struct Fixture : OwnerFixture {
  const chat::Someone operator_bob;

  Fixture()
      : OwnerFixture(owner_of(chat::kServerObject, 3)),
        operator_bob(chat::someone(2, "bob", {self == 1 ? 0u : 1u, 1})) {
    own_snapshots.clear();
    one.forget();
    two.forget();
  }
  void ban(const std::string& mask) { take("*", operator_bob, chat::Ban{mask, "spam", 0}); }
  void unban(const std::string& mask) { take("*", operator_bob, chat::Unban{mask}); }
  std::string banned() const {
    std::string masks;
    if (const chat::Server* server = owner->server()) {
      for (const auto& [key, one_ban] : server->bans()) masks += one_ban.mask + " ";
    }
    return masks;
  }
  static size_t bans_in(const std::vector<Snapshot>& parts) {
    size_t count = 0;
    for (const Snapshot& part : parts) {
      CHECK(part.object == "*");
      CHECK(part.first == (&part == &parts.front()));
      CHECK(part.last == (&part == &parts.back()));
      count += std::get<chat::Server::Part>(part.part).bans.size();
    }
    return count;
  }
};

}  // namespace

TEST_SUITE("worker/owner_server") {
  TEST_CASE_FIXTURE(Fixture, "what concerns the server goes to every slot") {
    one.forget();
    two.forget();
    ban("*@bad.example");
    take("*", operator_bob, chat::Say{chat::Kind::notice, "all of you"});
    unban("*!*@bad.example");
    for (FakeSlot* slot : {&one, &two}) {
      const auto events = slot->take<LogEvent>();
      REQUIRE(events.size() == 3);
      CHECK(std::get<chat::Banned>(events[0].event.body).mask == "*!*@bad.example");
      CHECK(std::get<chat::Said>(events[1].event.body).text == "all of you");
      CHECK(std::holds_alternative<chat::Unbanned>(events[2].event.body));
    }
    CHECK(own_events.size() == 3);
    CHECK(own_events[0].to == 7);
    CHECK(owner->objects() == 0);
    CHECK(owner->server() == nullptr);
  }

  TEST_CASE_FIXTURE(Fixture, "a refusal about the server is for the sender's slot alone") {
    one.forget();
    two.forget();
    unban("*!*@bad.example");
    CHECK(refusal(one.take<LogEvent>().at(0)) == "nothing_changed");
    CHECK(two.messages().empty());
    CHECK(own_events.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "who greets is told of all bans") {
    ban("*@bad.example");
    ban("*@worse.example");
    two.forget();
    two.greet();
    turn(loop, bus);
    CHECK(bans_in(two.take<Snapshot>()) == 2);
    // And that there are none.
    unban("*@bad.example");
    unban("*@worse.example");
    two.forget();
    two.greet(own_events.back().position);
    turn(loop, bus);
    const auto none = two.take<Snapshot>();
    CHECK(none.size() == 1);
    CHECK(bans_in(none) == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "bans that were in force at the end are so at the start") {
    make_anew();
    std::vector<chat::ServerBan> bans;
    for (int i = 0; i < 250; ++i)
      bans.push_back({"*!*@h" + std::to_string(i), "spam", "ann", 5, 0});
    owner->adopt_bans(bans);
    owner->restore();
    REQUIRE(owner->server() != nullptr);
    CHECK(owner->server()->bans().size() == 250);
    // This slot's hub knows them at once, in parts; another when it says hello.
    CHECK(own_snapshots.size() == 3);
    CHECK(bans_in(own_snapshots) == 250);
    one.forget();
    one.greet();
    turn(loop, bus);
    CHECK(bans_in(one.take<Snapshot>()) == 250);
    // They are the journal's from now on.
    unban("*!*@h7");
    own_snapshots.clear();
    begin(2);
    REQUIRE(owner->server() != nullptr);
    CHECK(owner->server()->bans().size() == 249);
    CHECK(bans_in(own_snapshots) == 249);
  }

  TEST_CASE_FIXTURE(Fixture, "bans outlive a life, and are no room and no person") {
    ban("*@bad.example");
    CHECK(owner->objects() == 1);
    CHECK(owner->rooms().empty());
    CHECK(owner->room_count() == 0);
    CHECK(owner->room("*").room == nullptr);
    begin(2);
    CHECK(banned() == "*!*@bad.example ");
    CHECK(bans_in(own_snapshots) == 1);
    owner->on_slot_died(operator_bob.place);
    owner->commit();
    CHECK(banned() == "*!*@bad.example ");
  }

  TEST_CASE_FIXTURE(Fixture, "bans come from another process as they were") {
    Snapshot part{"*", true, true, chat::Server::Part{{{"*!*@bad.example", "spam", "ann", 5, 0}}}};
    make_anew();
    owner->import(part);
    owner->begin_above(100);
    CHECK(banned() == "*!*@bad.example ");
    CHECK(bans_in(own_snapshots) == 1);
    ban("*@worse.example");
    CHECK(own_events.back().position == 101);
    CHECK(banned() == "*!*@bad.example *!*@worse.example ");
  }
}
