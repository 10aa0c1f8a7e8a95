#include "base/few.h"

#include <doctest/doctest.h>

#include <set>
#include <utility>
#include <vector>

using banterd::base::Few;

namespace {

std::set<int> values(const Few<int>& few) {
  std::set<int> found;
  few.each([&](int& value) { found.insert(value); });
  return found;
}

}  // namespace

TEST_SUITE("base/few") {
  TEST_CASE("what moves takes all with it, one or many") {
    int numbers[] = {0, 1, 2};
    for (const size_t count : {0, 1, 3}) {
      Few<int> few;
      for (size_t i = 0; i < count; ++i) few.add(&numbers[i]);
      Few<int> moved = std::move(few);
      CHECK(moved.size() == count);
      CHECK(few.empty());  // NOLINT(bugprone-use-after-move)
      few = std::move(moved);
      CHECK(few.size() == count);
    }
  }

  TEST_CASE("what was added is there until it is removed, in whatever order") {
    int numbers[] = {0, 1, 2, 3};
    for (const auto& order :
         std::vector<std::vector<int>>{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}}) {
      Few<int> few;
      CHECK(few.empty());
      std::set<int> expected;
      for (int& number : numbers) {
        few.add(&number);
        expected.insert(number);
        CHECK(values(few) == expected);
        CHECK(few.size() == expected.size());
      }
      for (const int gone : order) {
        few.remove(&numbers[gone]);
        few.remove(&numbers[gone]);
        expected.erase(gone);
        CHECK(values(few) == expected);
        CHECK(few.empty() == expected.empty());
      }
    }
    CHECK(sizeof(Few<int>) == sizeof(void*));
  }
}
