#include "bench/chatload/window.h"

#include <doctest/doctest.h>

namespace banterd::bench {

namespace {

TEST_SUITE_BEGIN("bench/window");

TEST_CASE("a window is full until everybody has got the oldest message") {
  Window window(2);
  CHECK(window.open(3) == 0);
  CHECK(window.open(3) == 1);
  CHECK(window.full());
  for (int receiver = 0; receiver < 3; ++receiver) window.deliver(1);
  CHECK(window.full());  // 0 is still under way
  window.deliver(0);
  window.deliver(0);
  CHECK(window.full());
  window.deliver(0);
  CHECK(window.empty());
  CHECK(window.next() == 2);
}

TEST_CASE("a message to nobody is delivered at once") {
  Window window(1);
  window.open(0);
  CHECK(window.empty());
}

TEST_CASE("nobody waits for who has gone") {
  Window window(4);
  window.open(2);
  window.open(2);
  window.open(2);
  window.deliver(0);  // both of them
  window.deliver(0);
  window.deliver(1);  // the one who stays
  CHECK(window.forgive(1) == 2);
  CHECK_FALSE(window.empty());
  window.deliver(2);
  CHECK(window.empty());
}

TEST_CASE("what was abandoned is not counted when it comes") {
  Window window(2);
  window.open(1);
  window.abandon();
  CHECK(window.empty());
  CHECK(window.open(1) == 1);
  window.deliver(0);
  CHECK_FALSE(window.empty());
  window.resize(8);
  CHECK(window.empty());
  CHECK(window.open(1) == 2);
}

TEST_SUITE_END();

}  // namespace

}  // namespace banterd::bench
