#include "base/free_memory.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "tests/support/process_facts.h"

using banterd::base::FreeMemory;
using banterd::tests::memory_bytes;

namespace {

using Blocks = std::vector<std::unique_ptr<char[]>>;

// The memory that others have left is used first, so that what is freed then is known.
Blocks many_blocks(size_t bytes, FreeMemory& memory) {
  constexpr size_t kBlock = 32 * 1024;  // mostly whole pages
  Blocks blocks;
  for (size_t i = 0; i < bytes / kBlock; ++i) blocks.push_back(std::make_unique<char[]>(kBlock));
  static_cast<void>(memory.give_back());
  return blocks;
}

// Every second, so that no end of the heap is free.
void free_half(Blocks& blocks) {
  for (size_t i = 0; i < blocks.size(); i += 2) blocks[i].reset();
}

}  // namespace

TEST_SUITE("base/free_memory") {
  TEST_CASE("what is free in the middle of the heap is returned, once") {
    FreeMemory memory;
    Blocks blocks = many_blocks(32 * FreeMemory::kMuch, memory);
    free_half(blocks);
    const size_t before = memory_bytes(::getpid());
    CHECK(memory.give_back());
    CHECK(memory_bytes(::getpid()) + 8 * FreeMemory::kMuch < before);
    CHECK_FALSE(memory.give_back());
  }

  TEST_CASE("some is returned once no more comes and goes, a little never") {
    FreeMemory memory;
    Blocks blocks = many_blocks(FreeMemory::kMuch, memory);
    while (memory.give_back()) continue;
    free_half(blocks);
    CHECK_FALSE(memory.give_back());
    CHECK(memory.give_back());
    CHECK_FALSE(memory.give_back());
    blocks[1].reset();
    CHECK_FALSE(memory.give_back());
    CHECK_FALSE(memory.give_back());
  }

  TEST_CASE("memory that was used again counts anew when it is free again") {
    FreeMemory memory;
    for (int i = 0; i < 2; ++i) {
      Blocks blocks = many_blocks(16 * FreeMemory::kMuch, memory);
      free_half(blocks);
      CHECK(memory.give_back());
    }
  }
}
