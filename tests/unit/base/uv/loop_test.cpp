#include "base/uv/loop.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "base/uv/timer.h"

using namespace banterd::base;
using namespace std::chrono_literals;

TEST_SUITE("base/uv/loop") {
  TEST_CASE("a loop ends when nothing is left to wait for") {
    Loop loop;
    loop.run();
    CHECK(uv_loop_alive(loop.get()) == 0);
  }

  TEST_CASE("a loop that is stopped ends although something is waited for") {
    Loop loop;
    Timer late(loop, [] { FAIL("never reached"); });
    late.start(1h);
    Timer soon(loop, [&] { loop.stop(); });
    soon.start(0ms);
    loop.run();
    CHECK(late.running());
  }

  TEST_CASE("the clock does not go backward") {
    Loop loop;
    const uint64_t before = loop.now_ms();
    Timer timer(loop, [] {});
    timer.start(2ms);
    loop.run();
    CHECK(loop.now_ms() >= before + 2);
  }

  TEST_CASE("the end of an iteration comes before the loop waits and after what it waited for") {
    Loop loop;
    std::string order;
    const IterationEnd end(loop, [&] { order += 'e'; });
    std::optional<Timer> timer;
    timer.emplace(loop, [&] { order += 't'; });
    timer->start(0ms);
    loop.run();
    // Timers, then prepare, then the wait, then check (libuv design.rst).
    CHECK(order == "tee");
  }

  TEST_CASE("the end of an iteration keeps no loop alive, and is not told once it has gone") {
    Loop loop;
    int told = 0;
    std::optional<IterationEnd> end;
    end.emplace(loop, [&] { ++told; });
    loop.run();
    const int before = told;
    end.reset();
    Timer timer(loop, [] {});
    timer.start(0ms);
    loop.run();
    CHECK(told == before);
  }
}
