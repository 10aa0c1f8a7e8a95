// Measured times, and how large the usual and the largest are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace banterd::chaos {

class Samples {
 public:
  // Microseconds. Beyond a few million nothing is kept but the largest.
  void add(uint32_t us) {
    largest_ = std::max(largest_, us);
    if (all_.size() < kMost) all_.push_back(us);
  }
  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] size_t size() const { return all_.size(); }
  [[nodiscard]] double largest_ms() const { return largest_ / 1000.0; }
  // `share` of the samples are not above it.
  [[nodiscard]] double percentile_ms(double share) {
    if (all_.empty()) return 0;
    const auto at = static_cast<size_t>(share * static_cast<double>(all_.size() - 1));
    std::ranges::nth_element(all_, all_.begin() + static_cast<ptrdiff_t>(at));
    return all_[at] / 1000.0;
  }

 private:
  static constexpr size_t kMost = 4'000'000;

  std::vector<uint32_t> all_;
  uint32_t largest_ = 0;
};

}  // namespace banterd::chaos
