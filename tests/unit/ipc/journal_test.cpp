#include "ipc/journal.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "ipc/frame.h"

using namespace banterd;
using base::UniqueFd;
using ipc::Journal;

namespace {

constexpr size_t kSmallRing = 4096;  // the smallest there is

UniqueFd new_memory() {
  auto memory = Journal::create_memory("journal_test");
  REQUIRE(memory.has_value());
  return *std::move(memory);
}

UniqueFd same(const UniqueFd& memory) {
  return UniqueFd(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0));
}

std::string frame(std::string_view payload) {
  std::string out;
  ipc::append_frame(out, payload);
  return out;
}

std::string word(std::string_view& text) {
  const size_t end = std::min(text.find(' '), text.size());
  std::string first(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return first;
}

// What a worker would keep: objects with the texts said to them. Events: "new KEY", "say KEY TEXT",
// "hum KEY TEXT" (which leaves nothing behind), "gone KEY"; a snapshot is "state KEY" and one "more
// KEY TEXT" per text, each a frame of its own.
struct World {
  std::map<std::string, std::vector<std::string>> objects;
  bool operator==(const World&) const = default;

  void apply(std::string_view event) {
    const std::string verb = word(event);
    const std::string key = word(event);
    const bool creates = verb == "new" || verb == "state";
    // An impossible event would make any later comparison meaningless.
    if (verb == "new" && objects.count(key) == 1) FAIL("created twice: ", key);
    if (!creates && objects.count(key) == 0) FAIL("not created: ", key);
    if (creates) objects[key].clear();
    if (verb == "say" || verb == "more") objects[key].emplace_back(event);
    if (verb == "gone") objects.erase(key);
  }
  [[nodiscard]] std::string snapshot(std::string_view key) const {
    const auto found = objects.find(std::string(key));
    if (found == objects.end()) return {};
    std::string frames = frame("state " + found->first);
    for (const std::string& text : found->second)
      frames += frame("more " + found->first + " " + text);
    return frames;
  }
  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const auto& [key, texts] : objects) names.push_back(key);
    return names;
  }
};

// An owner with its journal.
struct Owner {
  World world;
  bool keeps_history = false;
  std::vector<World> history{World{}};  // after each position, of this incarnation
  uint64_t committed = 0;
  std::vector<std::string> restless;
  size_t snapshots = 0;
  size_t snapshot_bytes = 0;
  std::unique_ptr<Journal> journal;

  explicit Owner(UniqueFd memory, size_t ring_bytes = kSmallRing) {
    auto opened = Journal::open(std::move(memory), ring_bytes);
    REQUIRE(opened.has_value());
    journal = *std::move(opened);
  }
  Owner(Owner&&) = delete;

  size_t replay() {
    const size_t given = journal->replay_each([this](const Journal::Replayed& replayed) {
      if (replayed.applies) world.apply(replayed.payload);
    });
    return given;
  }
  void begin() {
    journal->begin(
        [this](std::string_view key) {
          ++snapshots;
          std::string frames = world.snapshot(key);
          snapshot_bytes += frames.size();
          return frames;
        },
        [this](uint64_t position) {
          if (position <= committed) FAIL("committed ", position, " after ", committed);
          committed = position;
        },
        quiet_keys(), restless);
  }
  [[nodiscard]] std::vector<std::string> quiet_keys() const {
    std::vector<std::string> keys = world.keys();
    std::erase_if(keys, [this](const std::string& key) {
      return std::find(restless.begin(), restless.end(), key) != restless.end();
    });
    return keys;
  }
  uint64_t append(const std::string& event) {
    world.apply(event);
    std::string_view rest = event;
    const std::string verb = word(rest);
    const uint64_t position = journal->append(
        word(rest), frame(event), {.removes = verb == "gone", .keeps_state = verb == "hum"});
    if (keeps_history) history.push_back(world);
    return position;
  }
  // One iteration of the loop for one event; everything stands everywhere at once.
  void add(const std::string& event) {
    const uint64_t position = append(event);
    journal->commit();
    journal->settle(position);
  }
};

