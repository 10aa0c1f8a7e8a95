#include "bench/chatload/latencies.h"

#include <algorithm>
#include <bit>

namespace banterd::bench {

size_t Latencies::bucket_of(uint64_t nanoseconds) {
  if (nanoseconds < kSteps) return nanoseconds;
  const auto octave = static_cast<size_t>(std::bit_width(nanoseconds)) - 1;  // at least 6
  return (octave - 5) * kSteps + ((nanoseconds >> (octave - 6)) & (kSteps - 1));
}

uint64_t Latencies::value_of(size_t bucket) {
  if (bucket < kSteps) return bucket;
  const size_t octave = bucket / kSteps + 5;
  const uint64_t step = uint64_t{1} << (octave - 6);
  return (uint64_t{1} << octave) + (bucket % kSteps) * step + step / 2;
}

void Latencies::add(std::chrono::nanoseconds latency) {
  const auto value = static_cast<uint64_t>(std::max<int64_t>(latency.count(), 0));
  ++buckets_[bucket_of(value)];
  ++count_;
  greatest_ = std::max(greatest_, value);
}

void Latencies::add(const Latencies& other) {
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    buckets_[bucket] += other.buckets_[bucket];
  }
  count_ += other.count_;
  greatest_ = std::max(greatest_, other.greatest_);
}

void Latencies::clear() {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = greatest_ = 0;
}

double Latencies::quantile_us(double share) const {
  const auto below = static_cast<uint64_t>(share * static_cast<double>(count_));
  uint64_t passed = 0;
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    passed += buckets_[bucket];
    if (passed > below) return static_cast<double>(value_of(bucket)) / 1e3;
  }
  return 0;
}

}  // namespace banterd::bench
