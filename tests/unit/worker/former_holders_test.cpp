#include "worker/former_holders.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/chat/room_fixture.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

FormerLine line(chat::TimeMs until) { return {chat::profile_of(1, "ann"), until}; }

std::vector<chat::TimeMs> times(const std::vector<FormerLine>& lines) {
  std::vector<chat::TimeMs> all;
  for (const FormerLine& one : lines) all.push_back(one.until);
  return all;
}

// All that there are, as each() gives them: "KEY: time time; ".
std::string all_of(const FormerHolders& former) {
  std::string text;
  former.each([&](const std::string& key, const std::vector<FormerLine>& lines) {
    text += key + ":";
    for (const FormerLine& one : lines) text += " " + std::to_string(one.until);
    text += "; ";
  });
  return text;
}

}  // namespace

TEST_SUITE("worker/former_holders") {
  TEST_CASE("who had a nick last comes first, each nick for itself") {
    FormerHolders former;
    CHECK(former.of("ann").empty());
    CHECK(all_of(former) == "");
    former.add("ann", line(1));
    former.add("bob", line(2));
    former.add("ann", line(3));
    CHECK(times(former.of("ann")) == std::vector<chat::TimeMs>{3, 1});
    CHECK(times(former.of("bob")) == std::vector<chat::TimeMs>{2});
    CHECK(former.of("an").empty());
    CHECK(former.of("ann")[0].profile->nick.str() == "ann");
  }

  TEST_CASE("of one nick as many are kept as may be, the newest") {
    FormerHolders former;
    for (chat::TimeMs time = 1; time <= 25; ++time) former.add("ann", line(time));
    const std::vector<FormerLine> kept = former.of("ann");
    REQUIRE(kept.size() == FormerHolders::kMaxPerNick);
    CHECK(kept.front().until == 25);
    CHECK(kept.back().until == 6);
  }

  TEST_CASE("over all nicks the oldest goes first, and a nick without any leaves nothing") {
    FormerHolders former;
    former.add("first", line(1));
    former.add("second", line(2));
    former.add("second", line(3));
    for (size_t i = 3; i < FormerHolders::kMaxEntries; ++i)
      former.add("n" + std::to_string(i), line(4));
    CHECK(former.of("first").size() == 1);
    former.add("one more", line(5));
    CHECK(former.of("first").empty());
    CHECK(former.of("second").size() == 2);
    former.add("another", line(6));
    CHECK(times(former.of("second")) == std::vector<chat::TimeMs>{3});
    CHECK(all_of(former).find("first:") == std::string::npos);
    size_t count = 0;
    former.each(
        [&](const std::string&, const std::vector<FormerLine>& lines) { count += lines.size(); });
    CHECK(count == FormerHolders::kMaxEntries);
  }

  TEST_CASE("a nick that changes hands all the time stays within both bounds") {
    FormerHolders former;
    for (size_t i = 0; i < 3 * FormerHolders::kMaxEntries; ++i)
      former.add("hot", line(static_cast<chat::TimeMs>(i)));
    CHECK(former.of("hot").size() == FormerHolders::kMaxPerNick);
    CHECK(former.of("hot")[0].until == 3 * FormerHolders::kMaxEntries - 1);
    former.add("cold", line(7));
    CHECK(former.of("cold").size() == 1);
  }

  TEST_CASE("all are given oldest first, and make the same again") {
    FormerHolders former;
    for (const auto& [key, time] : {std::pair("bob", 1), {"ann", 2}, {"bob", 3}, {"ann", 4}})
      former.add(key, line(time));
    CHECK(all_of(former) == "ann: 2 4; bob: 1 3; ");
    FormerHolders again;
    former.each([&](const std::string& key, const std::vector<FormerLine>& lines) {
      for (const FormerLine& one : lines) again.add(key, one);
    });
    CHECK(all_of(again) == all_of(former));
    CHECK(times(again.of("bob")) == std::vector<chat::TimeMs>{3, 1});
  }
}
