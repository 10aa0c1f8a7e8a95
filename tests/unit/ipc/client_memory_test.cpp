#include "ipc/client_memory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace banterd::ipc {

namespace {

struct Fixture {
  base::UniqueFd file{::memfd_create("test", MFD_CLOEXEC)};
  std::unique_ptr<ClientMemory> memory = open();

  [[nodiscard]] std::unique_ptr<ClientMemory> open() const {
    auto opened = ClientMemory::open(base::UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)));
    REQUIRE(opened.has_value());
    return *std::move(opened);
  }
  // As another process finds it.
  [[nodiscard]] std::vector<std::string> checkpoints() const {
    std::vector<std::string> all;
    const auto read = open()->replay([&](std::string_view changes) -> base::Result<void> {
      all.emplace_back(changes);
      return {};
    });
    REQUIRE(read.has_value());
    return all;
  }
  void receive(uint64_t connection, std::string_view bytes) const {
    const auto room = memory->offer(connection);
    REQUIRE(room.size() >= bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    memory->took(bytes.size());
  }
};

}  // namespace

TEST_SUITE("ipc/client_memory") {
  TEST_CASE_FIXTURE(Fixture, "an empty memory has no checkpoint, and takes a whole one first") {
    CHECK_FALSE(memory->has_checkpoint());
    CHECK_FALSE(memory->add("change"));
    REQUIRE(memory->replace("all"));
    CHECK(memory->add("one"));
    CHECK(memory->add(""));
    CHECK(memory->add("three"));
    CHECK(checkpoints() == std::vector<std::string>{"all", "one", "", "three"});
  }

  TEST_CASE_FIXTURE(Fixture, "a whole checkpoint replaces all before it") {
    for (int i = 0; i < 5; ++i) {
      REQUIRE(memory->replace("all " + std::to_string(i)));
      REQUIRE(memory->add("more " + std::to_string(i)));
      CHECK(checkpoints() ==
            std::vector<std::string>{"all " + std::to_string(i), "more " + std::to_string(i)});
    }
  }

  TEST_CASE_FIXTURE(Fixture, "an area that is full takes no more, and grows with what there is") {
    REQUIRE(memory->replace("small"));
    CHECK(memory->area_bytes() == ClientMemory::kLeastAreaBytes);
    const std::string change(300'000, 'c');
    int added = 0;
    while (memory->add(change)) ++added;
    CHECK(added == 3);
    const std::string large(3'000'000, 'l');
    REQUIRE(memory->replace(large));
    CHECK(memory->area_bytes() >= 4 * large.size());
    CHECK(checkpoints() == std::vector<std::string>{large});
    // And shrinks again, each of the two in its turn.
    REQUIRE(memory->replace("small"));
    CHECK(memory->area_bytes() == ClientMemory::kLeastAreaBytes);
    REQUIRE(memory->replace("again"));
    CHECK(memory->area_bytes() == ClientMemory::kLeastAreaBytes);
    CHECK(checkpoints() == std::vector<std::string>{"again"});
  }

  TEST_CASE_FIXTURE(Fixture, "what was read since the last checkpoint is found, in its order") {
    REQUIRE(memory->replace("all"));
    receive(7, "hello\n");
    receive(8, "x");
    receive(7, "you\n");
    const auto other = open();
    const auto inputs = other->input();
    REQUIRE(inputs.size() == 3);
    CHECK(inputs[0].connection == 7);
    CHECK(inputs[0].bytes == "hello\n");
    CHECK(inputs[1].connection == 8);
    CHECK(inputs[2].bytes == "you\n");
    CHECK_FALSE(inputs[2].under_way);
    CHECK(memory->add("they are in it"));
    CHECK(open()->input().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a read that was under way is told from those that were over") {
    REQUIRE(memory->replace("all"));
    receive(7, "hello\n");
    const auto room = memory->offer(8);
    std::memcpy(room.data(), "half", 4);
    const auto other = open();
    const auto inputs = other->input();
    REQUIRE(inputs.size() == 2);
    CHECK(inputs[1].connection == 8);
    CHECK(inputs[1].under_way);
    CHECK(inputs[1].bytes.starts_with("half"));
  }

  TEST_CASE_FIXTURE(Fixture, "what is being read is never taken for an entry of the pad") {
    REQUIRE(memory->replace("all"));
    receive(7, "hello\n");
    // As a client could send it: the head of an entry, of the next checkpoint.
    const char* const begin = memory->offer(8).data() - 3 * sizeof(uint64_t);
    const std::string head(begin, 3 * sizeof(uint64_t));
    std::memcpy(memory->offer(8).data(), head.data(), head.size());
    CHECK(open()->input().size() == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "numbers go on, whatever the size of the last checkpoint") {
    REQUIRE(memory->replace("all"));
    for (size_t size = 0; size <= 16; ++size) {
      REQUIRE(memory->add(std::string(size, 'c')));
      receive(1, "taken by it");
      memory = open();
      CHECK(memory->input().size() == 1);
      CHECK(checkpoints().size() == size + 2);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "the pad is bounded, and empty again after a checkpoint") {
    REQUIRE(memory->replace("all"));
    size_t most = 0;
    for (;;) {
      const auto room = memory->offer(1);
      if (room.empty()) break;
      most += room.size();
      memory->took(room.size());
      REQUIRE(most <= ClientMemory::kPadBytes);
    }
    CHECK(most > ClientMemory::kPadBytes * 9 / 10);
    size_t found = 0;
    const auto other = open();
    for (const auto& input : other->input()) found += input.bytes.size();
    CHECK(found == most);
    CHECK(memory->add("taken"));
    CHECK_FALSE(memory->offer(1).empty());
  }

  TEST_CASE_FIXTURE(Fixture, "what an earlier life had read is never taken for a later one's") {
    REQUIRE(memory->replace("all"));
    for (int i = 0; i < 20; ++i) {
      receive(1, "abc");
      receive(2, "def");
      if (i % 3 == 0) {
        memory->forget();
        memory = open();
        REQUIRE(memory->replace("all"));
      } else {
        REQUIRE(memory->add("more"));
      }
      CHECK(open()->input().empty());
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a damaged checkpoint is an error") {
    REQUIRE(memory->replace("all that there is"));
    REQUIRE(memory->add("a change"));
    char byte = 0;
    const off_t place = 4096 + static_cast<off_t>(ClientMemory::kPadBytes) + 26;
    REQUIRE(::pread(file.get(), &byte, 1, place) == 1);
    byte = static_cast<char>(byte ^ 1);
    REQUIRE(::pwrite(file.get(), &byte, 1, place) == 1);
    const auto read = open()->replay([](std::string_view) -> base::Result<void> { return {}; });
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == base::Errc::corrupt);
  }

  TEST_CASE("a memory that is none, or of another version, is refused") {
    const base::UniqueFd file(::memfd_create("test", MFD_CLOEXEC));
    const std::string other(64, 'x');
    REQUIRE(::write(file.get(), other.data(), other.size()) == 64);
    auto opened = ClientMemory::open(base::UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)));
    CHECK_FALSE(opened.has_value());
  }

  TEST_CASE_FIXTURE(Fixture, "the mark is there until it is cleared") {
    CHECK(memory->mark().connection == 0);
    memory->set_mark({7, 100});
    CHECK(open()->mark().connection == 7);
    CHECK(open()->mark().offset == 100);
    memory->clear_mark();
    CHECK(open()->mark().connection == 0);
  }
}

}  // namespace banterd::ipc
