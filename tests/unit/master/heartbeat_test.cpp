#include "master/heartbeat.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using banterd::ipc::Slot;
using banterd::master::Heartbeat;
using Slots = std::vector<Slot>;

namespace {

// Ticks once per second from `from` to `to`, both included; gives all that were reported.
Slots tick_each_second(Heartbeat& heartbeat, std::chrono::seconds from, std::chrono::seconds to) {
  Slots reported;
  for (auto now = from; now <= to; now += 1s) {
    for (const Slot slot : heartbeat.tick(now)) reported.push_back(slot);
  }
  return reported;
}

}  // namespace

TEST_SUITE("master/heartbeat") {
  TEST_CASE("a worker that answers is never given up") {
    Heartbeat heartbeat(1s, 0s);
    for (auto now = 0s; now < 100s; now += 1s) {
      heartbeat.heard(3, now, 10s);
      CHECK(heartbeat.tick(now) == Slots{});
    }
  }

  TEST_CASE("a worker that is silent for longer than its limit is reported once") {
    Heartbeat heartbeat(1s, 0s);
    heartbeat.heard(0, 0s, 10s);
    heartbeat.heard(1, 5s, 10s);
    CHECK(tick_each_second(heartbeat, 0s, 10s) == Slots{});
    CHECK(heartbeat.tick(11s) == Slots{0});
    CHECK(tick_each_second(heartbeat, 12s, 15s) == Slots{});
    CHECK(heartbeat.tick(16s) == Slots{1});
    CHECK(tick_each_second(heartbeat, 17s, 60s) == Slots{});
  }

  TEST_CASE("a worker that is forgotten is not reported") {
    Heartbeat heartbeat(1s, 0s);
    heartbeat.heard(0, 0s, 10s);
    heartbeat.forget(0);
    CHECK(tick_each_second(heartbeat, 0s, 30s) == Slots{});
  }

  TEST_CASE("when the master itself was held up, everybody's time starts anew") {
    Heartbeat heartbeat(1s, 0s);
    heartbeat.heard(0, 0s, 10s);
    heartbeat.heard(1, 0s, 10s);
    CHECK(tick_each_second(heartbeat, 0s, 9s) == Slots{});
    // Stopped for a minute; both workers were, too.
    CHECK(heartbeat.tick(69s) == Slots{});
    heartbeat.heard(1, 70s, 10s);
    CHECK(tick_each_second(heartbeat, 70s, 79s) == Slots{});
    CHECK(tick_each_second(heartbeat, 80s, 80s) == Slots{0});
  }

  TEST_CASE("a tick that is late by less than one interval still counts") {
    Heartbeat heartbeat(1s, 0s);
    heartbeat.heard(0, 0s, 10s);
    Slots reported;
    for (std::chrono::milliseconds now = 0s; now <= 12s && reported.empty(); now += 1900ms)
      reported = heartbeat.tick(now);
    CHECK(reported == Slots{0});
  }

  TEST_CASE("held up before its very first tick, the master blames nobody either") {
    Heartbeat heartbeat(1s, 1'000'000s);
    heartbeat.heard(0, 1'000'000s, 10s);
    CHECK(heartbeat.tick(1'000'060s) == Slots{});
    CHECK(tick_each_second(heartbeat, 1'000'061s, 1'000'070s) == Slots{});
    CHECK(heartbeat.tick(1'000'071s) == Slots{0});
  }
}
