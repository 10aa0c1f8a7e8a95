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
TokenBucket::TokenBucket(uint32_t rate_per_second, uint32_t burst, uint64_t now_ms)
    : rate_(rate_per_second),
      burst_(std::max<uint32_t>(burst, 1)),
      level_(capacity()),
      at_ms_(now_ms) {}

uint64_t TokenBucket::capacity() const { return burst_ * kToken; }

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

bool TokenBucket::full(uint64_t now_ms) const { return level_at(now_ms) == capacity(); }

void TokenBucket::restore(const Level& level) {
  level_ = std::min(level.thousandths, capacity());
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
  if (elapsed_ms >= divide_up(capacity() - level_, rate_)) return capacity();
  return level_ + elapsed_ms * rate_;
}

}  // namespace banterd::worker
