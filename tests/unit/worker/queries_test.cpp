#include "worker/queries.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace banterd;
using namespace banterd::worker;

namespace {

struct Fixture {
  std::string asked;    // "SLOT:NUMBER;"
  std::string answers;  // "CONNECTION:room,room,;", or with '?' when it is not complete
  Findings last;
  uint64_t number = 0;  // of the query that was sent last
  chat::SlotSet absent;
  bool has_room = true;
  Queries queries{[this](Slot slot, const Query& query) {
                    number = query.query;
                    asked += std::to_string(slot) + ":" + std::to_string(number) + ";";
                  },
                  [this](Slot slot) { return absent.has(slot); }, [this] { return has_room; },
                  [this](uint64_t connection, Findings found, bool complete) {
                    answers += std::to_string(connection) + (complete ? ":" : "?");
                    for (const RoomLine& room : found.rooms) answers += room.name + ",";
                    answers += ";";
                    last = std::move(found);
                  }};

  static chat::SlotSet slots(std::initializer_list<uint32_t> numbers) {
    chat::SlotSet set;
    for (const uint32_t slot : numbers) set.add(slot);
    return set;
  }
  // Gives the query's number.
  uint64_t start(uint64_t connection, std::initializer_list<uint32_t> numbers) {
    queries.start(connection, AboutNumbers{}, slots(numbers));
    return number;
  }
  void start_about_all(uint64_t connection) {
    queries.start(connection, AboutRooms{}, slots({0, 1}));
  }
  void answer(Slot from, uint64_t query, std::vector<std::string> names, bool is_last = true) {
    Answer part{query, is_last, {}};
    for (std::string& name : names)
      part.found.rooms.push_back({.name = std::move(name), .topic = ""});
    queries.on_answer(from, std::move(part));
  }
  std::string take_asked() { return std::exchange(asked, {}); }
};

}  // namespace

