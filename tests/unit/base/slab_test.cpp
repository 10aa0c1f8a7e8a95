#include "base/slab.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/support/process_facts.h"

using banterd::base::give_back_small;
using banterd::base::InSlabs;
using banterd::base::SlabAllocator;
using banterd::base::Slabs;
using banterd::base::take_small;
using banterd::tests::memory_bytes;

namespace {

struct Counted : InSlabs<Counted> {
  explicit Counted(size_t its_number) : number(its_number) {}
  size_t number;
  char rest[100] = {};
};

}  // namespace

TEST_SUITE("base/slab") {
  TEST_CASE("objects keep what is written to them, whatever comes and goes") {
    for (const size_t bytes : {size_t{8}, size_t{40}, size_t{264}, size_t{4096}}) {
      Slabs slabs(bytes);
      std::map<char*, char> objects;  // each is filled with one byte
      std::mt19937 random(7);
      for (int round = 0; round < 30'000; ++round) {
        // Now more come than go, now fewer: slabs are filled and emptied.
        const bool more = random() % 10 < (round / 3'000 % 2 == 0 ? 8u : 2u);
        if (more) {
          auto* const object = static_cast<char*>(slabs.take());
          const auto fill = static_cast<char>(random());
          std::memset(object, fill, bytes);
          REQUIRE(objects.emplace(object, fill).second);
          REQUIRE(reinterpret_cast<uintptr_t>(object) % 8 == 0);
        } else if (!objects.empty()) {
          auto given = objects.lower_bound(objects.begin()->first + random() % (1 << 22));
          if (given == objects.end()) given = objects.begin();
          REQUIRE(given->first[0] == given->second);
          REQUIRE(given->first[bytes - 1] == given->second);
          slabs.give_back(given->first);
          objects.erase(given);
        }
      }
      char* last = nullptr;
      for (const auto& [object, fill] : objects) {
        CHECK(std::string(object, bytes) == std::string(bytes, fill));
        CHECK((last == nullptr || object >= last + bytes));
        last = object;
      }
      for (const auto& [object, fill] : objects) slabs.give_back(object);
    }
  }

  TEST_CASE("what was given back is used again before there is a new slab") {
    Slabs slabs(1024);
    std::set<void*> first;
    for (int i = 0; i < 1'000; ++i) first.insert(slabs.take());
    std::vector<void*> again;
    for (auto object = first.begin(); object != first.end(); object = first.erase(object)) {
      slabs.give_back(*object);
      again.push_back(slabs.take());
      REQUIRE(again.back() == *object);
    }
    for (void* object : again) slabs.give_back(object);
  }

  TEST_CASE("it costs nothing but the objects, and goes back to the system with them") {
    constexpr size_t kObjects = 100'000;
    Slabs slabs(136);
    std::vector<void*> objects(kObjects);
    std::memset(objects.data(), 1, kObjects * sizeof(void*));
    const size_t before = memory_bytes(::getpid());
    for (void*& object : objects) {
      object = slabs.take();
      std::memset(object, 1, 136);
    }
    CHECK(memory_bytes(::getpid()) - before < kObjects * 138);
    for (void* object : objects) slabs.give_back(object);
    constexpr size_t kKept = size_t{4} * 1024 * 1024;
    CHECK(memory_bytes(::getpid()) < before + kKept + size_t{256} * 1024);
    CHECK(Slabs::give_back_empty());
    CHECK(memory_bytes(::getpid()) < before + size_t{256} * 1024);
    CHECK_FALSE(Slabs::give_back_empty());
  }

  TEST_CASE("a type, a container's elements and small memory of any size live in them") {
    std::vector<std::unique_ptr<Counted>> all;
    for (size_t i = 0; i < 1'000; ++i) all.push_back(std::make_unique<Counted>(i));
    // No header: they stand next to each other.
    CHECK(reinterpret_cast<char*>(all[1].get()) - reinterpret_cast<char*>(all[0].get()) ==
          sizeof(Counted));
    for (size_t i = 0; i < 1'000; ++i) CHECK(all[i]->number == i);

    std::unordered_map<int, std::string, std::hash<int>, std::equal_to<>,
                       SlabAllocator<std::pair<const int, std::string>>>
        map;
    for (int i = 0; i < 1'000; ++i) map[i] = std::to_string(i);
    for (int i = 0; i < 1'000; i += 2) map.erase(i);
    CHECK(map.size() == 500);
    CHECK(map.at(999) == "999");

    std::vector<char*> small;
    for (size_t bytes = 1; bytes <= 100; ++bytes) {
      small.push_back(static_cast<char*>(take_small(bytes)));
      std::memset(small.back(), static_cast<int>(bytes), bytes);
    }
    for (size_t bytes = 1; bytes <= 100; ++bytes) {
      char* const its = small[bytes - 1];
      CHECK(std::string(its, bytes) == std::string(bytes, static_cast<char>(bytes)));
      give_back_small(its, bytes);
    }
  }
}
