#include "worker/protocol/irc/list_filter.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

using namespace banterd;
using namespace banterd::worker::irc;

namespace {

constexpr chat::TimeMs kMinute = 60'000;
constexpr chat::TimeMs kNow = 1'700'000'000'000;

// Which of some rooms are taken: made and topic set five minutes ago, an hour ago, an hour ago
// without a topic; of 2, 10 and 100 members.
std::string listed(std::initializer_list<std::string_view> params) {
  const ListedRoom rooms[] = {
      {"#new", 2, kNow - 5 * kMinute, kNow - 5 * kMinute, "x"},
      {"#old", 10, kNow - 60 * kMinute, kNow - 60 * kMinute, "x"},
      {"#bare", 100, kNow - 60 * kMinute, 0, ""},
  };
  const ListFilter filter(params);
  std::string names;
  for (const ListedRoom& room : rooms) {
    if (filter.takes(room, kNow)) names += room.name;
  }
  return names;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/list_filter") {
  TEST_CASE("without words all rooms are listed") {
    CHECK(listed({}) == "#new#old#bare");
    CHECK(listed({""}) == "#new#old#bare");
    CHECK(listed({",,"}) == "#new#old#bare");
    CHECK(ListFilter().takes({.name = "#x"}, kNow));
  }

  TEST_CASE("names and masks list what any of them matches, in any case") {
    CHECK(listed({"#old"}) == "#old");
    CHECK(listed({"#OLD,#new"}) == "#new#old");
    CHECK(listed({"*e*"}) == "#new#bare");
    CHECK(listed({"#ol?,*are"}) == "#old#bare");
    CHECK(listed({"#nonexistent"}).empty());
    CHECK(listed({"old"}).empty());
  }

  TEST_CASE("unwanted masks list what none of them matches") {
    CHECK(listed({"!*e*"}) == "#old");
    CHECK(listed({"!#new,!#old"}) == "#bare");
    CHECK(listed({"*e*,!#new"}) == "#bare");
    CHECK(listed({"!"}) == "#new#old#bare");
    CHECK(listed({"!*"}).empty());
  }

  TEST_CASE("rooms are listed by more, and by fewer members") {
    CHECK(listed({">2"}) == "#old#bare");
    CHECK(listed({"<10"}) == "#new");
    CHECK(listed({">2,<100"}) == "#old");
    CHECK(listed({">0"}) == "#new#old#bare");
    CHECK(listed({"<1"}).empty());
  }

  TEST_CASE("rooms are listed by how many minutes ago they were made") {
    CHECK(listed({"C<6"}) == "#new");
    CHECK(listed({"C>6"}) == "#old#bare");
    CHECK(listed({"c>4,c<6"}) == "#new");
    CHECK(listed({"C>5"}) == "#old#bare");
    CHECK(listed({"C<5"}).empty());
    CHECK(listed({"C<0"}).empty());
    CHECK(listed({"C>0"}) == "#new#old#bare");
  }

  TEST_CASE("rooms are listed by when their topic was set, those without one by neither") {
    CHECK(listed({"T<6"}) == "#new");
    CHECK(listed({"T>6"}) == "#old");
    CHECK(listed({"t>0"}) == "#new#old");
    CHECK(listed({"T<99"}) == "#new#old");
    CHECK(listed({"T<0"}).empty());
  }

  TEST_CASE("a room from the future has no age yet") {
    const ListedRoom room = {.name = "#x", .created = kNow + kMinute};
    const std::string_view young = "C<1";
    const std::string_view any = "C>0";
    CHECK(ListFilter({&young, 1}).takes(room, kNow));
    CHECK_FALSE(ListFilter({&any, 1}).takes(room, kNow));
  }

  TEST_CASE("conditions may come first or second, a name only first") {
    CHECK(listed({"#new,#old", ">2"}) == "#old");
    CHECK(listed({">2", "!#old"}) == "#bare");
    CHECK(listed({"#old", "#new"}) == "#old");
    CHECK(listed({"", "irc.test"}) == "#new#old#bare");
    CHECK(listed({"#old", "", "!*"}) == "#old");
  }

  TEST_CASE("of conditions of one kind the last counts") {
    CHECK(listed({">50,>2"}) == "#old#bare");
    CHECK(listed({">2,>50"}) == "#bare");
  }

  TEST_CASE("a condition without a good number is none, a huge number is one") {
    for (const std::string_view word : {">", "<", ">x", "<1x", "C>", "T<-1", ">1 "}) {
      CAPTURE(word);
      CHECK(listed({word}) == "#new#old#bare");
    }
    CHECK(listed({">99999999999999999999"}).empty());
    CHECK(listed({"C<99999999999999999999"}) == "#new#old#bare");
    CHECK(listed({"X>1"}).empty());
  }

  TEST_CASE("the answer has a start, a line for each room, and an end") {
    const ReplyTo to{.server = "irc.test", .nick = "ann", .tags = {}};
    std::string out;
    append_list_start(out, to);
    append_list_room(out, to, {"#dev", 3, 0, 0, "what we build"});
    append_list_room(out, to, {"#bare", 1, 0, 0, ""});
    append_list_end(out, to);
    CHECK(out ==
          ":irc.test 321 ann Channel :Users  Name\r\n"
          ":irc.test 322 ann #dev 3 :what we build\r\n"
          ":irc.test 322 ann #bare 1 :\r\n"
          ":irc.test 323 ann :End of /LIST\r\n");
  }
}
