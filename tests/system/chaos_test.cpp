// G4 and G6 at random: people come, go, move, rename themselves and talk while workers die, and at
// the end all agree who is where.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

using People = std::vector<LineClient*>;

constexpr size_t kPeople = 24;
const std::vector<std::string> kRooms = {"#lobby", "#a", "#b", "#c", "#d", "#e"};

class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed), server_(config()), people_(entered()) {}

  void run(int steps, int steps_between_deaths) {
    for (int step = 1; step <= steps; ++step) {
      forget_who_left();
      if (people_.size() < kPeople && chance(3)) people_.push_back(&group_.connect());
      if (!people_.empty()) act(*people_[below(people_.size())], step);
      if (chance(4)) server_.loop().run_ready();
      if (step % steps_between_deaths == 0) kill_somebody();
    }
    // Who was with a worker that has just been killed may not know yet.
    const auto all_serve = [this] { return server_.spawned() == kWorkers + deaths_; };
    group_.wait_for(all_serve, "all slots to serve again");
    group_.wait_for([this] { return settles(); }, "the ends of lost connections");
    group_.settle(people_);
  }

  // What each member of a room answers to /who.
  void check_that_all_agree() {
    for (const std::string& room : kRooms) {
      std::set<std::string> answers;
      size_t members = 0;
      for (LineClient* one : people_) {
        one->forget();
        one->say("/who " + room);
        std::string answer;
        for (const std::string& line : one->fence()) answer += line;
        if (answer.starts_with("! you are not in ")) continue;
        ++members;
        answers.insert(answer);
      }
      CAPTURE(room);
      CHECK(answers.size() <= 1);
      for (const std::string& answer : answers) check_members(answer, members);
    }
  }

  [[nodiscard]] bool all_clean() const { return group_.all_clean(); }

 private:
  static constexpr size_t kWorkers = 4;

  static ServerConfig config() {
    ServerConfig config;
    config.workers = kWorkers;
    return config;
  }
  People entered() { return group_.enter_many(kPeople); }

  size_t below(size_t end) { return random_() % end; }
  bool chance(size_t one_in) { return below(one_in) == 0; }

  void act(LineClient& person, int step) {
    const std::string& room = kRooms[below(kRooms.size())];
    const std::string wanted_by_many = "n" + std::to_string(below(30));
    switch (below(12)) {
      case 0:
        return person.say("/join " + room);
      case 1:
        return person.say("/part " + room);
      case 2:
        return person.say("/nick " + wanted_by_many);
      case 3:
        return person.say("/nick u" + std::to_string(step));
      case 4:
        return person.say("/msg " + wanted_by_many + " psst");
      case 5:
        return person.say("/topic at " + std::to_string(step));
      case 6:
        return chance(4) ? person.leave() : person.say("/rooms");
      case 7:
        return person.say(chance(4) ? "/quit" : "/me waits");
      default:
        return person.say("line " + std::to_string(step));
    }
  }

  void kill_somebody() {
    const int slot = static_cast<int>(below(kWorkers));
    const pid_t before = server_.worker(slot);
    if (kill(before, SIGKILL) != 0) return;
    // Not counted twice: a slot may be killed again before it serves.
    server_.wait_for_respawn(slot, before);
    ++deaths_;
  }

  void forget_who_left() {
    std::erase_if(people_, [](const LineClient* one) { return one->ended(); });
  }

  // Asks everybody until nobody is found to be lost any more.
  bool settles() {
    forget_who_left();
    for (LineClient* one : people_) {
      if (one->fence_answered()) one->ask_fence();
    }
    return server_.loop().run_until([this] {
      return std::ranges::all_of(
          people_, [](const LineClient* one) { return one->ended() || one->fence_answered(); });
    });
  }

  // "* 3 people are in #a: anna bob carl"
  static void check_members(const std::string& answer, size_t members) {
    CAPTURE(answer);
    std::istringstream names(answer.substr(answer.find(": ") + 2));
    std::set<std::string> different;
    size_t count = 0;
    for (std::string name; names >> name;) {
      if (name == "*") continue;  // a list of several lines
      ++count;
      different.insert(name);
    }
    CHECK(count == members);
    CHECK(different.size() == members);
  }

  std::mt19937 random_;
  Server server_;
  ClientGroup group_{server_};
  size_t deaths_ = 0;
  People people_;
};

}  // namespace

TEST_SUITE("system/chaos") {
  TEST_CASE(
      "G4, G6: whatever people do while workers die, all agree who is where, under one nick each") {
    unsigned seed = 0;
    SUBCASE("one") { seed = 1; }
    SUBCASE("two") { seed = 2; }
    SUBCASE("three") { seed = 3; }
    Chaos chaos(seed);
    chaos.run(1000, 50);
    chaos.check_that_all_agree();
    CHECK(chaos.all_clean());
  }
}

}  // namespace banterd::tests
