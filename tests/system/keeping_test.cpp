// keep_clients_on_crash: a worker that dies costs its own clients nothing either. They stay
// connected, lose, double and reorder nothing, and nobody sees them quit.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/client_group.h"
#include "tests/support/process_facts.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

using People = std::vector<LineClient*>;

ServerConfig keeping(int workers, const char* binary = BANTERD_BINARY) {
  ServerConfig config{.workers = workers, .binary = binary, .own_copy = true};
  config.more = R"(, "keep_clients_on_crash": true)";
  return config;
}

// People in one room who say numbers, and hear those of the others.
class Talk {
 public:
  explicit Talk(const ServerConfig& config, size_t count = 8)
      : server_(config), people_(group_.enter_many(count)) {}

  Server& server() { return server_; }
  ClientGroup& group() { return group_; }
  [[nodiscard]] const People& people() const { return people_; }

  void say(int lines) {
    for (int i = 0; i < lines; ++i) {
      for (LineClient* one : people_) one->say(std::to_string(said_));
      ++said_;
    }
  }
  // Everybody has heard all that everybody else said, once and in its order, and nothing else but
  // what begins with `allowed`.
  void check(std::string_view allowed = "! what you asked last may not have been done") {
    group_.settle(people_);
    for (LineClient* one : people_) {
      REQUIRE_FALSE(one->ended());
      std::vector<int> next(people_.size(), checked_);
      for (const std::string& line : one->heard()) {
        if (line.starts_with(allowed) || line.starts_with("! unknown command: /fence")) continue;
        CAPTURE(line);
        const auto speaker = std::ranges::find_if(people_, [&](const LineClient* other) {
          return line.starts_with("<" + other->guest_nick() + "> ");
        });
        REQUIRE(speaker != people_.end());
        int& expected = next[static_cast<size_t>(speaker - people_.begin())];
        REQUIRE(line == "<" + (*speaker)->guest_nick() + "> " + std::to_string(expected));
        ++expected;
      }
      for (size_t other = 0; other < people_.size(); ++other)
        CHECK(next[other] == (people_[other] == one ? checked_ : said_));
      one->forget();
    }
    checked_ = said_;
  }

 private:
  Server server_;
  ClientGroup group_{server_};
  People people_;
  int said_ = 0;
  int checked_ = 0;
};

}  // namespace

