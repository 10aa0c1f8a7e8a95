#include "worker/token_bucket.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>

using banterd::worker::TokenBucket;

namespace {

constexpr uint64_t kStart = 5'000'000'000;
constexpr uint64_t kMost = 1'000'000'000;

// A bucket whose rate stays the same.
struct Bucket {
  Bucket(uint32_t per_second, uint32_t burst, uint64_t now_ms)
      : rate{per_second, burst}, bucket(rate, now_ms) {}
  bool take(uint64_t now_ms) { return bucket.take(rate, now_ms); }
  [[nodiscard]] uint64_t wait_ms(uint64_t now_ms) const { return bucket.wait_ms(rate, now_ms); }
  [[nodiscard]] bool full(uint64_t now_ms) const { return bucket.full(rate, now_ms); }

  TokenBucket::Rate rate;
  TokenBucket bucket;
};

uint64_t take_all(Bucket& bucket, uint64_t now_ms) {
  uint64_t taken = 0;
  while (bucket.take(now_ms)) ++taken;
  return taken;
}

}  // namespace

TEST_SUITE("worker/token_bucket") {
  TEST_CASE("the burst is there at once, and no more") {
    Bucket bucket(10, 40, kStart);
    CHECK(bucket.full(kStart));
    CHECK(take_all(bucket, kStart) == 40);
    CHECK_FALSE(bucket.full(kStart));
  }

  TEST_CASE("after the burst one comes each time the rate allows") {
    Bucket bucket(10, 40, kStart);
    take_all(bucket, kStart);
    CHECK(bucket.wait_ms(kStart) == 100);
    CHECK_FALSE(bucket.take(kStart + 99));
    CHECK(bucket.wait_ms(kStart + 99) == 1);
    CHECK(bucket.take(kStart + 100));
    CHECK_FALSE(bucket.take(kStart + 100));
  }

  TEST_CASE("waiting as long as told always gives a token") {
    for (const uint64_t rate : {1u, 3u, 7u, 999u, 1000u, 1001u}) {
      Bucket bucket(rate, 1, kStart);
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
    Bucket bucket(3, 5, kStart);
    take_all(bucket, kStart);
    uint64_t taken = 0;
    for (uint64_t now = kStart; now <= kStart + 1'000'000; ++now) taken += take_all(bucket, now);
    CHECK(taken == 3000);
  }

  TEST_CASE("it fills up to its burst and no further") {
    Bucket bucket(10, 4, kStart);
    take_all(bucket, kStart);
    CHECK_FALSE(bucket.full(kStart + 399));
    CHECK(bucket.full(kStart + 400));
    CHECK(take_all(bucket, kStart + 1'000'000) == 4);
  }

  TEST_CASE("the highest rate and burst do not overflow, however long nobody asks") {
    Bucket bucket(kMost, kMost, 0);
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
    Bucket bucket(kMost, 1, kStart);
    CHECK(bucket.take(kStart));
    CHECK(bucket.wait_ms(kStart) == 1);
    CHECK_FALSE(bucket.take(kStart));
    CHECK(bucket.take(kStart + 1));
  }

  TEST_CASE("a clock that stands or steps back gives nothing and takes nothing") {
    Bucket bucket(1000, 2, kStart);
    CHECK(bucket.take(kStart));
    CHECK(bucket.take(kStart - 1000));
    CHECK_FALSE(bucket.take(kStart));
    CHECK(bucket.take(kStart + 1));
  }

  TEST_CASE("a burst of 0 counts as 1, and a rate of 0 never gives another") {
    Bucket bucket(0, 0, kStart);
    CHECK(bucket.take(kStart));
    CHECK_FALSE(bucket.take(kStart + kMost));
    CHECK(bucket.wait_ms(kStart) == UINT64_MAX);
  }

  TEST_CASE("a lower burst takes what is above it, a higher one is filled by and by") {
    TokenBucket bucket({10, 40}, kStart);
    CHECK(bucket.full({10, 3}, kStart));
    CHECK(bucket.take({10, 3}, kStart));
    CHECK_FALSE(bucket.full({10, 3}, kStart));
    CHECK_FALSE(bucket.full({10, 40}, kStart + 3'700));
    CHECK(bucket.full({10, 40}, kStart + 3'800));
  }
}
