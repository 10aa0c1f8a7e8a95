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

// In thousandths of a token. One that could never hold a token would stop its client for good.
uint64_t capacity(const TokenBucket::Rate& rate) {
  return std::max<uint64_t>(rate.burst, 1) * kToken;
}

}  // namespace

TokenBucket::TokenBucket(const Rate& rate, uint64_t now_ms)
    : level_(capacity(rate)), at_ms_(now_ms) {}

bool TokenBucket::take(const Rate& rate, uint64_t now_ms) {
  level_ = level_at(rate, now_ms);
  at_ms_ = std::max(at_ms_, now_ms);
  if (level_ < kToken) return false;
  level_ -= kToken;
  return true;
}

uint64_t TokenBucket::wait_ms(const Rate& rate, uint64_t now_ms) const {
  const uint64_t level = level_at(rate, now_ms);
  if (level >= kToken) return 0;
  if (rate.per_second == 0) return std::numeric_limits<uint64_t>::max();
  return divide_up(kToken - level, rate.per_second);
}

bool TokenBucket::full(const Rate& rate, uint64_t now_ms) const {
  return level_at(rate, now_ms) == capacity(rate);
}

void TokenBucket::restore(const Level& level, const Rate& rate) {
  level_ = std::min(level.thousandths, capacity(rate));
  at_ms_ = level.at_ms;
}

uint64_t TokenBucket::level_at(const Rate& rate, uint64_t now_ms) const {
  const uint64_t most = capacity(rate);
  if (level_ >= most) return most;
  if (now_ms <= at_ms_ || rate.per_second == 0) return level_;
  const uint64_t elapsed_ms = now_ms - at_ms_;
  // Asked this way round, because elapsed_ms * rate may be more than 64 bits hold.
  if (elapsed_ms >= divide_up(most - level_, rate.per_second)) return most;
  return level_ + elapsed_ms * rate.per_second;
}

}  // namespace banterd::worker
