// G4 and G6 at random: people come, go, move, rename themselves and talk while workers die, and at
// the end all agree who is where.
#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
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
    settle();
  }

  // Those who left may have said a lot before, which is taken first: agreement comes soon, not now.
  void check_that_all_agree() {
    for (const std::string& room : kRooms) {
      CAPTURE(room);
      const bool agree = server_.loop().poll_until([&] { return agree_on(who_is_in(room)); });
      INFO(who_is_in(room));
      CHECK(agree);
    }
  }

  [[nodiscard]] bool all_clean() const { return group_.all_clean(); }

 private:
  static constexpr int kWorkers = 4;

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
    server_.kill_worker(slot);
    server_.wait_for_respawn(slot, before);
  }

  void forget_who_left() {
    std::erase_if(people_, [](const LineClient* one) { return one->ended(); });
  }

  // Some still quit, or do not know yet that their worker was killed: only others get answers.
  void settle() {
    for (LineClient* one : people_) one->ask_fence();
    group_.wait_for(
        [this] {
          return std::ranges::all_of(
              people_, [](const LineClient* one) { return one->ended() || one->fence_answered(); });
        },
        "answers or ends");
    forget_who_left();
    group_.settle(people_);
  }

  // What each member of the room is told of who is there: "* 3 people are in #a: anna bob carl".
  Lines who_is_in(const std::string& room) {
    Lines answers;
    for (LineClient* one : people_) {
      one->forget();
      one->say("/who " + room);
      const Lines answer = containing(one->fence(), " in " + room + ": ");
      if (!answer.empty()) answers.push_back(answer.front());
    }
    return answers;
  }

  // All say the same, each member is in it once, and nobody else is.
  static bool agree_on(const Lines& answers) {
    if (answers.empty()) return true;
    const std::string& first = answers.front();
    std::istringstream names(first.substr(first.find(": ") + 2));
    const Lines all{std::istream_iterator<std::string>(names), {}};
    const std::set<std::string> different(all.begin(), all.end());
    return all.size() == answers.size() && different.size() == answers.size() &&
           std::ranges::count(answers, first) == static_cast<ptrdiff_t>(answers.size());
  }

  std::mt19937 random_;
  Server server_;
  ClientGroup group_{server_};
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
