#include "bench/chatload/receipts.h"

#include <algorithm>

namespace banterd::bench {

void Receipts::begin() {
  gaps_.clear();
  count_ = order_ = 0;
}

bool Receipts::fill_gap(size_t sender, uint32_t sequence) {
  const auto gap = std::find_if(gaps_.begin(), gaps_.end(), [&](const Gap& known) {
    return known.sender == sender && sequence >= known.begin && sequence < known.end;
  });
  if (gap == gaps_.end()) return false;
  const Gap whole = *gap;
  gaps_.erase(gap);
  if (sequence > whole.begin) gaps_.push_back({sender, whole.begin, sequence});
  if (sequence + 1 < whole.end) gaps_.push_back({sender, sequence + 1, whole.end});
  return true;
}

Receipts::Verdict Receipts::take(size_t sender, uint32_t sequence) {
  uint32_t& next = next_[sender];
  if (sequence < next) {
    if (!fill_gap(sender, sequence)) return Verdict::twice;
    ++count_;
    return Verdict::late;
  }
  if (sequence > next) gaps_.push_back({sender, next, sequence});
  next = sequence + 1;
  ++count_;
  return Verdict::in_order;
}

uint64_t Receipts::missing(size_t sender, uint32_t end) const {
  uint64_t count = end > next_[sender] ? end - next_[sender] : 0;
  for (const Gap& gap : gaps_) {
    if (gap.sender == sender) count += gap.end - gap.begin;
  }
  return count;
}

void Receipts::note_order(uint32_t sender, uint32_t sequence) {
  const uint64_t message = uint64_t{sender} << 32 | sequence;
  order_ ^= message + 0x9e3779b97f4a7c15;
  order_ *= 0xff51afd7ed558ccd;
  order_ ^= order_ >> 32;
}

}  // namespace banterd::bench
