#include "base/uv/timer.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

using namespace banterd::base;
using namespace std::chrono_literals;

TEST_SUITE("base/uv/timer") {
  TEST_CASE("a timer calls back once, not before its delay") {
    Loop loop;
    int calls = 0;
    Timer timer(loop, [&] { ++calls; });
    const uint64_t begin = uv_hrtime();
    timer.start(20ms);
    CHECK(timer.running());
    CHECK(calls == 0);
    loop.run();
    CHECK(calls == 1);
    CHECK_FALSE(timer.running());
    // The loop's clock counts whole milliseconds.
    CHECK(uv_hrtime() - begin >= 19'000'000);
  }

  TEST_CASE("a repeating timer goes on until it is stopped, also from its own callback") {
    Loop loop;
    int calls = 0;
    std::optional<Timer> timer;
    timer.emplace(loop, [&] {
      if (++calls == 3) timer->stop();
    });
    timer->start(1ms, 1ms);
    loop.run();
    CHECK(calls == 3);
  }

  TEST_CASE("a timer may be started again from its own callback") {
    Loop loop;
    int calls = 0;
    std::optional<Timer> timer;
    timer.emplace(loop, [&] {
      if (++calls < 3) timer->start(0ms);
    });
    timer->start(0ms);
    loop.run();
    CHECK(calls == 3);
  }

  TEST_CASE("starting a running timer moves it") {
    Loop loop;
    std::vector<int> order;
    Timer moved(loop, [&] { order.push_back(1); });
    Timer other(loop, [&] { order.push_back(2); });
    moved.start(0ms);
    other.start(5ms);
    moved.start(30ms);
    loop.run();
    CHECK(order == std::vector<int>{2, 1});
  }

  TEST_CASE("a timer that has gone calls nobody") {
    Loop loop;
    bool called = false;
    {
      Timer timer(loop, [&] { called = true; });
      timer.start(0ms);
    }
    loop.run();
    CHECK_FALSE(called);
  }

  TEST_CASE("a negative delay is none") {
    Loop loop;
    bool called = false;
    Timer timer(loop, [&] { called = true; });
    timer.start(-5ms);
    loop.run();
    CHECK(called);
  }
}
