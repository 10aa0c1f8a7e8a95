#include "base/packed_table.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <string>

using banterd::base::CompactText;
using banterd::base::IdTable;
using banterd::base::TextTable;

namespace {

struct Numbered {
  uint64_t id = 0;
  std::unique_ptr<int> number;
};

struct Named {
  CompactText key;
  int number = 0;
};

std::map<uint64_t, int> all(const IdTable<Numbered>& table) {
  std::map<uint64_t, int> found;
  table.each([&](const Numbered& one) { found[one.id] = *one.number; });
  return found;
}

}  // namespace

TEST_SUITE("base/packed_table") {
  TEST_CASE("an empty table has nothing") {
    IdTable<Numbered> table;
    CHECK(table.size() == 0);
    CHECK(table.find(1) == nullptr);
    CHECK_FALSE(table.erase(1));
    CHECK(all(table).empty());
  }

  TEST_CASE("it holds what a map would, whatever comes and goes") {
    IdTable<Numbered> table;
    std::map<uint64_t, int> expected;
    std::mt19937_64 random(7);
    // Few ids, so that they collide and come again; the table grows and shrinks.
    for (int round = 0; round < 20'000; ++round) {
      const uint64_t id = 1 + random() % (round % 4'000 < 2'000 ? 300 : 30);
      if (random() % 3 != 0) {
        table.at(id).number = std::make_unique<int>(round);
        expected[id] = round;
      } else {
        CHECK(table.erase(id) == (expected.erase(id) == 1));
      }
      REQUIRE(table.size() == expected.size());
      const uint64_t asked = 1 + random() % 300;
      REQUIRE(table.contains(asked) == expected.contains(asked));
    }
    CHECK(all(table) == expected);
  }

  TEST_CASE("what fulfils a condition is erased") {
    IdTable<Numbered> table;
    for (int id = 1; id <= 1'000; ++id)
      table.at(static_cast<uint64_t>(id)).number = std::make_unique<int>(id);
    table.erase_if([](const Numbered& one) { return *one.number % 3 != 0; });
    CHECK(table.size() == 333);
    CHECK(table.find(5) == nullptr);
    REQUIRE(table.find(6) != nullptr);
    CHECK(*table.find(6)->number == 6);
  }

  TEST_CASE("ids far apart and close together are found, up to the largest") {
    IdTable<Numbered> table;
    const uint64_t ids[] = {1, 2, 3, uint64_t{1} << 32, uint64_t{1} << 63, UINT64_MAX};
    for (const uint64_t id : ids) table.at(id).number = std::make_unique<int>(0);
    for (const uint64_t id : ids) CHECK(table.contains(id));
    CHECK_FALSE(table.contains(4));
  }

  TEST_CASE("texts, short and long, are found by what they say") {
    TextTable<Named> table;
    std::map<std::string, int> expected;
    std::mt19937_64 random(7);
    for (int round = 0; round < 5'000; ++round) {
      // Up to 7 bytes stand in place, more elsewhere.
      const std::string key = "nick" + std::to_string(random() % 2'000);
      if (random() % 3 != 0) {
        table.at(key).number = expected[key] = round;
      } else {
        CHECK(table.erase(key) == (expected.erase(key) == 1));
      }
    }
    std::map<std::string, int> found;
    table.each([&](const Named& one) { found[std::string(one.key)] = one.number; });
    CHECK(found == expected);
    CHECK(table.find("nobody") == nullptr);
  }
}
