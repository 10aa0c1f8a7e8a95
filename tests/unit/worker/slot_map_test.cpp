#include "worker/slot_map.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using banterd::ipc::Slot;
using banterd::worker::owner_of;

namespace {

constexpr int kNames = 20'000;

std::string name(int number) { return "#room" + std::to_string(number); }

}  // namespace

TEST_SUITE("worker/slot_map") {
  // Exports of one version are read by the next, perhaps on another machine.
  TEST_CASE("owners of known names are what they always were") {
    CHECK(owner_of("#lobby", 3) == 1);
    CHECK(owner_of("#dev", 3) == 2);
    CHECK(owner_of("guest-1", 3) == 2);
    CHECK(owner_of("#lobby", 64) == 29);
  }

  TEST_CASE("a single slot owns everything") {
    for (int i = 0; i < 100; ++i) CHECK(owner_of(name(i), 1) == 0);
  }

  TEST_CASE("names are spread evenly") {
    for (const Slot slots : {2U, 3U, 8U, 64U}) {
      std::vector<int> owned(slots);
      for (int i = 0; i < kNames; ++i) ++owned.at(owner_of(name(i), slots));
      const double fair = static_cast<double>(kNames) / slots;
      for (const int count : owned) {
        CHECK(count > fair * 0.75);
        CHECK(count < fair * 1.25);
      }
    }
  }

  TEST_CASE("one slot more moves names only to itself, and one less only its own") {
    int moved = 0;
    for (int i = 0; i < kNames; ++i) {
      const Slot before = owner_of(name(i), 4);
      const Slot after = owner_of(name(i), 5);
      if (before == after) continue;
      ++moved;
      CHECK(after == 4);
    }
    CHECK(moved > kNames / 5 * 3 / 4);
    CHECK(moved < kNames / 5 * 5 / 4);
  }
}
