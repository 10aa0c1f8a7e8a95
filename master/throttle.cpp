#include "master/throttle.h"

#include <algorithm>
#include <utility>

namespace banterd::master {

void Throttle::set_rate(uint32_t per_minute) {
  cost_ = per_minute == 0 ? Time(0) : kFillTime / per_minute;
  if (per_minute > 0) return;
  recent_ = {};
  earlier_ = {};
}

bool Throttle::take(const std::string& address, uint64_t now_ms) {
  if (cost_ == Time(0)) return true;
  const Time now = std::chrono::milliseconds(now_ms);
  turn_over(now);
  const Time full = std::max(now, full_at(address)) + cost_;
  if (full > now + kFillTime) return false;
  keep(address, full);
  return true;
}

std::chrono::seconds Throttle::longest_wait() const {
  return std::chrono::ceil<std::chrono::seconds>(cost_);
}

void Throttle::turn_over(Time now) {
  if (now < turn_at_) return;
  earlier_ = std::exchange(recent_, {});
  turn_at_ = now + kFillTime;
}

Throttle::Time Throttle::full_at(const std::string& address) const {
  for (const Table* table : {&recent_, &earlier_}) {
    if (const auto found = table->find(address); found != table->end()) return found->second;
  }
  return Time(0);
}

void Throttle::keep(const std::string& address, Time full_at) {
  const auto found = recent_.find(address);
  if (found != recent_.end()) {
    found->second = full_at;
  } else if (recent_.size() < kMaxAddresses) {
    recent_.emplace(address, full_at);
  }
}

void Throttle::each(uint64_t now_ms, const BucketCallback& on_bucket) const {
  const auto tell = [&](const std::string& address, Time full) {
    // Rounded up: a reload gives nobody a connection more.
    const auto full_ms = std::chrono::ceil<std::chrono::milliseconds>(full).count();
    if (static_cast<uint64_t>(full_ms) > now_ms) on_bucket(address, static_cast<uint64_t>(full_ms));
  };
  for (const auto& [address, full] : recent_) tell(address, full);
  for (const auto& [address, full] : earlier_) {
    if (!recent_.contains(address)) tell(address, full);
  }
}

void Throttle::restore(const std::string& address, uint64_t full_at_ms) {
  keep(address, std::chrono::milliseconds(full_at_ms));
}

}  // namespace banterd::master
