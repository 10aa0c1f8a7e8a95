#include "worker/room_queries.h"

#include <doctest/doctest.h>

#include <string>

using namespace banterd;
using namespace banterd::worker;

namespace {

struct Fixture {
  std::string answers;  // "CONNECTION:room,room;"
  RoomQueries queries{[this](uint64_t connection, const std::vector<RoomLine>& rooms) {
    answers += std::to_string(connection) + ":";
    for (const RoomLine& room : rooms) answers += room.name + ",";
    answers += ";";
  }};
};

RoomList answer(uint64_t query, std::vector<std::string> names, bool last = true) {
  RoomList list{query, last, {}};
  for (std::string& name : names) list.rooms.push_back({std::move(name), 1, ""});
  return list;
}

chat::SlotSet slots(std::initializer_list<uint32_t> numbers) {
  chat::SlotSet set;
  for (const uint32_t number : numbers) set.add(number);
  return set;
}

}  // namespace

TEST_SUITE("worker/room_queries") {
  TEST_CASE("a query is answered once, when every owner has answered, in the order of names") {
    Fixture f;
    const uint64_t query = f.queries.start(7, slots({0, 2}));
    f.queries.on_answer(2, answer(query, {"#Z", "#b"}, false));
    f.queries.on_answer(2, answer(query, {"#d"}));
    CHECK(f.answers.empty());
    f.queries.on_answer(0, answer(query, {"#A", "#c"}));
    CHECK(f.answers == "7:#A,#b,#c,#d,#Z,;");
    f.queries.on_answer(0, answer(query, {"#late"}));
    CHECK(f.answers == "7:#A,#b,#c,#d,#Z,;");
  }

  TEST_CASE("several queries are told apart") {
    Fixture f;
    const uint64_t first = f.queries.start(1, slots({0}));
    const uint64_t second = f.queries.start(2, slots({0}));
    f.queries.on_answer(0, answer(second, {"#b"}));
    f.queries.on_answer(0, answer(first, {"#a"}));
    CHECK(f.answers == "2:#b,;1:#a,;");
  }

  TEST_CASE("nobody waits for a slot that is down") {
    Fixture f;
    const uint64_t first = f.queries.start(1, slots({0, 1}));
    f.queries.start(2, slots({1, 2}));
    f.queries.on_answer(0, answer(first, {"#a"}));
    f.queries.on_slot_down(1);
    CHECK(f.answers == "1:#a,;");
    f.queries.on_slot_down(2);
    CHECK(f.answers == "1:#a,;2:;");
  }

  TEST_CASE("an answer to nothing is ignored") {
    Fixture f;
    f.queries.on_answer(0, answer(5, {"#a"}));
    CHECK(f.answers.empty());
  }
}
