// Connections that the master hands to workers who do not take them.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

}  // namespace

TEST_SUITE("system/handoff") {
  TEST_CASE("connections on their way to a worker that dies go to others, none is lost") {
    Server server;
    ClientGroup group(server);
    LineClient& witness = group.enter("witness");
    // It takes nothing any more, but is not known to hang yet.
    REQUIRE(kill(server.worker(1), SIGSTOP) == 0);
    std::vector<LineClient*> late;
    for (int i = 0; i < 30; ++i) late.push_back(&group.connect());
    const auto is_greeted = [](const LineClient* one) { return one->has_greeting(); };
    group.wait_for([&] { return std::ranges::count_if(late, is_greeted) >= 15; },
                   "those of the other workers");
    server.kill_worker(1);
    group.settle(late);
    witness.say("/who");
    witness.until([](const std::string& line) { return line.starts_with("* 31 people are in"); },
                  "31 people");
    for (LineClient* one : late) CHECK_FALSE(one->ended());
  }

  TEST_CASE(
      "a worker that hangs is killed after the heartbeat limit of 10 s, and its slot serves "
      "again") {
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(6);
    const pid_t hanging = server.worker(2);
    const auto begin = Clock::now();
    REQUIRE(kill(hanging, SIGSTOP) == 0);
    server.wait_for_respawn(2, hanging);
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    MESSAGE("a hanging worker was replaced after ", took.count(), " ms");
    CHECK(took >= milliseconds(8000));
    CHECK(took < milliseconds(15000));
    const auto ended = std::ranges::count_if(people, [](auto* one) { return one->ended(); });
    CHECK(ended == 2);
    LineClient& late = group.enter("late");
    late.say("/who");
    late.until([](const std::string& line) { return line.starts_with("* 5 people are in"); },
               "5 people");
  }
}

}  // namespace banterd::tests