World replayed(const UniqueFd& memory) {
  Owner owner(same(memory));
  owner.replay();
  return owner.world;
}

std::vector<std::string> payloads(const UniqueFd& memory) {
  std::vector<std::string> all;
  Owner owner(same(memory));
  const size_t given =
      owner.journal->replay([&](std::string_view payload) { all.emplace_back(payload); });
  CHECK(given == all.size());
  return all;
}

// An object that comes, is busy and goes again, over and over.
void make_busy(Owner& owner, const std::string& key, size_t bytes) {
  for (size_t done = 0; done < bytes; done += 300) {
    owner.add("new " + key);
    owner.add("hum " + key + " " + std::string(150, 'b'));
    owner.add("gone " + key);
  }
}

}  // namespace

TEST_SUITE("ipc/journal") {
  TEST_CASE("what was committed is given again, in order, to the next incarnation") {
    const UniqueFd memory = new_memory();
    {
      Owner owner(same(memory));
      CHECK(owner.journal->last_position() == 0);
      CHECK(owner.journal->next_position() == 1);
      owner.begin();
      CHECK(owner.append("new #a") == 1);
      CHECK(owner.append("say #a hello") == 2);
      CHECK(owner.journal->next_position() == 3);
      owner.journal->commit();
      CHECK(owner.committed == 2);
      owner.append("say #a never committed");
    }
    CHECK(payloads(memory) == std::vector<std::string>{"new #a", "say #a hello"});
    Owner next(same(memory));
    CHECK(next.replay() == 2);
    CHECK(next.journal->last_position() == 2);
    next.begin();
    CHECK(next.append("say #a again") == 3);
    next.journal->commit();
    CHECK(next.committed == 3);
    CHECK(payloads(memory).size() == 3);
  }

  TEST_CASE("nothing counts before commit, and committed is told once per commit") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.begin();
    owner.append("new #a");
    CHECK(owner.committed == 0);
    CHECK(owner.journal->uncommitted() == 1);
    CHECK(payloads(memory).empty());
    owner.append("say #a x");
    owner.journal->commit();
    CHECK(owner.committed == 2);
    CHECK(owner.journal->uncommitted() == 0);
    owner.journal->commit();  // the callback checks that the position has grown
    CHECK(owner.committed == 2);
  }

  TEST_CASE("the ring goes round without growing while the state stays small") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.begin();
    make_busy(owner, "#busy", 50 * kSmallRing);
    CHECK(owner.journal->capacity_bytes() == kSmallRing);
    CHECK(replayed(memory) == owner.world);
    CHECK(owner.journal->last_position() == owner.committed);
  }

  TEST_CASE("a busy object never overtakes a quiet one") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.begin();
    for (const char* key : {"#quiet", "#still", "#mute"}) {
      owner.add(std::string("new ") + key);
      owner.add(std::string("say ") + key + " remembered");
    }
    make_busy(owner, "#busy", 50 * kSmallRing);
    CHECK(owner.journal->capacity_bytes() == kSmallRing);
    CHECK(owner.world.objects.size() == 3);
    CHECK(replayed(memory) == owner.world);
  }

  TEST_CASE("an object that has not changed is copied, one that changes by itself is asked for") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.restless = {"#restless"};
    owner.world.apply("new #restless");
    owner.begin();
    owner.add("new #quiet");
    make_busy(owner, "#busy", 10 * kSmallRing);
    // One for the beginning, and about two in each lap.
    const size_t before = owner.snapshots;
    CHECK(before >= 1 + 10 + 1);
    CHECK(before <= 1 + 40 + 1);
    for (int i = 0; i < 5; ++i) owner.add("hum #quiet");
    owner.world.apply("say #restless something");
    make_busy(owner, "#busy", 2 * kSmallRing);
    CHECK(replayed(memory) == owner.world);
    owner.add("say #quiet something");
    make_busy(owner, "#busy", 2 * kSmallRing);
    CHECK(replayed(memory) == owner.world);
  }

  TEST_CASE("snapshots of much quiet state cost a bounded share of every commit") {
    const UniqueFd memory = new_memory();
    constexpr size_t kRing = 1024 * 1024;
    Owner owner(same(memory), kRing);
    owner.begin();
    for (int i = 0; i < 700; ++i) {
      owner.add("new #" + std::to_string(i));
      owner.add("say #" + std::to_string(i) + " " + std::string(200, 'q'));
    }
    size_t most = 0;
    size_t before = owner.snapshot_bytes;
    for (int i = 0; i < 20000; ++i) {
      owner.add("new #busy");
      owner.add("say #busy " + std::string(200, 'b'));
      owner.add("gone #busy");
      most = std::max(most, owner.snapshot_bytes - before);
      before = owner.snapshot_bytes;
    }
    CHECK(owner.journal->capacity_bytes() == kRing);
    CHECK(most < 3 * 8192);
    CHECK(replayed(memory) == owner.world);
  }

  TEST_CASE("the ring grows with the state and keeps everything") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.begin();
    for (int i = 0; i < 200; ++i) {
      owner.add("new #" + std::to_string(i));
      owner.add("say #" + std::to_string(i) + " " + std::string(100, 'g'));
    }
    for (int i = 0; i < 1000; ++i) owner.add("say #7 " + std::to_string(i));
    CHECK(owner.journal->capacity_bytes() >= 4 * 200 * 100);
    CHECK(owner.journal->capacity_bytes() <= 64 * 1024 * 16);
    CHECK(replayed(memory) == owner.world);
    make_busy(owner, "#busy", 4 * owner.journal->capacity_bytes());
    CHECK(replayed(memory) == owner.world);
  }

  TEST_CASE("the pages of outgrown rings are given back") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.begin();
    for (int i = 0; i < 200; ++i) owner.add("new #" + std::to_string(i) + std::string(200, 'k'));
    struct stat status;
    REQUIRE(::fstat(memory.get(), &status) == 0);
    CHECK(static_cast<size_t>(status.st_size) > owner.journal->capacity_bytes() + 2 * kSmallRing);
    CHECK(static_cast<size_t>(status.st_blocks) * 512 <=
          owner.journal->capacity_bytes() + 2 * 4096);
  }

  TEST_CASE("an entry larger than the ring makes it grow") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.begin();
    owner.add("new #a");
    owner.add("say #a " + std::string(5 * kSmallRing, 'l'));
    CHECK(owner.committed == 2);
    CHECK(owner.journal->capacity_bytes() >= 20 * kSmallRing);
    CHECK(replayed(memory) == owner.world);
  }

  TEST_CASE(
      "unsettled entries are never overtaken: commits wait, in order, until they are settled") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.begin();
    owner.add("new #a");
    std::vector<std::string> said;
    for (int i = 0; owner.journal->uncommitted() < 5; ++i) {
      const std::string event = "hum #a " + std::to_string(i) + std::string(100, 'u');
      if (owner.journal->uncommitted() == 0) said.push_back(event);
      owner.append(event);
      owner.journal->commit();
    }
    CHECK(owner.journal->capacity_bytes() == kSmallRing);
    const uint64_t stuck_at = owner.committed;
    said.pop_back();  // the first that found no room
    auto all = payloads(memory);
    std::erase_if(all, [](const std::string& payload) { return !payload.starts_with("hum"); });
    CHECK(all == said);

    // Room for a few of them, then for all.
    owner.journal->settle(stuck_at - said.size() + 3);
    owner.journal->commit();
    CHECK(owner.committed > stuck_at);
    CHECK(owner.journal->uncommitted() > 0);
    owner.journal->settle(owner.committed);
    owner.journal->commit();
    CHECK(owner.journal->uncommitted() == 0);
    CHECK(owner.committed == stuck_at + 5);
    CHECK(replayed(memory) == owner.world);
  }

  TEST_CASE("a snapshot never contains an entry that waits, which a crash takes back") {
    // Which snapshots are due, and find room, when something waits, depends on the place in the
    // ring.
    size_t waited = 0;
    for (int unsettled = 0; unsettled < 30; ++unsettled) {
      const UniqueFd memory = new_memory();
      Owner owner(same(memory));
      owner.keeps_history = true;
      owner.begin();
      owner.add("new #busy");
      std::vector<std::string> quiet;
      for (int i = 0; i < 8; ++i) {
        quiet.push_back("#quiet" + std::to_string(i));
        owner.add("new " + quiet.back());
        owner.add("hum #busy " + std::string(200, 'b'));
      }
      for (int i = 0; i < unsettled; ++i) {
        owner.append("hum #busy " + std::string(100, 'b'));
        owner.journal->commit();
      }
      owner.append("hum #busy " + std::string(100, 'b'));
      owner.append("hum #busy " + std::string(900, 'b'));
      for (const std::string& key : quiet) owner.append("say " + key + " q");
      owner.journal->commit();
      if (owner.journal->uncommitted() > 0) ++waited;
      CHECK(replayed(memory) == owner.history[owner.committed]);
    }
    CHECK(waited > 0);
  }

  TEST_CASE("entries of one commit may create, remove and create again") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.begin();
    owner.add("new #a");
    owner.append("say #a one");
    owner.append("gone #a");
    owner.append("new #a");
    owner.append("new #b");
    owner.append("gone #b");
    owner.append("say #a two");
    owner.journal->commit();
    owner.journal->settle(owner.committed);
    CHECK(replayed(memory) == owner.world);
    make_busy(owner, "#busy", 10 * kSmallRing);
    CHECK(replayed(memory) == owner.world);
    CHECK(owner.world.objects.at("#a") == std::vector<std::string>{"two"});
  }

  TEST_CASE("entries whose object's base was overtaken are given and marked") {
    const UniqueFd memory = new_memory();
    Owner owner(same(memory));
    owner.begin();
    owner.add("new #a");
    for (int i = 0; i < 15; ++i) owner.add("say #a " + std::string(100, 'x'));
    owner.append("gone #a");  // unsettled: its room is kept, that of the others is not
    owner.journal->commit();
    owner.append("new #b");
    owner.journal->commit();
    REQUIRE(payloads(memory).front() == "gone #a");
    Owner next(same(memory));
    bool met = false;
    next.journal->replay_each([&](const Journal::Replayed& given) {
      if (given.payload != "gone #a") return;
      met = true;
      CHECK_FALSE(given.applies);
      CHECK_FALSE(given.is_snapshot);
      CHECK(given.position == 17);
    });
    CHECK(met);
  }

  TEST_CASE("a later incarnation keeps what is unsettled and every base") {
    const UniqueFd memory = new_memory();
    uint64_t unsettled = 0;
    {
      Owner owner(same(memory));
      owner.begin();
      owner.add("new #quiet");
      owner.add("say #quiet remembered");
      make_busy(owner, "#busy", 3 * kSmallRing);
      unsettled = owner.append("say #quiet unsettled");
      owner.journal->commit();
    }
    for (int incarnation = 0; incarnation < 5; ++incarnation) {
      Owner owner(same(memory));
      owner.replay();
      CHECK(owner.journal->settled_position() == unsettled - 1);
      owner.begin();
      for (int i = 0; i < 3; ++i) {
        owner.append("new #b");
        owner.append("gone #b");
      }
      owner.journal->commit();
      CHECK(owner.journal->uncommitted() == 0);
      const auto all = payloads(memory);
      CHECK(std::count(all.begin(), all.end(), "say #quiet unsettled") == 1);
      CHECK(replayed(memory) == owner.world);
    }
    Owner last(same(memory));
    last.replay();
    last.begin();
    last.journal->settle(last.journal->last_position());
    make_busy(last, "#busy", 20 * kSmallRing);
    CHECK(last.journal->capacity_bytes() == kSmallRing);
    CHECK(replayed(memory) == last.world);
  }

  TEST_CASE("the last position outlives its entry") {
    const UniqueFd memory = new_memory();
    uint64_t last = 0;
    {
      Owner owner(same(memory));
      owner.begin();
      make_busy(owner, "#a", 3 * kSmallRing);
      last = owner.committed;
      owner.journal->commit();  // nothing is alive or unsettled: the tail reaches the head
    }
    CHECK(payloads(memory).empty());
    CHECK(Owner(same(memory)).journal->last_position() == last);
    CHECK(Owner(same(memory)).journal->next_position() == last + 1);
  }

  TEST_CASE("an object without a base is snapshotted when writing begins") {
    const UniqueFd memory = new_memory();
    {
      Owner owner(same(memory));
      owner.world.apply("new #given");
      owner.world.apply("say #given elsewhere");
      owner.begin();
      CHECK(owner.snapshots == 1);
    }
    CHECK(payloads(memory) == std::vector<std::string>{"state #given", "more #given elsewhere"});
  }

  TEST_CASE("the command that was being decided is known to the next incarnation") {
    const UniqueFd memory = new_memory();
    const ipc::CommandMark command{.connection = 7, .line = 8, .step = 9};
    {
      Owner owner(same(memory));
      CHECK(owner.journal->interrupted() == ipc::CommandMark{});
      owner.journal->mark({1, 2, 3});
      owner.journal->clear_mark();
      CHECK(Owner(same(memory)).journal->interrupted() == ipc::CommandMark{});
      owner.journal->mark(command);
    }
    Owner next(same(memory));
    CHECK(next.journal->interrupted() == command);
    next.journal->clear_mark();
    CHECK(next.journal->interrupted() == command);  // still what it was when this one began
  }

  TEST_CASE("doomed commands are kept through all lives, until they are spared") {
    const UniqueFd memory = new_memory();
    const auto numbers = [&] {
      std::vector<uint64_t> lines;
      for (const ipc::CommandMark& mark : Owner(same(memory)).journal->doomed())
        lines.push_back(mark.line);
      return lines;
    };
    CHECK(numbers().empty());
    for (uint64_t line = 1; line <= 3; ++line) Owner(same(memory)).journal->doom({7, line, 0});
    Owner(same(memory)).journal->doom({7, 2, 0});
    CHECK(numbers() == std::vector<uint64_t>{1, 2, 3});
    Owner(same(memory)).journal->spare({7, 2, 0});
    CHECK(numbers() == std::vector<uint64_t>{1, 3});
    // More than there is room for: the oldest are forgotten.
    for (uint64_t line = 10; line < 50; ++line) Owner(same(memory)).journal->doom({7, line, 0});
    const auto left = numbers();
    REQUIRE(left.size() == ipc::JournalMemory::kMaxDoomed);
    CHECK(left.front() == 50 - ipc::JournalMemory::kMaxDoomed);
    CHECK(left.back() == 49);
    CHECK(std::is_sorted(left.begin(), left.end()));
  }

  TEST_CASE("a kill within a store loses no doomed command but that one") {
    for (uint64_t bytes = 0; bytes < 300; bytes += 8) {
      const UniqueFd memory = new_memory();
      {
        Owner owner(same(memory));
        for (uint64_t line = 1; line <= 4; ++line) owner.journal->doom({7, line, 0});
        owner.journal->spare({7, 2, 0});
        owner.journal->stop_memory_after(bytes);
        owner.journal->doom({7, 5, 0});
      }
      const auto left = Owner(same(memory)).journal->doomed();
      for (const uint64_t line : {1U, 3U, 4U})
        CHECK(std::count(left.begin(), left.end(), ipc::CommandMark{7, line, 0}) == 1);
      for (const ipc::CommandMark& mark : left) CHECK(mark.line != 2);
    }
  }

  TEST_CASE("the base that an unsettled entry needs stays, in every life, until it is settled") {
    const UniqueFd memory = new_memory();
    const auto has_base = [&] {
      const auto all = payloads(memory);
      return std::count(all.begin(), all.end(), "say #quiet remembered") > 0;
    };
    {
      Owner owner(same(memory));
      owner.begin();
      owner.add("new #quiet");
      owner.add("say #quiet remembered");
      owner.world.apply("hum #quiet x");
      owner.journal->append("#quiet", frame("hum #quiet x"), {.needs_state = true});
      owner.journal->commit();
      // New bases come, and no room is made by giving up the old one.
      while (owner.journal->uncommitted() == 0) {
        owner.append("new #busy");
        owner.append("gone #busy");
        owner.journal->commit();
      }
      CHECK(owner.snapshots > 0);
      CHECK(has_base());
    }
    Owner next(same(memory));
    next.replay();
    next.begin();
    next.journal->commit();
    CHECK(has_base());
    next.journal->settle(next.journal->last_position());
    make_busy(next, "#more", 4 * kSmallRing);
    CHECK_FALSE(has_base());
    CHECK(replayed(memory) == next.world);
  }

  TEST_CASE("a flipped bit in a frame costs that frame alone") {
    const UniqueFd memory = new_memory();
    {
      Owner owner(same(memory), 64 * 1024);
      owner.begin();
      owner.add("new #a");
      for (int i = 0; i < 9; ++i) owner.add("say #a text" + std::to_string(i));
    }
    const auto before = payloads(memory);
    REQUIRE(before.size() == 10);
    std::string bytes(8192, '\0');
    REQUIRE(::pread(memory.get(), bytes.data(), bytes.size(), 0) == 8192);
    const size_t place = bytes.find("text4");
    REQUIRE(place != std::string::npos);
    REQUIRE(::pwrite(memory.get(), "T", 1, static_cast<off_t>(place)) == 1);
    auto expected = before;
    expected.erase(expected.begin() + 5);
    CHECK(payloads(memory) == expected);
    CHECK(Owner(same(memory)).journal->last_position() == 10);
  }

  TEST_CASE("any single damaged byte of the ring costs one record, and never a crash") {
    const UniqueFd memory = new_memory();
    {
      Owner owner(same(memory));
      owner.begin();
      owner.add("new #a");
      owner.add("say #a one");
      owner.add("new #b");
      make_busy(owner, "#busy", 2 * kSmallRing);
      owner.add("say #b two");
    }
    const size_t whole = payloads(memory).size();
    REQUIRE(whole > 3);
    for (off_t place = 4096; place < static_cast<off_t>(4096 + kSmallRing); ++place) {
      char byte = 0;
      REQUIRE(::pread(memory.get(), &byte, 1, place) == 1);
      const char flipped = static_cast<char>(byte ^ 0x5a);
      REQUIRE(::pwrite(memory.get(), &flipped, 1, place) == 1);
      const size_t left = payloads(memory).size();
      CHECK(left >= whole - 2);  // a snapshot is two frames here
      CHECK(left <= whole);
      REQUIRE(::pwrite(memory.get(), &byte, 1, place) == 1);
    }
  }

  TEST_CASE("memory that is no journal is refused") {
    const UniqueFd memory = new_memory();
    Owner(same(memory)).begin();
    const auto opens = [&](off_t place, uint64_t value) {
      uint64_t before = 0;
      REQUIRE(::pread(memory.get(), &before, sizeof before, place) == sizeof before);
      REQUIRE(::pwrite(memory.get(), &value, sizeof value, place) == sizeof value);
      const auto opened = Journal::open(same(memory), kSmallRing);
      REQUIRE(::pwrite(memory.get(), &before, sizeof before, place) == sizeof before);
      return opened.has_value() ? std::optional<base::Errc>() : opened.error().code;
    };
    CHECK(opens(0, 0x1234567890) == base::Errc::corrupt);  // magic
    CHECK(opens(8, 2) == base::Errc::corrupt);             // version
    CHECK(opens(16, 2) == base::Errc::corrupt);            // active ring
    CHECK(opens(24, 8192) == base::Errc::corrupt);         // base
    CHECK(opens(32, 1 << 30) == base::Errc::corrupt);      // capacity
    CHECK(opens(56, 8192) == base::Errc::corrupt);         // head
    CHECK(opens(64, 32) == base::Errc::corrupt);           // tail
    CHECK(opens(72, 0) == std::nullopt);
  }

  TEST_CASE("memory whose formatting was cut short is formatted anew") {
    const UniqueFd memory = new_memory();
    REQUIRE(::ftruncate(memory.get(), 100) == 0);
    {
      Owner owner(same(memory));
      owner.begin();
      owner.add("new #a");
    }
    CHECK(payloads(memory) == std::vector<std::string>{"new #a"});
  }

  // Kills an owner at every byte that it stores and checks that the next finds exactly the state
  // after some position, none below what was told as committed. The story makes the ring go round,
  // renew snapshots and grow.
  TEST_CASE("a journal killed at any byte of a write replays to a prefix") {
    base::log_setup("test", base::LogLevel::error, base::LogFormat::text);
    constexpr int kTurns = 45;
    const auto tell = [](Owner& owner, int turn) {
      const std::string key = "#" + std::to_string(turn % 4);
      if (owner.world.objects.count(key) == 0) owner.append("new " + key);
      const std::string verb = turn % 3 == 0 ? "say " : "hum ";
      owner.append(verb + key + " " + std::string(90 + static_cast<size_t>(turn), 's'));
      if (turn % 11 == 3) owner.append("gone " + key);
      if (turn % 3 != 0) return;
      owner.journal->commit();
      if (owner.committed > 4) owner.journal->settle(owner.committed - 4);
    };
    Owner undisturbed(new_memory());
    undisturbed.keeps_history = true;
    undisturbed.begin();
    for (int turn = 0; turn < kTurns; ++turn) tell(undisturbed, turn);
    CHECK(undisturbed.journal->capacity_bytes() > kSmallRing);
    CHECK(undisturbed.snapshots > 3);
    const std::vector<World>& history = undisturbed.history;

    bool complete = false;
    // After the first laps in steps of five, which still meets every store of eight bytes and every
    // byte of a header.
    for (uint64_t bytes = 0; !complete; bytes += bytes < 2500 ? 1 : 5) {
      CAPTURE(bytes);
      const UniqueFd memory = new_memory();
      uint64_t told = 0;
      {
        Owner owner(same(memory));
        owner.begin();
        owner.journal->stop_memory_after(bytes);
        for (int turn = 0; turn < kTurns && !owner.journal->memory_stopped(); ++turn) {
          told = owner.committed;
          tell(owner, turn);
        }
        complete = !owner.journal->memory_stopped();
      }
      Owner next(same(memory));
      next.replay();
      const uint64_t last = next.journal->last_position();
      REQUIRE(last >= told);
      REQUIRE(last < history.size());
      REQUIRE(next.world == history[last]);
      if (bytes % 15 != 0) continue;
      // And it can go on from there.
      next.begin();
      next.add(next.world.objects.count("#0") == 0 ? "new #0" : "say #0 more");
      REQUIRE(replayed(memory) == next.world);
    }
  }
}
