// G4: what survives deaths that come thick and fast, a worker that only seems dead, a command that
// its owner dies of, and damaged memory.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <random>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

using std::chrono::milliseconds;
using People = std::vector<LineClient*>;

constexpr int kRooms = 6;  // enough that each of the workers owns one, whatever the hash

std::string room(int number) { return "#r" + std::to_string(number % kRooms); }

Lines numbers(int from, int to) {
  Lines all;
  for (int i = from; i < to; ++i) all.push_back(std::to_string(i));
  return all;
}

// ---- deaths thick and fast ----

// Speaks without a pause while workers die: numbers, each in the room that follows from it.
class Battle {
 public:
  static constexpr int kSlots = 4;  // slot 0 is never killed: its people stay

  explicit Battle(unsigned seed) : random_(seed) {
    for (LineClient* one : first_) join_rooms(*one);
    group_.settle(first_);
    group_.start_afresh();
  }

  void run(int deaths) {
    for (int death = 1; death <= deaths; ++death) {
      talk(milliseconds(300));
      const int slot = any_slot();
      kill(slot);
      // Now and then another one at the same time.
      if (death % 4 == 0) kill(slot % (kSlots - 1) + 1);
      // In the place of those who are lost: somebody who listens and speaks from now on.
      LineClient& late = group_.connect();
      group_.wait_for([&] { return late.has_greeting() || late.ended(); }, "a greeting");
      if (!late.ended()) join_rooms(late);
    }
    wait_for_lives();
    group_.settle(survivors());
  }

  [[nodiscard]] People survivors() {
    People people;
    for (LineClient& one : group_.all()) {
      if (!one.ended()) people.push_back(&one);
    }
    return people;
  }
  // Who was here from the beginning, and is still.
  [[nodiscard]] People veterans() const {
    People people = first_;
    std::erase_if(people, [](const LineClient* one) { return one->ended(); });
    return people;
  }
  [[nodiscard]] People lost() {
    People people;
    for (LineClient& one : group_.all()) {
      if (one.ended()) people.push_back(&one);
    }
    return people;
  }
  // Who was settled before the first death; whoever comes later may be lost before anybody sees
  // him.
  [[nodiscard]] bool is_first(const LineClient* one) const {
    return std::find(first_.begin(), first_.end(), one) != first_.end();
  }
  [[nodiscard]] int said_by(LineClient* one) const { return said_.at(one); }
  [[nodiscard]] int deaths() const { return deaths_; }
  Server& server() { return server_; }

 private:
  static ServerConfig config() {
    ServerConfig config;
    config.workers = kSlots;
    return config;
  }
  void join_rooms(LineClient& one) {
    for (int number = 0; number < kRooms; ++number) one.say("/join " + room(number));
    said_[&one] = 0;
  }
  int any_slot() { return 1 + static_cast<int>(random_() % (kSlots - 1)); }

  void talk(milliseconds time) {
    constexpr milliseconds kPause{20};
    for (milliseconds spent{0}; spent < time; spent += kPause) {
      for (auto& [one, said] : said_) {
        if (one->ended()) continue;
        one->say("/join " + room(said));
        one->say(std::to_string(said++));
      }
      static_cast<void>(server_.loop().run_until([] { return false; }, kPause));
    }
  }
  // Of the worker that serves the slot now: one that dies before it is ready makes its slot wait.
  void kill(int slot) {
    if (before_.contains(slot)) server_.wait_for_respawn(slot, before_[slot]);
    before_[slot] = server_.worker(slot);
    server_.kill_worker(slot);
    ++deaths_;
  }
  void wait_for_lives() {
    for (const auto& [slot, pid] : before_) server_.wait_for_respawn(slot, pid);
  }

  std::mt19937 random_;
  Server server_{config()};
  ClientGroup group_{server_};
  const People first_ = group_.enter_many(3UL * kSlots);
  std::map<LineClient*, int> said_;
  std::map<int, pid_t> before_;  // by slot: whom we killed last
  int deaths_ = 0;
};

// ---- the journal of a worker ----

// The journal of that slot, which its worker has open.
base::UniqueFd journal_of(pid_t worker, int slot) {
  const std::string name = "/memfd:banterd-journal-" + std::to_string(slot);
  const std::string folder = "/proc/" + std::to_string(worker) + "/fd";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone).string().starts_with(name))
      return base::UniqueFd(::open(entry.path().c_str(), O_RDWR | O_CLOEXEC));
  }
  return {};
}

