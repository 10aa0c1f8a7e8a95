#include "master/throttle.h"

#include <doctest/doctest.h>

#include <map>

using namespace banterd;
using master::Throttle;
using std::chrono::seconds;

namespace {

Throttle with_rate(uint32_t per_minute) {
  Throttle throttle;
  throttle.set_rate(per_minute);
  return throttle;
}

// How often it may connect at that time; at most a thousand times.
int taken(Throttle& throttle, const std::string& address, uint64_t now_ms) {
  int count = 0;
  while (count < 1000 && throttle.take(address, now_ms)) ++count;
  return count;
}

std::map<std::string, uint64_t> buckets(const Throttle& throttle, uint64_t now_ms) {
  std::map<std::string, uint64_t> all;
  throttle.each(now_ms, [&](const std::string& address, uint64_t full_at_ms) {
    CHECK(all.emplace(address, full_at_ms).second);
  });
  return all;
}

// As many addresses as a table has, each of which connects once.
void crowd(Throttle& throttle, uint64_t now_ms) {
  for (size_t i = 0; i < Throttle::kMaxAddresses; ++i)
    CHECK(throttle.take("crowd " + std::to_string(i), now_ms));
}

}  // namespace

TEST_SUITE("master/throttle") {
  TEST_CASE("without a rate everybody may, and nobody is remembered") {
    Throttle throttle;
    CHECK(taken(throttle, "a", 5) == 1000);
    CHECK(buckets(throttle, 5).empty());
  }

  TEST_CASE("a minute's connections may come at once, then as many as the time brings") {
    Throttle throttle = with_rate(6);
    CHECK(taken(throttle, "a", 1'000'000) == 6);
    CHECK(taken(throttle, "a", 1'009'999) == 0);
    CHECK(taken(throttle, "a", 1'010'000) == 1);
    CHECK(taken(throttle, "a", 1'025'000) == 1);
    CHECK(taken(throttle, "a", 1'030'000) == 1);
    CHECK(taken(throttle, "b", 1'030'000) == 6);
    CHECK(taken(throttle, "a", 1'089'999) == 5);
    CHECK(taken(throttle, "a", 9'000'000) == 6);
  }

  TEST_CASE("who is refused all the time is let in as often as who waits") {
    Throttle throttle = with_rate(6);
    int count = 0;
    for (uint64_t at = 0; at < 600'000; at += 100) count += throttle.take("a", at) ? 1 : 0;
    CHECK(count == 6 + 59);
  }

  TEST_CASE("rates that divide no minute, and the greatest, are met") {
    for (const uint32_t rate : {1u, 7u, 59u, 61u, 997u}) {
      Throttle throttle = with_rate(rate);
      CAPTURE(rate);
      CHECK(taken(throttle, "a", 10) == static_cast<int>(rate));
      CHECK(taken(throttle, "a", 60'011) == static_cast<int>(rate));
    }
    Throttle throttle = with_rate(1'000'000'000);
    CHECK(taken(throttle, "a", 10) == 1000);
  }

  TEST_CASE("the wait that is told is enough") {
    for (const uint32_t rate : {1u, 7u, 60u, 997u}) {
      Throttle throttle = with_rate(rate);
      CAPTURE(rate);
      taken(throttle, "a", 10);
      const auto wait = std::chrono::milliseconds(throttle.longest_wait());
      CHECK(taken(throttle, "a", 10 + static_cast<uint64_t>(wait.count())) >= 1);
    }
    CHECK(with_rate(1).longest_wait() == seconds(60));
    CHECK(with_rate(7).longest_wait() == seconds(9));
    CHECK(with_rate(997).longest_wait() == seconds(1));
  }

  TEST_CASE("whose bucket is full again is forgotten, and nobody before") {
    Throttle throttle = with_rate(6);
    CHECK(taken(throttle, "a", 0) == 6);
    CHECK(taken(throttle, "b", 59'000) == 6);
    CHECK(buckets(throttle, 59'000) ==
          std::map<std::string, uint64_t>{{"a", 60'000}, {"b", 119'000}});
    CHECK(throttle.take("c", 60'000));
    CHECK(taken(throttle, "b", 69'000) == 1);
    CHECK(buckets(throttle, 70'000) == std::map<std::string, uint64_t>{{"b", 129'000}});
    CHECK(throttle.take("c", 120'000));
    CHECK(taken(throttle, "b", 120'000) == 5);
  }

  TEST_CASE("addresses for which there is no room come in, and those that are known are held") {
    Throttle throttle = with_rate(2);
    CHECK(taken(throttle, "known", 0) == 2);
    for (const uint64_t at : {1, 60'000}) {
      crowd(throttle, at);
      CHECK(taken(throttle, "late", at) == 1000);
    }
    CHECK(buckets(throttle, 1).size() <= 2 * Throttle::kMaxAddresses);
    // A minute later there is room again.
    CHECK(taken(throttle, "late", 120'000) == 2);
  }

  TEST_CASE("another rate holds at once, for those who are known too") {
    Throttle throttle = with_rate(6);
    CHECK(taken(throttle, "a", 0) == 6);
    throttle.set_rate(60);
    CHECK(taken(throttle, "a", 999) == 0);
    CHECK(taken(throttle, "a", 1'000) == 1);
    throttle.set_rate(1);
    CHECK(taken(throttle, "a", 60'000) == 0);
    CHECK(taken(throttle, "a", 61'000) == 1);
    throttle.set_rate(0);
    CHECK(taken(throttle, "a", 61'000) == 1000);
    throttle.set_rate(1);
    CHECK(taken(throttle, "a", 61'000) == 1);
  }

  TEST_CASE("an exec gives nobody a connection more, and takes none away") {
    Throttle before = with_rate(7);
    CHECK(taken(before, "a", 0) == 7);
    for (int i = 0; i < 3; ++i) CHECK(before.take("b", 50'000));
    CHECK(before.take("c", 10));
    Throttle after = with_rate(7);
    for (const auto& [address, full_at_ms] : buckets(before, 50'000))
      after.restore(address, full_at_ms);
    CHECK(buckets(after, 50'000) == buckets(before, 50'000));
    CHECK(buckets(after, 50'000).size() == 2);
    for (const char* address : {"a", "b", "c"}) {
      CAPTURE(address);
      CHECK(taken(after, address, 50'001) == taken(before, address, 50'000));
    }
  }
}
