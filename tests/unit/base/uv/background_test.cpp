#include "base/uv/background.h"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>

using namespace banterd::base;

TEST_SUITE("base/uv/background") {
  TEST_CASE("work is done on another thread, and what follows in the loop's") {
    Loop loop;
    Background background(loop);
    const std::thread::id here = std::this_thread::get_id();
    std::atomic<std::thread::id> worked_in;
    std::optional<std::thread::id> followed_in;
    background.run([&] { worked_in = std::this_thread::get_id(); },
                   [&](bool) { followed_in = std::this_thread::get_id(); });
    // Nothing follows before the loop runs, however soon the work is done.
    CHECK_FALSE(followed_in.has_value());
    loop.run();
    CHECK(worked_in.load() != std::thread::id());
    CHECK(worked_in.load() != here);
    CHECK(followed_in == here);
  }

  TEST_CASE("pieces are done one at a time, in their order") {
    Loop loop;
    Background background(loop);
    std::atomic<int> at_once = 0;
    std::atomic<bool> overlapped = false;
    std::string order;
    for (int piece = 0; piece < 10; ++piece) {
      background.run(
          [&] {
            if (++at_once > 1) overlapped = true;
            std::this_thread::yield();
            --at_once;
          },
          [&order, piece](bool) { order += std::to_string(piece); });
    }
    loop.run();
    CHECK(order == "0123456789");
    CHECK_FALSE(overlapped);
  }

  TEST_CASE("what has not begun is dropped, and told so") {
    Loop loop;
    Background background(loop);
    std::promise<void> go_on;
    std::string told;
    bool worked = false;
    const auto tell = [&](bool done) { told += done ? "done " : "dropped "; };
    background.run([&] { go_on.get_future().wait(); }, tell);
    for (int piece = 0; piece < 2; ++piece) background.run([&] { worked = true; }, tell);
    background.drop_waiting();
    CHECK(told == "dropped dropped ");
    go_on.set_value();
    loop.run();
    CHECK(told == "dropped dropped done ");
    CHECK_FALSE(worked);
  }

  TEST_CASE("the loop goes on while work is done") {
    Loop loop;
    Background background(loop);
    std::promise<void> go_on;
    bool followed = false;
    background.run([&] { go_on.get_future().wait(); }, [&](bool) { followed = true; });
    for (int i = 0; i < 5; ++i) loop.poll();
    CHECK_FALSE(followed);
    go_on.set_value();
    loop.run();
    CHECK(followed);
  }

  TEST_CASE("what follows may bring more work") {
    Loop loop;
    Background background(loop);
    int done = 0;
    std::function<void(bool)> again = [&](bool) {
      if (++done < 3) background.run([] {}, again);
    };
    background.run([] {}, again);
    loop.run();
    CHECK(done == 3);
  }

  TEST_CASE("of what is gone nothing is called back, and what has not begun is never done") {
    Loop loop;
    std::optional<Background> background(std::in_place, loop);
    std::promise<void> begun;
    std::promise<void> go_on;
    std::atomic<int> done = 0;
    int followed = 0;
    background->run(
        [&] {
          begun.set_value();
          go_on.get_future().wait();
          ++done;
        },
        [&](bool) { ++followed; });
    background->run([&] { ++done; }, [&](bool) { ++followed; });
    begun.get_future().wait();
    background.reset();
    go_on.set_value();
    loop.run();
    CHECK(done == 1);
    CHECK(followed == 0);
  }
}