// docs/bus.md, "The journal".
constexpr off_t kActive = 16;
constexpr off_t kRings = 24;
constexpr off_t kHead = 56;
constexpr off_t kTail = 64;
constexpr off_t kMark = 88;

uint64_t field(const base::UniqueFd& journal, off_t place) {
  uint64_t value = 0;
  REQUIRE(::pread(journal.get(), &value, sizeof value, place) == sizeof value);
  return value;
}

void set_mark(const base::UniqueFd& journal, uint64_t connection, uint64_t line) {
  const uint64_t mark[] = {connection, line, 0};
  REQUIRE(::pwrite(journal.get(), mark, sizeof mark, kMark) == sizeof mark);
}

// Flips a bit of the first record in the ring that contains `text`.
void damage(const base::UniqueFd& journal, std::string_view text) {
  const off_t ring = kRings + static_cast<off_t>(16 * field(journal, kActive));
  const uint64_t begin = field(journal, ring);
  const uint64_t tail = field(journal, kTail);
  const uint64_t head = field(journal, kHead);
  REQUIRE(head <= field(journal, ring + 8));  // no lap is full yet
  std::string bytes(head - tail, '\0');
  const auto place = static_cast<off_t>(begin + tail);
  REQUIRE(::pread(journal.get(), bytes.data(), bytes.size(), place) ==
          static_cast<ssize_t>(bytes.size()));
  const size_t found = bytes.find(text);
  REQUIRE(found != std::string::npos);
  const char flipped = static_cast<char>(bytes[found] ^ 1);
  REQUIRE(::pwrite(journal.get(), &flipped, 1, place + static_cast<off_t>(found)) == 1);
}

}  // namespace

