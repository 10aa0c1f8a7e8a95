#include "worker/queries.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace banterd;
using namespace banterd::worker;

namespace {

struct Fixture {
  std::string answers;  // "CONNECTION:room,room,;", or with '?' when it is not complete
  Findings last;
  Queries queries{[this](uint64_t connection, Findings found, bool complete) {
    answers += std::to_string(connection) + (complete ? ":" : "?");
    for (const RoomLine& room : found.rooms) answers += room.name + ",";
    answers += ";";
    last = std::move(found);
  }};
};

Answer answer(uint64_t query, std::vector<std::string> names, bool last = true) {
  Answer part{query, last, {}};
  for (std::string& name : names)
    part.found.rooms.push_back({.name = std::move(name), .topic = ""});
  return part;
}

chat::SlotSet slots(std::initializer_list<uint32_t> numbers) {
  chat::SlotSet set;
  for (const uint32_t number : numbers) set.add(number);
  return set;
}

}  // namespace

TEST_SUITE("worker/queries") {
  TEST_CASE("a query is answered once, when every slot has said its last part") {
    Fixture f;
    const uint64_t query = f.queries.start(7, slots({0, 2}));
    f.queries.on_answer(2, answer(query, {"#z", "#b"}, false));
    f.queries.on_answer(2, answer(query, {"#d"}));
    CHECK(f.answers.empty());
    f.queries.on_answer(0, answer(query, {"#a"}));
    CHECK(f.answers == "7:#z,#b,#d,#a,;");
    f.queries.on_answer(0, answer(query, {"#late"}));
    f.queries.on_slot_down(0);
    CHECK(f.answers == "7:#z,#b,#d,#a,;");
  }

  TEST_CASE("an answer may have no parts but its end") {
    Fixture f;
    const uint64_t query = f.queries.start(7, slots({1}));
    f.queries.on_answer(1, {query, true, {}});
    CHECK(f.answers == "7:;");
  }

  TEST_CASE("parts of every kind are put together, in the order in which they came") {
    Fixture f;
    const uint64_t query = f.queries.start(7, slots({0, 1}));
    Answer first{query, false, {}};
    first.found.name = "#Dev";
    first.found.head.emplace().topic = "plans";
    first.found.members.resize(2);
    first.found.entries = {{"b", "a!*@*", "ann", 1}};
    first.found.people.resize(1);
    first.found.former.resize(1);
    first.found.past = {{5, {}}};
    first.found.numbers = {{.slot = 1}};
    Answer second{query, true, {}};
    second.found.members.resize(3);
    second.found.entries = {{"b", "b!*@*", "ann", 2}};
    second.found.people.resize(2);
    second.found.former.resize(3);
    second.found.past = {{6, {}}, {7, {}}};
    second.found.numbers = {{.slot = 0}};
    f.queries.on_answer(1, first);
    f.queries.on_answer(1, second);
    f.queries.on_answer(0, {query, true, {}});
    CHECK(f.last.name == "#Dev");
    REQUIRE(f.last.head.has_value());
    CHECK(f.last.head->topic == "plans");
    CHECK(f.last.members.size() == 5);
    REQUIRE(f.last.entries.size() == 2);
    CHECK(f.last.entries[1].mask == "b!*@*");
    CHECK(f.last.people.size() == 3);
    CHECK(f.last.former.size() == 4);
    REQUIRE(f.last.past.size() == 3);
    CHECK(f.last.past[0].position == 5);
    CHECK(f.last.past[2].position == 7);
    CHECK(f.last.numbers.size() == 2);
  }

  TEST_CASE("several queries are told apart") {
    Fixture f;
    const uint64_t first = f.queries.start(1, slots({0}));
    const uint64_t second = f.queries.start(2, slots({0}));
    f.queries.on_answer(0, answer(second, {"#b"}));
    f.queries.on_answer(0, answer(first, {"#a"}));
    CHECK(f.answers == "2:#b,;1:#a,;");
  }

  TEST_CASE("nobody waits for a slot that is down, and what it did not say is missing") {
    Fixture f;
    const uint64_t first = f.queries.start(1, slots({0, 1}));
    f.queries.start(2, slots({1, 2}));
    f.queries.on_answer(0, answer(first, {"#a"}));
    f.queries.on_slot_down(1);
    CHECK(f.answers == "1?#a,;");
    f.queries.on_slot_down(2);
    CHECK(f.answers == "1?#a,;2?;");
  }

  TEST_CASE("who has answered may go down: nothing is missing") {
    Fixture f;
    const uint64_t query = f.queries.start(1, slots({0, 1}));
    f.queries.on_answer(0, answer(query, {"#a"}));
    f.queries.on_slot_down(0);
    CHECK(f.answers.empty());
    f.queries.on_answer(1, answer(query, {"#b"}));
    CHECK(f.answers == "1:#a,#b,;");
  }

  TEST_CASE("half an answer of a slot that goes down is kept, and is not complete") {
    Fixture f;
    const uint64_t query = f.queries.start(1, slots({0}));
    f.queries.on_answer(0, answer(query, {"#a"}, false));
    f.queries.on_slot_down(0);
    CHECK(f.answers == "1?#a,;");
  }

  TEST_CASE("a slot that cannot be reached is missing in that query alone") {
    Fixture f;
    const uint64_t first = f.queries.start(1, slots({0, 1}));
    const uint64_t second = f.queries.start(2, slots({1}));
    f.queries.on_unreachable(first, 1);
    f.queries.on_unreachable(first, 2);  // was not asked
    f.queries.on_unreachable(99, 1);
    CHECK(f.answers.empty());
    f.queries.on_answer(0, answer(first, {"#a"}));
    CHECK(f.answers == "1?#a,;");
    f.queries.on_answer(1, answer(second, {"#b"}));
    CHECK(f.answers == "1?#a,;2:#b,;");
  }

  TEST_CASE("an answer to nothing is ignored") {
    Fixture f;
    f.queries.on_answer(0, answer(5, {"#a"}));
    CHECK(f.answers.empty());
  }

  TEST_CASE("who is answered may ask at once") {
    std::vector<uint64_t> done;
    Queries* again = nullptr;
    Queries queries([&](uint64_t connection, const Findings&, bool) {
      done.push_back(connection);
      if (connection < 3) again->start(connection + 1, chat::SlotSet::of(1));
    });
    again = &queries;
    queries.start(1, chat::SlotSet::of(1));
    queries.start(9, chat::SlotSet::of(2));
    queries.on_slot_down(1);
    // Those that were begun meanwhile were asked of the dead slot too, or wait for its next life:
    // either way each ends once.
    queries.on_slot_down(1);
    queries.on_slot_down(1);
    queries.on_slot_down(2);
    std::sort(done.begin(), done.end());
    CHECK(done == std::vector<uint64_t>{1, 2, 3, 9});
  }
}
