#include "worker/deadlines.h"

#include <doctest/doctest.h>
#include <sys/eventfd.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/uv/poll.h"

using namespace std::chrono_literals;
using banterd::base::Loop;
using banterd::base::Poll;
using banterd::base::Timer;
using banterd::base::UniqueFd;
using banterd::worker::Deadlines;

namespace {

// Deadlines keep a loop alive: run() returns when none is left.
struct Fixture {
  Loop loop;
  Deadlines deadlines{loop};
  std::string order;

  std::deque<std::function<void()>> callbacks;  // all that there ever were

  Deadlines::Id call_in(std::chrono::milliseconds delay, std::function<void()> callback) {
    callbacks.push_back(std::move(callback));
    return deadlines.add(delay, {callbacks.back(), [](const auto& its) { its(); }});
  }
  Deadlines::Id note(std::chrono::milliseconds delay, char name) {
    return call_in(delay, [this, name] { order += name; });
  }
};

}  // namespace

TEST_SUITE("worker/deadlines") {
  TEST_CASE_FIXTURE(Fixture, "they come in the order of their time, not of their adding") {
    note(20ms, 'c');
    note(0ms, 'a');
    note(10ms, 'b');
    note(20ms, 'd');
    CHECK(deadlines.size() == 4);
    loop.run();
    CHECK(order == "abcd");
    CHECK(deadlines.size() == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "none comes early, also when it was added late in an iteration") {
    const auto now = [] { return std::chrono::steady_clock::now(); };
    std::vector<std::chrono::nanoseconds> took;
    call_in(0ms, [&] {
      const auto begin = now();
      while (now() - begin < 5ms) {  // a long iteration
      }
      const auto added = now();
      for (const auto delay : {1ms, 5ms, 12ms}) {
        call_in(delay, [&, added, delay] { took.push_back(now() - added - delay); });
      }
    });
    loop.run();
    REQUIRE(took.size() == 3);
    // The loop counts whole milliseconds, of a clock that may be one behind.
    for (const auto late : took) CHECK(late > -2ms);
  }

  TEST_CASE_FIXTURE(Fixture, "adding never calls back at once, not even without delay") {
    note(0ms, 'a');
    CHECK(order.empty());
    loop.run();
    CHECK(order == "a");
  }

  TEST_CASE_FIXTURE(Fixture, "a cancelled one does not come, whether the earliest or not") {
    Deadlines::Id first = note(1ms, 'a');
    note(2ms, 'b');
    Deadlines::Id last = note(1h, 'c');
    CHECK(first != Deadlines::kNone);
    deadlines.cancel(first);
    deadlines.cancel(last);
    CHECK(first == Deadlines::kNone);
    CHECK(deadlines.size() == 1);
    loop.run();
    CHECK(order == "b");
  }

  TEST_CASE_FIXTURE(Fixture, "a loop with none left is not kept") {
    Deadlines::Id only = note(1h, 'a');
    deadlines.cancel(only);
    loop.run();
    CHECK(order.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "cancelling none, or one that has passed, does nothing") {
    Deadlines::Id none = Deadlines::kNone;
    deadlines.cancel(none);
    Deadlines::Id passed = note(0ms, 'a');
    loop.run();
    note(0ms, 'b');
    deadlines.cancel(passed);
    CHECK(passed == Deadlines::kNone);
    CHECK(deadlines.size() == 1);
    loop.run();
    CHECK(order == "ab");
  }

  TEST_CASE_FIXTURE(Fixture, "an earlier one added later comes first") {
    Deadlines::Id late = note(1h, 'z');
    call_in(1ms, [&] {
      order += 'a';
      deadlines.cancel(late);
    });
    loop.run();
    CHECK(order == "a");
  }

  TEST_CASE_FIXTURE(Fixture, "a callback may cancel others that are due with it, and itself") {
    std::vector<Deadlines::Id> ids(3);
    for (Deadlines::Id& id : ids) {
      id = call_in(1ms, [&] {
        order += 'x';
        for (Deadlines::Id& each : ids) deadlines.cancel(each);
      });
    }
    loop.run();
    CHECK(order == "x");
    CHECK(deadlines.size() == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "one that always adds another leaves the loop its turns") {
    bool stopped = false;
    int came = 0;
    Timer stop(loop, [&] { stopped = true; });
    stop.start(5ms);
    std::function<void()> again = [&] {
      ++came;
      if (!stopped) call_in(0ms, again);
    };
    again();
    loop.run();
    CHECK(stopped);
    CHECK(came > 1);
  }

  TEST_CASE_FIXTURE(Fixture, "those of far slots come in the order of their times") {
    note(200ms, 'd');
    note(130ms, 'b');
    note(131ms, 'c');
    note(70ms, 'a');
    note(200ms, 'e');
    loop.run();
    CHECK(order == "abcde");
  }

  TEST_CASE_FIXTURE(Fixture, "a delay of ages is known, and cancelled, like any other") {
    using namespace std::chrono;
    for (const auto delay : {milliseconds(1h * 24 * 365 * 1000), milliseconds::max()}) {
      Deadlines::Id id = call_in(delay, [&] { order += 'x'; });
      CHECK(deadlines.time_left(id) > 1h * 24 * 365 * 999);
      note(1ms, 'a');
      loop.poll();
      deadlines.cancel(id);
    }
    loop.run();
    CHECK(order == "aa");
  }

  TEST_CASE_FIXTURE(Fixture, "an id names its deadline only, also when its place is used again") {
    Deadlines::Id gone = note(1h, 'x');
    Deadlines::Id copy = gone;
    deadlines.cancel(gone);
    Deadlines::Id other = note(1h, 'y');
    deadlines.cancel(copy);
    CHECK(deadlines.size() == 1);
    CHECK(deadlines.time_left(other));
    deadlines.cancel(other);
    CHECK(deadlines.size() == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "who was due when a callback paused comes after it is resumed") {
    call_in(1ms, [&] { deadlines.pause(); });
    note(1ms, 'a');
    Timer resume(loop, [&] { deadlines.resume(); });
    resume.start(20ms);
    loop.run();
    CHECK(order == "a");
  }

  TEST_CASE_FIXTURE(Fixture, "who sent something while the process stood still is not late") {
    std::unique_ptr<Poll> input;
    input = *Poll::create(loop, UniqueFd(eventfd(0, 0)), [&](int) {
      order += 'i';
      input.reset();
    });
    input->watch(Poll::readable);
    note(1ms, 'a');
    eventfd_write(input->fd(), 1);
    std::this_thread::sleep_for(1ms + 2 * Deadlines::kStoodStill);  // as if by SIGSTOP
    loop.run();
    CHECK(order == "ia");
  }

  TEST_CASE_FIXTURE(Fixture, "a loop that is always late has deadlines all the same") {
    int turns = 0;
    Timer busy(loop, [&] {
      std::this_thread::sleep_for(2 * Deadlines::kStoodStill);
      if (++turns == 4) busy.stop();
    });
    busy.start(0ms, 1ms);
    call_in(1ms, [&] { order += std::to_string(turns); });
    loop.run();
    REQUIRE(order.size() == 1);
    CHECK(order < "4");
  }

  TEST_CASE_FIXTURE(Fixture, "thousands are kept apart") {
    std::vector<Deadlines::Id> ids;
    int came = 0;
    for (int i = 0; i < 5000; ++i) ids.push_back(call_in((i * 7 % 10) * 1ms, [&] { ++came; }));
    for (size_t i = 0; i < ids.size(); i += 2) deadlines.cancel(ids[i]);
    CHECK(deadlines.size() == 2500);
    loop.run();
    CHECK(came == 2500);
  }
}