TEST_SUITE("system/recovery") {
  TEST_CASE("G4: workers die every 0.3 s, sometimes two at once: nothing is lost or told twice") {
    constexpr int kDeaths = 20;
    Battle battle(7);
    battle.run(kDeaths);
    CHECK(battle.deaths() == kDeaths + kDeaths / 4);
    CHECK(battle.server().count_in_log("worker died") == static_cast<size_t>(battle.deaths()));
    const People veterans = battle.veterans();
    REQUIRE(veterans.size() == 3);
    for (LineClient* listener : veterans) {
      CAPTURE(listener->guest_nick());
      for (LineClient* speaker : battle.survivors()) {
        if (speaker == listener) continue;
        CAPTURE(speaker->guest_nick());
        CHECK(texts_of(speaker->guest_nick(), listener->heard()) ==
              numbers(0, battle.said_by(speaker)));
      }
      for (LineClient* one : battle.lost()) {
        if (!one->has_greeting()) continue;
        CAPTURE(one->guest_nick());
        const std::string nick = one->guest_nick();
        const bool seen = battle.is_first(one) ||
                          !containing(listener->heard(), "* " + nick + " joined ").empty();
        CHECK(listener->count("* " + nick + " quit (connection lost)") == (seen ? 1 : 0));
        // A beginning of what he said.
        const Lines heard = texts_of(one->guest_nick(), listener->heard());
        CHECK(heard == numbers(0, static_cast<int>(heard.size())));
      }
    }
    // One order of each room for all who were there.
    for (int number = 0; number < kRooms; ++number) {
      const auto order = [&](LineClient* one) {
        Lines lines;
        for (const std::string& line : one->heard()) {
          const size_t begin = line.find('<');
          const size_t end = line.find("> ");
          if (begin == std::string::npos || end == std::string::npos) continue;
          if (std::ranges::any_of(veterans, [&](const LineClient* veteran) {
                return line.substr(begin + 1, end - begin - 1) == veteran->guest_nick();
              }))
            continue;  // each hears the other two of three
          if (std::stoi(line.substr(end + 2)) % kRooms == number)
            lines.push_back(line.substr(begin));
        }
        return lines;
      };
      const Lines first = order(veterans[0]);
      CHECK_FALSE(first.empty());
      CHECK(order(veterans[1]) == first);
      CHECK(order(veterans[2]) == first);
    }
  }

  TEST_CASE("a worker that stands still for three seconds does not die, and all arrives") {
    Server server;
    ClientGroup group(server);
    const People people = group.enter_many(6);
    const pid_t still = server.worker(1);
    for (LineClient* one : people) {
      for (int number = 0; number < kRooms; ++number) one->say("/join " + room(number));
    }
    group.settle(people);
    group.start_afresh();
    REQUIRE(kill(still, SIGSTOP) == 0);
    for (int i = 0; i < 3 * kRooms; ++i) {
      for (LineClient* one : people) {
        one->say("/join " + room(i));
        one->say(std::to_string(i));
      }
    }
    static_cast<void>(server.loop().run_until([] { return false; }, milliseconds(3000)));
    REQUIRE(kill(still, SIGCONT) == 0);
    group.settle(people);
    for (LineClient* listener : people) {
      for (LineClient* speaker : people) {
        if (speaker == listener) continue;
        CHECK(texts_of(speaker->guest_nick(), listener->heard()) == numbers(0, 3 * kRooms));
      }
    }
    CHECK(server.worker(1) == still);
    CHECK(server.count_in_log("worker died") == 0);
  }

  TEST_CASE("a line that its owner dies of is dropped, its sender told, and the room lives on") {
    ServerConfig config;
    config.workers = 2;
    Server server(config);
    ClientGroup group(server);
    const People people = group.enter_many(1);  // in slot 0
    LineClient& ann = *people.front();
    const uint64_t connection = std::stoull(ann.guest_nick().substr(sizeof "guest-" - 1));
    for (int number = 0; number < kRooms; ++number) ann.say("/join " + room(number));
    ann.fence();
    uint64_t line = 1 + kRooms;  // with the first she entered
    Lines told;
    for (int number = 0; number < kRooms && told.empty(); ++number) {
      CAPTURE(number);
      // When she has heard of somebody there, her worker has heard of that worker too.
      LineClient& probe = group.enter("probe" + std::to_string(number));
      probe.say("here");
      ann.expect("[#lobby] <probe" + std::to_string(number) + "> here");
      const pid_t before = server.worker(1);
      REQUIRE(kill(before, SIGSTOP) == 0);
      ann.say("/join " + room(number));
      ann.say("boom");
      // Only if slot 1 owns the room is this what it was deciding.
      set_mark(journal_of(before, 1), connection, ++line);
      REQUIRE(kill(before, SIGABRT) == 0);
      REQUIRE(kill(before, SIGCONT) == 0);
      server.wait_for_respawn(1, before);
      told = containing(ann.fence(), "! ");
      if (!told.empty())
        CHECK(told ==
              Lines{"! your line to " + room(number) + " was dropped: the server failed on it"});
    }
    CHECK(told.size() == 1);
    CHECK(server.count_in_log("ended while it decided a command") > 0);
    LineClient& bob = group.enter("bob");
    ann.say("/join #lobby");
    ann.fence();
    ann.say("still here");
    bob.expect("<" + ann.guest_nick() + "> still here");
  }

  TEST_CASE("a damaged record is noticed and logged, and those who live notice nothing") {
    ServerConfig config;
    config.workers = 2;
    Server server(config);
    ClientGroup group(server);
    const People people = group.enter_many(4);
    for (LineClient* one : people) {
      for (int number = 0; number < kRooms; ++number) one->say("/join " + room(number));
    }
    group.settle(people);
    group.start_afresh();
    const pid_t before = server.worker(1);
    REQUIRE(kill(before, SIGSTOP) == 0);
    damage(journal_of(before, 1), R"({"type":"seen")");
    server.kill_worker(1);
    server.wait_for_respawn(1, before);
    server.wait_for_log("a journal record is damaged");
    group.wait_for(
        [&] {
          return std::ranges::count_if(people,
                                       [](const LineClient* one) { return one->ended(); }) == 2;
        },
        "the end of the dead worker's connections");
    People left = people;
    std::erase_if(left, [](const LineClient* one) { return one->ended(); });
    for (int i = 0; i < kRooms; ++i) {
      for (LineClient* one : left) {
        one->say("/join " + room(i));
        one->say(std::to_string(i));
      }
    }
    group.settle(left);
    CHECK(texts_of(left[0]->guest_nick(), left[1]->heard()) == numbers(0, kRooms));
    CHECK(texts_of(left[1]->guest_nick(), left[0]->heard()) == numbers(0, kRooms));
  }
}

}  // namespace banterd::tests