TEST_SUITE("system/keeping") {
  TEST_CASE("clients of workers that are killed, one, two and all at once, notice nothing") {
    Talk talk(keeping(3));
    for (int round = 0; round < 9; ++round) {
      const int victims = round % 3 + 1;
      std::vector<pid_t> before;
      for (int slot = 0; slot < victims; ++slot) before.push_back(talk.server().worker(slot));
      talk.say(5);
      for (int slot = 0; slot < victims; ++slot) talk.server().kill_worker(slot);
      talk.say(5);
      for (int slot = 0; slot < victims; ++slot)
        talk.server().wait_for_respawn(slot, before[static_cast<size_t>(slot)]);
      talk.say(5);
      talk.check();
    }
    CHECK(talk.server().count_in_log("worker is started again later") == 0);
    CHECK(talk.server().count_in_log("cannot go on") == 0);
  }

  TEST_CASE(
      "a worker that dies between its journal, its checkpoint and what follows costs nothing") {
    std::string fault;
    SUBCASE("before the checkpoint") { fault = "committed die"; }
    SUBCASE("behind it") { fault = "kept die"; }
    Talk talk(keeping(2, BANTERD_FAULTY_BINARY));
    Server& server = talk.server();
    const size_t spawned_before = server.spawned();
    constexpr size_t kRounds = 10;
    for (size_t round = 1; round <= kRounds; ++round) {
      server.inject(fault);
      talk.say(3);
      talk.check();
      // The fault has ended one worker, which was replaced, and nothing else has ended any.
      talk.group().wait_for([&] { return server.spawned() == spawned_before + round; },
                            "the next worker");
      CHECK(server.count_in_log("worker died") == round);
      CHECK(server.count_in_log("clients kept") == round);
    }
    CHECK(server.count_in_log("cannot go on") == 0);
  }

  TEST_CASE("a worker whose memory of its clients may not grow serves on, and says so") {
    Talk talk(keeping(2));
    constexpr rlimit kNoMore{.rlim_cur = 4096, .rlim_max = 4096};
    for (const pid_t worker : talk.server().workers())
      REQUIRE(prlimit(worker, RLIMIT_FSIZE, &kNoMore, nullptr) == 0);
    constexpr int kMostRounds = 200;
    for (int round = 0;
         round < kMostRounds && talk.server().count_in_log("clients are not kept") == 0; ++round) {
      talk.say(20);
      talk.check();
    }
    talk.server().wait_for_log("clients are not kept: no memory error=\"make room for a memory");
    talk.say(5);
    talk.check();
    CHECK(talk.server().count_in_log("worker died") == 0);
  }

  TEST_CASE("so does one that dies while it takes over its clients") {
    Talk talk(keeping(2, BANTERD_FAULTY_BINARY));
    for (int round = 0; round < 3; ++round) {
      talk.server().inject("recovering die");
      talk.say(3);
      talk.server().kill_worker(round % 2);
      talk.say(3);
      talk.check();
    }
  }

  TEST_CASE("a worker now and then that crashes while it takes over its clients costs nothing") {
    Talk talk(keeping(2, BANTERD_FAULTY_BINARY));
    // As many in a row as would give the clients up.
    for (int round = 0; round < 3; ++round) {
      const size_t spawned = talk.server().spawned();
      talk.server().inject("recovering abort");
      // With nothing under way that the crash could be due to.
      talk.check();
      talk.server().kill_worker(0);
      talk.say(3);
      talk.group().wait_for([&] { return talk.server().spawned() > spawned; }, "the next worker");
      talk.say(3);
      talk.check();
    }
    CHECK(talk.server().count_in_log("how=\"signal SIGABRT") == 3);
  }

  TEST_CASE("clients wait for as long as the master has no descriptors for their worker's pipes") {
    Talk talk(keeping(5));
    Server& server = talk.server();
    talk.say(3);
    talk.check();
    // Enough to start a worker, too few for four pipes.
    rlimit before{};
    REQUIRE(prlimit(server.master(), RLIMIT_NOFILE, nullptr, &before) == 0);
    rlimit few = before;
    few.rlim_cur = next_descriptor(server.master()) + 5;
    REQUIRE(prlimit(server.master(), RLIMIT_NOFILE, &few, nullptr) == 0);
    server.kill_worker(0);
    talk.group().wait_for(
        [&] { return server.count_in_log("cannot connect it with its peers") >= 2 * 4; },
        "the fourth try");
    REQUIRE(prlimit(server.master(), RLIMIT_NOFILE, &before, nullptr) == 0);
    talk.group().wait_for([&] { return server.count_in_log("clients kept") == 1; },
                          "a worker with pipes");
    talk.say(3);
    talk.check();
  }

  TEST_CASE("a line that its worker dies of is left out, and who sent it is told, ten times") {
    Talk talk(keeping(2, BANTERD_FAULTY_BINARY));
    LineClient& sender = *talk.people().front();
    talk.server().inject("poison crash");
    for (int round = 0; round < 10; ++round) {
      const size_t spawned = talk.server().spawned();
      talk.say(2);
      sender.say("poison");
      talk.say(2);
      talk.group().wait_for([&] { return talk.server().spawned() > spawned; }, "the next worker");
      const Lines told = sender.until(
          [](const std::string& line) { return line.starts_with("! what you asked last"); },
          "that the line was left out");
      // They are looked at below.
      static_cast<void>(told);
      for (LineClient* one : talk.people()) static_cast<void>(one->fence());
    }
    talk.group().settle(talk.people());
    CHECK(std::ranges::none_of(talk.people(), [](const LineClient* one) { return one->ended(); }));
    CHECK(talk.server().count_in_log("given up") == 0);
  }

  TEST_CASE("workers that are killed in a reload, and reloads while workers recover") {
    Talk talk(keeping(3));
    for (int round = 0; round < 6; ++round) {
      talk.say(3);
      if (round % 2 == 0) {
        talk.server().signal(SIGHUP);
        talk.server().kill_worker(round % 3);
      } else {
        talk.server().kill_worker(round % 3);
        talk.server().signal(SIGHUP);
      }
      talk.say(3);
      static_cast<void>(talk.server().wait_for_reload());
      talk.say(3);
      talk.check();
    }
    CHECK(talk.server().reload());
    talk.say(3);
    talk.check();
    // After the exec the copies are still there.
    talk.server().kill_worker(0);
    talk.say(3);
    talk.check();
  }

  TEST_CASE("a reload that turns it off loses nobody whose worker is down, done or given up") {
    std::string fault;
    SUBCASE("done") { fault = "nothing fail"; }
    SUBCASE("given up") { fault = "imported fail"; }
    ServerConfig off = keeping(2, BANTERD_FAULTY_BINARY);
    Talk talk(off);
    Server& server = talk.server();
    server.inject("recovering-0 crash");
    server.kill_worker(0);
    // A third death would be the last. Until it comes the slot is down, for a stand-in to fill.
    talk.group().wait_for([&] { return server.count_in_log("worker is started again later") == 2; },
                          "the second death");
    server.inject(fault);
    off.more.clear();
    server.configure(off);
    talk.say(3);
    CHECK(server.reload() == (fault == "nothing fail"));
    talk.say(3);
    talk.check();
  }

  TEST_CASE("from a reload on that turns it on, it is for all who are connected") {
    ServerConfig off = keeping(2);
    const std::string on = off.more;
    off.more.clear();
    Talk talk(off);
    talk.say(3);
    ServerConfig kept = off;
    kept.more = on;
    talk.server().configure(kept);
    CHECK(talk.server().reload());
    talk.server().wait_for_log("all clients are kept from now on");
    for (int slot = 0; slot < 2; ++slot) {
      const auto before = talk.server().workers();
      talk.server().kill_worker(slot);
      talk.say(3);
      talk.server().wait_for_respawn(slot, before[static_cast<size_t>(slot)]);
      talk.check();
    }
  }

  TEST_CASE("of who has quit, and has just closed his side too, nobody is told that he is lost") {
    Server server(keeping(1));
    ClientGroup group(server);
    LineClient& witness = group.enter("witness");
    LineClient& gone = group.enter("gone");
    gone.stay();
    gone.say("/quit");
    gone.until_end();
    witness.until("* gone quit");
    const pid_t before = server.worker(0);
    kill(before, SIGSTOP);
    gone.leave();
    server.kill_worker(0);
    server.wait_for_respawn(0, before);
    static_cast<void>(witness.fence());
    CHECK(server.count_in_log("warning worker 0") == 0);
  }

  TEST_CASE("who disconnects, whenever it is, is gone, and the master keeps no copy") {
    Server server(keeping(2));
    ClientGroup group(server);
    LineClient& witness = group.enter("witness");
    const size_t descriptors_before = descriptors(server.master());
    for (int round = 0; round < 6; ++round) {
      LineClient& gone = group.enter("gone" + std::to_string(round));
      const auto all = server.workers();
      if (round >= 2) server.kill_worker(round % 2);
      if (round == 0) gone.say("/quit");
      if (round == 1 || round == 3) gone.leave();
      if (round == 2) gone.end_input();
      if (round == 4) gone.reset();
      if (round == 5) gone.say("/quit");
      witness.until(
          [&](const std::string& line) {
            return line.starts_with("* gone" + std::to_string(round) + " quit");
          },
          "that he has gone");
      group.wait_for([&] { return gone.ended(); }, "the end of his connection");
      CHECK(server.loop().poll_until(
          [&] { return descriptors(server.master()) <= descriptors_before; }));
    }
  }
}

}  // namespace banterd::tests
