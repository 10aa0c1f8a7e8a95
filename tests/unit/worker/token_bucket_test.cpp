#include "worker/token_bucket.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>

using banterd::worker::TokenBucket;

namespace {

constexpr uint64_t kStart = 5'000'000'000;
constexpr uint64_t kMost = 1'000'000'000;

uint64_t take_all(TokenBucket& bucket, uint64_t now_ms) {
  uint64_t taken = 0;
  while (bucket.take(now_ms)) ++taken;
  return taken;
}

}  // namespace

TEST_SUITE("worker/token_bucket") {
  TEST_CASE("the burst is there at once, and no more") {
    TokenBucket bucket(10, 40, kStart);
    CHECK(bucket.full(kStart));
    CHECK(take_all(bucket, kStart) == 40);
    CHECK_FALSE(bucket.full(kStart));
  }

  TEST_CASE("after the burst one comes each time the rate allows") {
    TokenBucket bucket(10, 40, kStart);
    take_all(bucket, kStart);
    CHECK(bucket.wait_ms(kStart) == 100);
    CHECK_FALSE(bucket.take(kStart + 99));
    CHECK(bucket.wait_ms(kStart + 99) == 1);
    CHECK(bucket.take(kStart + 100));
    CHECK_FALSE(bucket.take(kStart + 100));
  }

  TEST_CASE("waiting as long as told always gives a token") {
    for (const uint64_t rate : {1u, 3u, 7u, 999u, 1000u, 1001u}) {
      TokenBucket bucket(rate, 1, kStart);
      uint64_t now = kStart;
      int taken = 0;
      for (int i = 0; i < 1000; ++i) {
        now += bucket.wait_ms(now);
        if (bucket.take(now)) ++taken;
      }
      CHECK(taken == 1000);
    }
  }

  TEST_CASE("a slow rate is exact over a long time, however often it is asked") {
    TokenBucket bucket(3, 5, kStart);
    take_all(bucket, kStart);
    uint64_t taken = 0;
    for (uint64_t now = kStart; now <= kStart + 1'000'000; ++now) taken += take_all(bucket, now);
    CHECK(taken == 3000);
  }

  TEST_CASE("it fills up to its burst and no further") {
    TokenBucket bucket(10, 4, kStart);
    take_all(bucket, kStart);
    CHECK_FALSE(bucket.full(kStart + 399));
    CHECK(bucket.full(kStart + 400));
    CHECK(take_all(bucket, kStart + 1'000'000) == 4);
  }

  TEST_CASE("the highest rate and burst do not overflow, however long nobody asks") {
    TokenBucket bucket(kMost, kMost, 0);
    int taken = 0;
    while (taken < 2'000'000 && bucket.take(0)) ++taken;
    CHECK(taken == 2'000'000);
    CHECK_FALSE(bucket.full(1));
    CHECK(bucket.full(2));
    CHECK(bucket.full(UINT64_MAX));
    CHECK(bucket.take(UINT64_MAX));
    CHECK(bucket.wait_ms(UINT64_MAX) == 0);
  }

  TEST_CASE("a high rate with a burst of one gives one a millisecond") {
    TokenBucket bucket(kMost, 1, kStart);
    CHECK(bucket.take(kStart));
    CHECK(bucket.wait_ms(kStart) == 1);
    CHECK_FALSE(bucket.take(kStart));
    CHECK(bucket.take(kStart + 1));
  }

  TEST_CASE("a clock that stands or steps back gives nothing and takes nothing") {
    TokenBucket bucket(1000, 2, kStart);
    CHECK(bucket.take(kStart));
    CHECK(bucket.take(kStart - 1000));
    CHECK_FALSE(bucket.take(kStart));
    CHECK(bucket.take(kStart + 1));
  }

  TEST_CASE("a burst of 0 counts as 1, and a rate of 0 never gives another") {
    TokenBucket bucket(0, 0, kStart);
    CHECK(bucket.take(kStart));
    CHECK_FALSE(bucket.take(kStart + kMost));
    CHECK(bucket.wait_ms(kStart) == UINT64_MAX);
  }
}
