#include "worker/seen_ids.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace banterd;
using namespace banterd::worker;

namespace {

constexpr chat::Place kHere{0, 1};
constexpr chat::Place kThere{1, 4};

}  // namespace

TEST_SUITE("worker/seen_ids") {
  TEST_CASE("an id that was taken is had, and all before it; later ones and others' are not") {
    SeenIds seen;
    CHECK_FALSE(seen.has({7, 1, 0}));
    seen.take({7, 5, 2}, kHere);
    CHECK(seen.has({7, 5, 2}));
    CHECK(seen.has({7, 5, 1}));
    CHECK(seen.has({7, 1, 9}));
    CHECK_FALSE(seen.has({7, 5, 3}));
    CHECK_FALSE(seen.has({7, 6, 0}));
    CHECK_FALSE(seen.has({71, 1, 0}));
    seen.take({7, 2, 0}, kHere);
    CHECK(seen.has({7, 5, 2}));
    seen.forget(7);
    CHECK_FALSE(seen.has({7, 1, 0}));
  }

  TEST_CASE("each connection is in one part, and parts are in order") {
    SeenIds seen;
    for (uint64_t connection = 1; connection <= 1000; ++connection)
      seen.take({connection, connection + 3, 0}, kHere);
    std::vector<uint64_t> found;
    for (const std::string& key : SeenIds::keys()) {
      CHECK(SeenIds::is_key(key));
      const Seen part = seen.part(key);
      CHECK(std::ranges::is_sorted(part.entries, {}, &Seen::Entry::id));
      for (const Seen::Entry& entry : part.entries) found.push_back(entry.id.connection);
    }
    std::ranges::sort(found);
    CHECK(found.size() == 1000);
    CHECK(std::ranges::adjacent_find(found) == found.end());
    CHECK_FALSE(SeenIds::is_key("#seen/1"));
    CHECK(seen.part("seen/64").entries.empty());
    CHECK(seen.part("seen/x").entries.empty());
  }

  TEST_CASE("those of a place are forgotten, the others stay") {
    SeenIds seen;
    seen.take({1, 1, 0}, kHere);
    seen.take({2, 1, 0}, kThere);
    seen.forget_if([](uint64_t, const chat::Place& place) { return place == kThere; });
    CHECK(seen.has({1, 1, 0}));
    CHECK_FALSE(seen.has({2, 1, 0}));
    int places = 0;
    seen.each_place([&](const chat::Place& place) { places += place == kHere ? 1 : 100; });
    CHECK(places == 1);
  }
}
