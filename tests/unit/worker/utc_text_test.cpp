#include "worker/utc_text.h"

#include <doctest/doctest.h>

#include <limits>

using namespace banterd;
using namespace banterd::worker;

TEST_SUITE("worker/utc_text") {
  TEST_CASE("a moment is told to the second, in UTC") {
    CHECK(utc_text(0) == "1970-01-01 00:00:00 UTC");
    CHECK(utc_text(1'700'000'000'999) == "2023-11-14 22:13:20 UTC");
    CHECK(utc_text(1'709'164'800'000) == "2024-02-29 00:00:00 UTC");
  }

  TEST_CASE("a moment that no calendar has is told in words") {
    CHECK(utc_text(std::numeric_limits<chat::TimeMs>::max()).ends_with("UTC"));
    CHECK(utc_text(std::numeric_limits<chat::TimeMs>::min()).ends_with("UTC"));
  }
}
