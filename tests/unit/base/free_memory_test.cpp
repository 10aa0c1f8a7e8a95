#include "base/free_memory.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <vector>

#include "base/slab.h"
#include "tests/support/process_facts.h"

using banterd::base::FreeMemory;
using banterd::base::Slabs;
using banterd::tests::memory_bytes;

namespace {

using Blocks = std::vector<std::unique_ptr<char[]>>;

// In use: each of their pages is written.
Blocks many_blocks(size_t bytes) {
  constexpr size_t kBlock = 32 * 1024;  // mostly whole pages
  Blocks blocks;
  for (size_t i = 0; i < bytes / kBlock; ++i) {
    blocks.push_back(std::make_unique<char[]>(kBlock));
    std::memset(blocks.back().get(), 1, kBlock);
  }
  return blocks;
}

// Every second, so that no end of the heap is free.
void free_half(Blocks& blocks) {
  for (size_t i = 0; i < blocks.size(); i += 2) blocks[i].reset();
}

constexpr bool rests = true;
constexpr bool is_busy = false;

}  // namespace

TEST_SUITE("base/free_memory") {
  TEST_CASE("what is free in the middle of the heap is returned, once") {
    FreeMemory memory;
    static_cast<void>(memory.give_back(rests));
    Blocks blocks = many_blocks(2 * FreeMemory::kMuch);
    free_half(blocks);
    const size_t before = memory_bytes(::getpid());
    CHECK(memory.give_back(is_busy));
    CHECK(memory_bytes(::getpid()) + FreeMemory::kMuch / 2 < before);
    CHECK_FALSE(memory.give_back(is_busy));
    CHECK_FALSE(memory.give_back(rests));
  }

  TEST_CASE("what a busy process may need again it keeps until it rests") {
    FreeMemory memory;
    static_cast<void>(memory.give_back(rests));
    Blocks blocks = many_blocks(FreeMemory::kMuch / 2);
    free_half(blocks);
    CHECK_FALSE(memory.give_back(is_busy));
    CHECK(memory.give_back(rests));
    CHECK_FALSE(memory.give_back(rests));
  }

  TEST_CASE("slabs that are empty are kept until the process rests") {
    FreeMemory memory;
    static_cast<void>(memory.give_back(rests));
    Slabs slabs(8);
    slabs.give_back(slabs.take());
    CHECK_FALSE(memory.give_back(is_busy));
    CHECK(memory.give_back(rests));
    CHECK_FALSE(memory.give_back(rests));
  }

  TEST_CASE("memory that was used and freed between two calls is returned") {
    FreeMemory memory;
    Blocks kept;
    for (int i = 0; i < 2; ++i) {
      static_cast<void>(memory.give_back(rests));
      Blocks blocks = many_blocks(FreeMemory::kMuch / 2);
      kept.push_back(std::make_unique<char[]>(32 * 1024));  // the heap's end is not free
      blocks.clear();
      CHECK(memory.give_back(rests));
    }
  }
}
