#include "master/backoff.h"

#include <algorithm>

namespace banterd::master {

std::chrono::milliseconds Backoff::after(const Death& death) {
  if (death.killed_from_outside)
    return death.became_ready ? std::chrono::milliseconds::zero() : kFirst;
  if (death.became_ready && (death.lived >= kSoon || death.keeps_clients)) {
    failures_ = 0;
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
