#include "bench/chatload/latencies.h"

#include <doctest/doctest.h>

#include <chrono>

namespace banterd::bench {

namespace {

using namespace std::chrono_literals;

TEST_SUITE_BEGIN("bench/latencies");

TEST_CASE("quantiles of even steps are right within 1.6 per cent") {
  Latencies latencies;
  for (int microseconds = 1; microseconds <= 10'000; ++microseconds) {
    latencies.add(std::chrono::microseconds(microseconds));
  }
  CHECK(latencies.count() == 10'000);
  CHECK(latencies.quantile_us(0.5) == doctest::Approx(5'000).epsilon(0.016));
  CHECK(latencies.quantile_us(0.99) == doctest::Approx(9'900).epsilon(0.016));
  CHECK(latencies.quantile_us(0.999) == doctest::Approx(9'990).epsilon(0.016));
  CHECK(latencies.greatest_us() == 10'000);
}

TEST_CASE("every size of latency lands in a bucket of its own size") {
  for (std::chrono::nanoseconds latency = 1ns; latency < 1h; latency = latency * 9 / 8 + 1ns) {
    CAPTURE(latency.count());
    Latencies latencies;
    latencies.add(latency);
    const double exact = static_cast<double>(latency.count()) / 1e3;
    CHECK(latencies.quantile_us(0.5) == doctest::Approx(exact).epsilon(0.016));
  }
}

TEST_CASE("p99 is the slow one of a hundred, p50 is not") {
  Latencies latencies;
  for (int count = 0; count < 98; ++count) latencies.add(1us);
  latencies.add(50ms);
  latencies.add(50ms);
  CHECK(latencies.quantile_us(0.5) == doctest::Approx(1).epsilon(0.016));
  CHECK(latencies.quantile_us(0.99) == doctest::Approx(50'000).epsilon(0.016));
}

TEST_CASE("two histograms add up, and a cleared one is empty") {
  Latencies one;
  Latencies other;
  one.add(1us);
  other.add(1ms);
  other.add(1ms);
  one.add(other);
  CHECK(one.count() == 3);
  CHECK(one.quantile_us(0.5) == doctest::Approx(1'000).epsilon(0.016));
  one.clear();
  CHECK(one.count() == 0);
  CHECK(one.quantile_us(0.99) == 0);
  CHECK(one.greatest_us() == 0);
}

TEST_CASE("a delivery that seems to come before it was due took no time") {
  Latencies latencies;
  latencies.add(-5us);
  CHECK(latencies.quantile_us(0.5) == 0);
}

TEST_SUITE_END();

}  // namespace

}  // namespace banterd::bench
