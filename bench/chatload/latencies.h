// How long deliveries took: a histogram whose steps grow with the value, 64 to a doubling, so that
// a quantile is wrong by less than 1.6 %. Adding is a few instructions and never allocates.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace banterd::bench {

class Latencies {
 public:
  void add(std::chrono::nanoseconds latency);
  // Takes over what another one has counted.
  void add(const Latencies& other);
  void clear();

  // In microseconds: the value below which the share 0 <= `share` < 1 of all lies. 0 without any.
  [[nodiscard]] double quantile_us(double share) const;
  [[nodiscard]] double greatest_us() const { return static_cast<double>(greatest_) / 1e3; }
  [[nodiscard]] uint64_t count() const { return count_; }

 private:
  static constexpr size_t kSteps = 64;
  static size_t bucket_of(uint64_t nanoseconds);
  // The middle of a bucket.
  static uint64_t value_of(size_t bucket);

  std::vector<uint64_t> buckets_ = std::vector<uint64_t>(kSteps * 64, 0);
  uint64_t count_ = 0;
  uint64_t greatest_ = 0;
};

}  // namespace banterd::bench
