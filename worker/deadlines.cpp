#include "worker/deadlines.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace banterd::worker {

namespace {

constexpr int64_t kLongestDelay = int64_t{1} << 46;  // milliseconds: within the wheel

}  // namespace

Deadlines::Deadlines(base::Loop& loop)
    : loop_(loop), timer_(loop, [this] { on_timer(); }), time_(loop.now_ms()) {}

Deadlines::Id Deadlines::add(std::chrono::milliseconds delay, Callback on_due) {
  // The loop's clock stands still during an iteration; a long one would make the deadline early.
  uv_update_time(loop_.get());
  const uint32_t index = take_entry();
  Entry& entry = entries_[index];
  entry.due =
      loop_.now_ms() + static_cast<uint64_t>(std::clamp<int64_t>(delay.count(), 0, kLongestDelay));
  entry.on_due = on_due;
  ++size_;
  place(index);
  arm();
  return uint64_t{entry.life} << 32 | index;
}

void Deadlines::cancel(Id& id) {
  const Id gone = std::exchange(id, kNone);
  if (find(gone) == nullptr) return;
  release(static_cast<uint32_t>(gone));
  arm();
}

std::optional<std::chrono::milliseconds> Deadlines::time_left(Id id) const {
  const Entry* entry = find(id);
  if (entry == nullptr) return std::nullopt;
  const uint64_t now = loop_.now_ms();
  return std::chrono::milliseconds(entry->due > now ? entry->due - now : 0);
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

// ---- entries ----

const Deadlines::Entry* Deadlines::find(Id id) const {
  const auto index = static_cast<uint32_t>(id);
  if (index >= entries_.size()) return nullptr;
  const Entry& entry = entries_[index];
  return entry.list != kFree && entry.life == id >> 32 ? &entry : nullptr;
}

uint32_t Deadlines::take_entry() {
  uint32_t index = lists_[kFree].first;
  if (index != kEnd) {
    unlink(index);
  } else {
    index = static_cast<uint32_t>(entries_.size());
    // In steps of a quarter: there is one for each client, and a vector that doubles is half empty.
    if (index == entries_.capacity()) entries_.reserve(index + index / 4 + 8);
    entries_.emplace_back();
  }
  // No id is kNone: the first life is 1.
  if (++entries_[index].life == 0) entries_[index].life = 1;
  return index;
}

void Deadlines::release(uint32_t index) {
  unlink(index);
  link(kFree, index);
  --size_;
}

void Deadlines::link(uint16_t list, uint32_t index) {
  Entry& entry = entries_[index];
  List& its = lists_[list];
  entry.list = list;
  entry.next = kEnd;
  entry.before = std::exchange(its.last, index);
  (entry.before == kEnd ? its.first : entries_[entry.before].next) = index;
  if (list < kDue) filled_[list / kSlots] |= uint64_t{1} << list % kSlots;
}

void Deadlines::unlink(uint32_t index) {
  const Entry& entry = entries_[index];
  List& its = lists_[entry.list];
  (entry.before == kEnd ? its.first : entries_[entry.before].next) = entry.next;
  (entry.next == kEnd ? its.last : entries_[entry.next].before) = entry.before;
  if (entry.list < kDue && its.first == kEnd)
    filled_[entry.list / kSlots] &= ~(uint64_t{1} << entry.list % kSlots);
}

// ---- the wheel ----

void Deadlines::place(uint32_t index) {
  // One that is overdue comes at once.
  const uint64_t due = std::max(entries_[index].due, time_);
  const auto differs = static_cast<size_t>(std::bit_width(due ^ time_));
  const size_t level = std::min(differs == 0 ? 0 : (differs - 1) / kBitsPerLevel, kLevels - 1);
  const size_t slot = due >> level * kBitsPerLevel & (kSlots - 1);
  link(static_cast<uint16_t>(level * kSlots + slot), index);
}

// Slots that have begun are empty, but for level 0's present one: so the first of the lowest level
// comes first.
uint64_t Deadlines::next_slot(size_t& level, size_t& slot) const {
  for (level = 0; level < kLevels; ++level) {
    if (filled_[level] == 0) continue;
    slot = static_cast<size_t>(std::countr_zero(filled_[level]));
    const size_t bits = level * kBitsPerLevel;
    return ((time_ >> bits & ~uint64_t{kSlots - 1}) | slot) << bits;
  }
  return kNever;
}

// Brings the wheel to `now`: what is due stands in the list of those that are.
void Deadlines::advance(uint64_t now) {
  size_t level = 0;
  size_t slot = 0;
  for (uint64_t next = next_slot(level, slot); next <= now; next = next_slot(level, slot)) {
    time_ = next;
    const auto list = static_cast<uint16_t>(level * kSlots + slot);
    while (lists_[list].first != kEnd) {
      const uint32_t index = lists_[list].first;
      unlink(index);
      if (level == 0) {
        link(kDue, index);
      } else {
        place(index);
      }
    }
  }
  time_ = std::max(time_, now);
}

uint64_t Deadlines::earliest_event() const {
  size_t level = 0;
  size_t slot = 0;
  // A callback may have paused the rest of those that were due.
  return lists_[kDue].first != kEnd ? time_ : next_slot(level, slot);
}

void Deadlines::arm() {
  if (running_ || paused_) return;  // run_due() and resume() arm when they are done
  const uint64_t earliest = earliest_event();
  if (earliest == armed_for_) return;
  armed_for_ = earliest;
  if (earliest == kNever) return timer_.stop();
  const uint64_t now = loop_.now_ms();
  timer_.start(std::chrono::milliseconds(earliest > now ? earliest - now : 0));
}

// libuv runs timers before it looks at descriptors.
void Deadlines::on_timer() {
  const uint64_t now = loop_.now_ms();
  // Only once: a loop that is always late has deadlines all the same.
  input_first_ = !input_first_ && now > armed_for_ + kStoodStill.count();
  if (!input_first_) return run_due(now);
  // At zero it would come in this iteration.
  armed_for_ = now + 1;
  timer_.start(std::chrono::milliseconds(1));
}

// Runs what is due and was there before: what a callback adds waits for the next iteration, so that
// one that always adds another does not stop the loop.
void Deadlines::run_due(uint64_t now) {
  advance(now);
  running_ = true;
  while (lists_[kDue].first != kEnd && !paused_) {
    const uint32_t index = lists_[kDue].first;
    release(index);
    const Callback on_due = entries_[index].on_due;
    on_due();
  }
  running_ = false;
  if (paused_) return;
  armed_for_ = earliest_event();
  if (armed_for_ == kNever) return;
  armed_for_ = std::max(armed_for_, now + 1);
  timer_.start(std::chrono::milliseconds(armed_for_ - now));
}

}  // namespace banterd::worker
