#include "worker/deadlines.h"

#include <algorithm>

namespace banterd::worker {

Deadlines::Deadlines(base::Loop& loop) : loop_(loop), timer_(loop, [this] { run_due(); }) {}

Deadlines::Id Deadlines::add(std::chrono::milliseconds delay, Callback on_due) {
  // The loop's clock stands still during an iteration; a long one would make the deadline early.
  uv_update_time(loop_.get());
  const uint64_t due = loop_.now_ms() + static_cast<uint64_t>(std::max<int64_t>(0, delay.count()));
  const Id id = ++last_id_;
  by_time_.emplace(std::pair(due, id), std::move(on_due));
  time_of_.emplace(id, due);
  arm();
  return id;
}

void Deadlines::cancel(Id& id) {
  const auto found = time_of_.find(std::exchange(id, kNone));
  if (found == time_of_.end()) return;
  const auto entry = by_time_.find({found->second, found->first});
  // Destroyed last: what the callback holds may cancel others when it goes.
  const Callback forgotten = std::move(entry->second);
  by_time_.erase(entry);
  time_of_.erase(found);
  arm();
}

size_t Deadlines::size() const { return by_time_.size(); }

std::optional<std::chrono::milliseconds> Deadlines::time_left(Id id) const {
  const auto found = time_of_.find(id);
  if (found == time_of_.end()) return std::nullopt;
  const uint64_t now = loop_.now_ms();
  return std::chrono::milliseconds(found->second > now ? found->second - now : 0);
}

void Deadlines::pause() {
  paused_ = true;
  armed_for_ = kNever;
  timer_.stop();
}

void Deadlines::resume() {
  paused_ = false;
  arm();
}

void Deadlines::arm() {
  if (running_ || paused_) return;  // run_due() and resume() arm when they are done
  const uint64_t earliest = by_time_.empty() ? kNever : by_time_.begin()->first.first;
  if (earliest == armed_for_) return;
  armed_for_ = earliest;
  if (earliest == kNever) return timer_.stop();
  const uint64_t now = loop_.now_ms();
  timer_.start(std::chrono::milliseconds(earliest > now ? earliest - now : 0));
}

// Runs what is due and was there before: what a callback adds waits for the next iteration, so that
// one that always adds another does not stop the loop.
void Deadlines::run_due() {
  const uint64_t now = loop_.now_ms();
  const Id newest = last_id_;
  running_ = true;
  auto next = by_time_.begin();
  while (next != by_time_.end() && next->first.first <= now) {
    const auto [due, id] = next->first;
    if (id <= newest) {
      const Callback on_due = std::move(next->second);
      by_time_.erase(next);
      time_of_.erase(id);
      on_due();
    }
    next = by_time_.upper_bound({due, id});
  }
  running_ = false;
  if (paused_) return;
  armed_for_ = by_time_.empty() ? kNever : std::max(by_time_.begin()->first.first, now + 1);
  if (armed_for_ != kNever) timer_.start(std::chrono::milliseconds(armed_for_ - now));
}

}  // namespace banterd::worker
