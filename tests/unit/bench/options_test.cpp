#include "bench/chatload/options.h"

#include <doctest/doctest.h>

#include <stdexcept>

namespace banterd::bench {

namespace {

TEST_SUITE_BEGIN("bench/options");

TEST_CASE("a plan has a phase for each of its parts") {
  const auto phases = parse_plan("flat:10,64,0;rate:0,0,2.5");
  REQUIRE(phases.size() == 2);
  CHECK(phases[0].name == "flat");
  CHECK(phases[0].senders == 10);
  CHECK(phases[0].window == 64);
  CHECK(phases[0].rate == 0);
  CHECK(phases[1].name == "rate");
  CHECK(phases[1].window == 1);  // one message at least
  CHECK(phases[1].rate == 2.5);
}

TEST_CASE("a plan that makes no sense is refused") {
  for (const char* const plan :
       {"", "flat", "flat:1", "flat:1,2", "flat:1;2;3", "flat:a,2,3", "flat:1,2,3x", "flat:1,2,-3",
        "flat:1,2,3;"
        "half:1"}) {
    CAPTURE(plan);
    CHECK_THROWS_AS(parse_plan(plan), std::invalid_argument);
  }
}

TEST_SUITE_END();

}  // namespace

}  // namespace banterd::bench
