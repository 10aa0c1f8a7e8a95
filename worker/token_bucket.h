// A token bucket: a burst at once, then so many a second. Pure: the clock is passed in
// (milliseconds that only go forward), and so is the rate, which all buckets of a kind share. Rates
// and bursts up to 10^9 are exact, however long nobody asks.
#pragma once

#include <cstdint>

namespace banterd::worker {

class TokenBucket {
 public:
  // A burst of 0 counts as 1.
  struct Rate {
    uint32_t per_second = 0;
    uint32_t burst = 0;
  };
  // Begins full.
  TokenBucket(const Rate& rate, uint64_t now_ms);

  // Takes one token if there is one.
  [[nodiscard]] bool take(const Rate& rate, uint64_t now_ms);
  // Milliseconds until there is a token; 0: now. With a rate of 0 and an empty bucket: UINT64_MAX.
  [[nodiscard]] uint64_t wait_ms(const Rate& rate, uint64_t now_ms) const;
  [[nodiscard]] bool full(const Rate& rate, uint64_t now_ms) const;

  // For a client who moves to another process, whose clock is the same: what the bucket holds, and
  // back into one that may have other limits.
  struct Level {
    uint64_t thousandths = 0;
    uint64_t at_ms = 0;
  };
  [[nodiscard]] Level level() const { return {level_, at_ms_}; }
  void restore(const Level& level, const Rate& rate);

 private:
  [[nodiscard]] uint64_t level_at(const Rate& rate, uint64_t now_ms) const;

  uint64_t level_;  // in thousandths of a token, at at_ms_
  uint64_t at_ms_;
};

}  // namespace banterd::worker