TEST_SUITE("worker/queries") {
  TEST_CASE_FIXTURE(Fixture, "a query is answered once, when every slot has said its last part") {
    const uint64_t query = start(7, {0, 2});
    CHECK(asked == "0:1;2:1;");
    answer(2, query, {"#z", "#b"}, false);
    answer(2, query, {"#d"});
    CHECK(answers.empty());
    answer(0, query, {"#a"});
    CHECK(answers == "7:#z,#b,#d,#a,;");
    answer(0, query, {"#late"});
    queries.on_slot_stays_down(0);
    CHECK(answers == "7:#z,#b,#d,#a,;");
  }

  TEST_CASE_FIXTURE(Fixture, "an answer may have no parts but its end") {
    const uint64_t query = start(7, {1});
    queries.on_answer(1, {query, true, {}});
    CHECK(answers == "7:;");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "parts of every kind are put together, those of a slot in their order") {
    const uint64_t query = start(7, {0, 1});
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
    queries.on_answer(1, first);
    queries.on_answer(1, second);
    queries.on_answer(0, {query, true, {}});
    CHECK(last.name == "#Dev");
    REQUIRE(last.head.has_value());
    CHECK(last.head->topic == "plans");
    CHECK(last.members.size() == 5);
    REQUIRE(last.entries.size() == 2);
    CHECK(last.entries[1].mask == "b!*@*");
    CHECK(last.people.size() == 3);
    CHECK(last.former.size() == 4);
    REQUIRE(last.past.size() == 3);
    CHECK(last.past[0].position == 5);
    CHECK(last.past[2].position == 7);
    CHECK(last.numbers.size() == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "several queries are told apart") {
    const uint64_t first = start(1, {0});
    const uint64_t second = start(2, {0});
    answer(0, second, {"#b"});
    answer(0, first, {"#a"});
    CHECK(answers == "2:#b,;1:#a,;");
  }

  TEST_CASE_FIXTURE(Fixture, "an answer to nothing, or of who was not asked, is ignored") {
    answer(0, 5, {"#a"});
    const uint64_t query = start(1, {0, 1});
    answer(2, query, {"#b"});
    answer(0, query, {"#c"});
    answer(0, query, {"#c again"});
    CHECK(answers.empty());
    answer(1, query, {"#d"});
    CHECK(answers == "1:#c,#d,;");
  }

  // ---- slots that die ----

  TEST_CASE_FIXTURE(Fixture,
                    "a slot whose worker has died is asked again when there is a new one") {
    const uint64_t query = start(1, {0, 1});
    answer(1, query, {"#half"}, false);
    queries.on_slot_died(1);
    CHECK(answers.empty());
    take_asked();
    queries.on_greeted(1);
    CHECK(asked == "1:1;");
    answer(1, query, {"#whole"});
    answer(0, query, {"#a"});
    CHECK(answers == "1:#whole,#a,;");
  }

  TEST_CASE_FIXTURE(Fixture, "a slot that is not there yet is asked again when it is") {
    start(1, {0, 1});
    take_asked();
    answer(0, 1, {"#a"});
    CHECK(answers.empty());
    queries.on_greeted(1);
    CHECK(take_asked() == "1:1;");
    answer(1, 1, {"#b"});
    CHECK(answers == "1:#a,#b,;");
  }

  TEST_CASE_FIXTURE(Fixture, "who has answered may die and come back: he is not asked again") {
    const uint64_t query = start(1, {0, 1});
    answer(0, query, {"#a"});
    take_asked();
    queries.on_slot_died(0);
    queries.on_greeted(0);
    CHECK(asked == "");
    answer(1, query, {"#b"});
    CHECK(answers == "1:#a,#b,;");
  }

  TEST_CASE_FIXTURE(Fixture, "who was not asked is not when he comes") {
    start(1, {0});
    take_asked();
    queries.on_greeted(2);
    CHECK(asked == "");
  }

  TEST_CASE_FIXTURE(Fixture, "nobody waits for a slot without a worker: what it knows is missing") {
    const uint64_t first = start(1, {0, 1});
    start(2, {1, 2});
    answer(0, first, {"#a"});
    answer(1, first, {"#half"}, false);
    queries.on_slot_died(1);
    queries.on_slot_stays_down(1);
    CHECK(answers == "1?#a,;");
    queries.on_slot_stays_down(1);
    queries.on_slot_stays_down(0);
    CHECK(answers == "1?#a,;");
    queries.on_slot_stays_down(2);
    CHECK(answers == "1?#a,;2?;");
    take_asked();
    queries.on_greeted(1);
    CHECK(asked == "");
  }

  TEST_CASE_FIXTURE(Fixture, "who has no worker is not asked") {
    absent = slots({1});
    start(1, {0, 1});
    CHECK(asked == "0:1;");
    answer(0, 1, {"#a"});
    CHECK(answers == "1?#a,;");
    start(2, {1});
    CHECK(answers == "1?#a,;2?;");
  }

  // ---- questions that concern all that there is ----

  TEST_CASE_FIXTURE(Fixture, "what concerns all is asked once the one before it is answered") {
    start_about_all(1);
    start_about_all(2);
    queries.start(3, AboutPeople{{}, "*"}, slots({0, 1}));
    CHECK(take_asked() == "0:1;1:1;");
    // Others go on meanwhile.
    start(4, {0});
    queries.start(5, AboutPeople{{"ann"}, {}}, slots({1}));
    CHECK(take_asked() == "0:2;1:3;");
    answer(0, 1, {"#a"});
    CHECK(take_asked() == "");
    answer(1, 1, {});
    CHECK(take_asked() == "0:4;1:4;");
    answer(0, 4, {"#b"});
    answer(1, 4, {});
    CHECK(take_asked() == "0:5;1:5;");
    answer(0, 2, {"#n"});
    answer(1, 5, {});
    answer(0, 5, {});
    CHECK(answers == "1:#a,;2:#b,;4:#n,;3:;");
  }

  TEST_CASE_FIXTURE(Fixture, "when a slot goes, so do all that wait for it, one after the other") {
    for (uint64_t connection = 1; connection <= 3; ++connection) start_about_all(connection);
    start(4, {1});
    absent = slots({0, 1});
    queries.on_slot_stays_down(0);
    CHECK(answers == "");
    queries.on_slot_stays_down(1);
    CHECK(answers == "1?;2?;3?;4?;");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "while there is no room for the answers, those whose turn it is are put off") {
    for (uint64_t connection = 1; connection <= 3; ++connection) start_about_all(connection);
    has_room = false;
    answer(0, 1, {"#a"});
    answer(1, 1, {});
    CHECK(answers == "1:#a,;2?;3?;");
    has_room = true;
    start_about_all(4);
    CHECK(take_asked() == "0:1;1:1;0:2;1:2;");
  }

  TEST_CASE_FIXTURE(Fixture, "those that wait for their turn can be put off") {
    for (uint64_t connection = 1; connection <= 3; ++connection) start_about_all(connection);
    queries.drop_waiting();
    CHECK(answers == "2?;3?;");
    answer(0, 1, {"#a"});
    answer(1, 1, {});
    CHECK(answers == "2?;3?;1:#a,;");
    start_about_all(4);
    CHECK(take_asked() == "0:1;1:1;0:2;1:2;");
  }

  TEST_CASE("who asks himself may be answered at once") {
    std::string answers;
    Queries* again = nullptr;
    Queries queries(
        [&](Slot slot, const Query& query) {
          again->on_answer(slot, {query.query, true, {}});
        },
        [](Slot) { return false; }, [] { return true; },
        [&](uint64_t connection, const Findings&, bool complete) {
          answers += std::to_string(connection) + (complete ? ":" : "?");
        });
    again = &queries;
    queries.start(3, AboutRooms{}, Fixture::slots({0, 1}));
    CHECK(answers == "3:");
  }

  TEST_CASE("who is answered may ask at once") {
    std::vector<uint64_t> done;
    Queries* again = nullptr;
    Queries queries([](Slot, const Query&) {}, [](Slot) { return false; }, [] { return true; },
                    [&](uint64_t connection, const Findings&, bool) {
                      done.push_back(connection);
                      if (connection < 3)
                        again->start(connection + 1, AboutNumbers{}, Fixture::slots({1}));
                    });
    again = &queries;
    queries.start(1, AboutNumbers{}, Fixture::slots({1}));
    queries.start(9, AboutNumbers{}, Fixture::slots({2}));
    for (int i = 0; i < 3; ++i) queries.on_slot_stays_down(1);
    queries.on_slot_stays_down(2);
    std::sort(done.begin(), done.end());
    CHECK(done == std::vector<uint64_t>{1, 2, 3, 9});
  }
}
