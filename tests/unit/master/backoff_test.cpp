#include "master/backoff.h"

#include <doctest/doctest.h>

#include <vector>

using namespace std::chrono_literals;
using banterd::master::Backoff;

namespace {
constexpr Backoff::Death kAtStart{
    .lived = 5ms, .became_ready = false, .killed_from_outside = false};
constexpr Backoff::Death kAfterAWhile{
    .lived = 60s, .became_ready = true, .killed_from_outside = false};
}  // namespace

TEST_SUITE("master/backoff") {
  TEST_CASE("a worker that had been serving for a while is replaced at once") {
    Backoff backoff;
    CHECK(backoff.after(kAfterAWhile) == 0ms);
    CHECK(backoff.failures() == 0);
    CHECK(backoff.wait() == 0ms);
  }

  TEST_CASE("each failure at the start doubles the wait, up to 30 seconds") {
    Backoff backoff;
    std::vector<std::chrono::milliseconds> waits;
    for (int i = 0; i < 11; ++i) waits.push_back(backoff.after(kAtStart));
    CHECK(waits == std::vector<std::chrono::milliseconds>{100ms, 200ms, 400ms, 800ms, 1600ms,
                                                          3200ms, 6400ms, 12800ms, 25600ms, 30000ms,
                                                          30000ms});
    for (int i = 0; i < 100; ++i) CHECK(backoff.after(kAtStart) == 30s);
  }

  TEST_CASE("a death soon after becoming ready is a failure too") {
    Backoff backoff;
    CHECK(backoff.after({.lived = 9s, .became_ready = true}) == 100ms);
    CHECK(backoff.after({.lived = 9s, .became_ready = true}) == 200ms);
  }

  TEST_CASE("a worker that never became ready failed, however long it took") {
    Backoff backoff;
    CHECK(backoff.after({.lived = 11s, .became_ready = false}) == 100ms);
    CHECK(backoff.failures() == 1);
  }

  TEST_CASE("a worker that served for a while wipes out earlier failures") {
    Backoff backoff;
    for (int i = 0; i < 5; ++i) static_cast<void>(backoff.after(kAtStart));
    CHECK(backoff.after(kAfterAWhile) == 0ms);
    CHECK(backoff.after(kAtStart) == 100ms);
  }

  TEST_CASE("one whose clients wait is followed at once, but not for ever") {
    constexpr Backoff::Death kWithClients{
        .lived = 20ms, .became_ready = true, .killed_from_outside = false, .keeps_clients = true};
    Backoff backoff;
    for (unsigned i = 0; i < Backoff::kHurries; ++i) CHECK(backoff.after(kWithClients) == 0ms);
    CHECK(backoff.after(kWithClients) == 100ms);
    CHECK(backoff.after(kWithClients) == 200ms);
    CHECK(backoff.after(kAfterAWhile) == 0ms);
    CHECK(backoff.after(kWithClients) == 0ms);
    CHECK(backoff.after({.lived = 5ms, .became_ready = false, .keeps_clients = true}) == 100ms);
  }

  TEST_CASE("a SIGKILL from outside is no failure of the worker") {
    Backoff backoff;
    CHECK(backoff.after({.lived = 1s, .became_ready = true, .killed_from_outside = true}) == 0ms);
    CHECK(backoff.failures() == 0);
    static_cast<void>(backoff.after(kAtStart));
    CHECK(backoff.after({.lived = 1s, .became_ready = true, .killed_from_outside = true}) == 0ms);
    CHECK(backoff.failures() == 1);
  }

  TEST_CASE("a SIGKILL from outside before the worker was ready still costs a pause") {
    Backoff backoff;
    for (int i = 0; i < 10; ++i) {
      CHECK(backoff.after({.lived = 1ms, .became_ready = false, .killed_from_outside = true}) ==
            100ms);
    }
    CHECK(backoff.failures() == 0);
  }
}
