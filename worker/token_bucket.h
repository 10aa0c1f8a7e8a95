// A token bucket: `burst` at once, then `rate` a second. Pure: the clock is passed in (milliseconds
// that only go forward). Rates and bursts up to 10^9 are exact, however long nobody asks.
#pragma once

#include <cstdint>

namespace banterd::worker {

class TokenBucket {
 public:
  // Begins full. A burst of 0 counts as 1.
  TokenBucket(uint32_t rate_per_second, uint32_t burst, uint64_t now_ms);

  // Takes one token if there is one.
  [[nodiscard]] bool take(uint64_t now_ms);
  // Milliseconds until there is a token; 0: now. With a rate of 0 and an empty bucket: UINT64_MAX.
  [[nodiscard]] uint64_t wait_ms(uint64_t now_ms) const;
  [[nodiscard]] bool full(uint64_t now_ms) const;

  // For a client who moves to another process, whose clock is the same: what the bucket holds, and
  // back into one that may have other limits.
  struct Level {
    uint64_t thousandths = 0;
    uint64_t at_ms = 0;
  };
  [[nodiscard]] Level level() const { return {level_, at_ms_}; }
  void restore(const Level& level);

 private:
  void refill(uint64_t now_ms);
  [[nodiscard]] uint64_t capacity() const;  // in thousandths of a token
  [[nodiscard]] uint64_t level_at(uint64_t now_ms) const;

  uint32_t rate_;
  uint32_t burst_;
  uint64_t level_;  // in thousandths of a token, at at_ms_
  uint64_t at_ms_;
};

}  // namespace banterd::worker
