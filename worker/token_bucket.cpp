#include "worker/token_bucket.h"

#include <algorithm>
#include <limits>

namespace banterd::worker {

namespace {

constexpr uint64_t kToken =
    1000;  // `rate` tokens a second are exactly `rate` thousandths a millisecond

uint64_t divide_up(uint64_t dividend, uint64_t divisor) {
  return dividend / divisor + (dividend % divisor != 0 ? 1 : 0);
}

}  // namespace

// A bucket that could never hold a token would stop its client for good.
TokenBucket::TokenBucket(uint64_t rate_per_second, uint64_t burst, uint64_t now_ms)
    : rate_(rate_per_second),
      capacity_(std::max<uint64_t>(burst, 1) * kToken),
      level_(capacity_),
      at_ms_(now_ms) {}

bool TokenBucket::take(uint64_t now_ms) {
  refill(now_ms);
  if (level_ < kToken) return false;
  level_ -= kToken;
  return true;
}

uint64_t TokenBucket::wait_ms(uint64_t now_ms) const {
  const uint64_t level = level_at(now_ms);
  if (level >= kToken) return 0;
  if (rate_ == 0) return std::numeric_limits<uint64_t>::max();
  return divide_up(kToken - level, rate_);
}

bool TokenBucket::full(uint64_t now_ms) const { return level_at(now_ms) == capacity_; }

void TokenBucket::restore(const Level& level) {
  level_ = std::min(level.thousandths, capacity_);
  at_ms_ = level.at_ms;
}

void TokenBucket::refill(uint64_t now_ms) {
  level_ = level_at(now_ms);
  at_ms_ = std::max(at_ms_, now_ms);
}

uint64_t TokenBucket::level_at(uint64_t now_ms) const {
  if (now_ms <= at_ms_ || rate_ == 0) return level_;
  const uint64_t elapsed_ms = now_ms - at_ms_;
  // Asked this way round, because elapsed_ms * rate_ may be more than 64 bits hold.
  if (elapsed_ms >= divide_up(capacity_ - level_, rate_)) return capacity_;
  return level_ + elapsed_ms * rate_;
}

}  // namespace banterd::worker
