#include "master/backoff.h"

#include <algorithm>

namespace banterd::master {

std::chrono::milliseconds Backoff::after(const Death& death) {
  if (death.killed_from_outside)
    return death.became_ready ? std::chrono::milliseconds::zero() : kFirst;
  if (death.became_ready && death.lived >= kSoon) {
    failures_ = hurried_ = 0;
    return std::chrono::milliseconds::zero();
  }
  if (death.became_ready && death.keeps_clients && hurried_ < kHurries) {
    ++hurried_;
    return std::chrono::milliseconds::zero();
  }
  ++failures_;
  return wait();
}

std::chrono::milliseconds Backoff::wait() const {
  if (failures_ == 0) return std::chrono::milliseconds::zero();
  // 100 ms doubled nine times is beyond kLongest: a larger shift would only overflow.
  return std::min(kLongest, kFirst * (1U << std::min(failures_ - 1, 9U)));
}

}  // namespace banterd::master
