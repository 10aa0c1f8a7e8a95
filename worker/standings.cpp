#include "worker/standings.h"

#include <algorithm>
#include <utility>

namespace banterd::worker {

namespace {

constexpr std::chrono::milliseconds kHoldsBack{10};
// Positions of an owner that are held back at most: his journal's room waits for them.
constexpr uint64_t kMostUntold = 16;
// Connections in one message of those that live: 21 bytes each at most.
constexpr std::ptrdiff_t kConnectionsPerMessage = 10'000;

}  // namespace

Standings::Standings(base::Loop& loop, Bus& bus, Owner& owner)
    : bus_(bus),
      owner_(owner),
      held_back_(loop, [this] { is_due_ = true; }),
      taken_(bus.slots()),
      settled_(bus.slots()),
      shared_(bus.slots()),
      told_(bus.slots()),
      numbers_(bus.slots()),
      barriers_(bus.slots()) {
  for (Slot slot = 0; slot < bus.slots(); ++slot) forget_numbers(slot);
}

void Standings::on_event(Slot owner, const LogEvent& event) {
  taken_[owner] = event.position;
  if (!concerns_sender_alone(event)) shared_[owner] = event.position;
}

void Standings::stand(std::vector<uint64_t> taken, std::vector<uint64_t> settled) {
  taken_ = std::move(taken);
  settled_ = std::move(settled);
}

void Standings::on_numbers(Slot from, const Numbers& numbers) {
  numbers_[from] = numbers;
  uint64_t users = 0;
  for (const Numbers& one : numbers_) users += one.visible + one.invisible;
  most_users_ = std::max({most_users_, users, numbers.most});
}

void Standings::forget_numbers(Slot slot) {
  numbers_[slot] = {};
  numbers_[slot].slot = slot;
}

// ---- other slots ----

void Standings::greet(Slot slot, std::vector<uint64_t> connections) {
  bus_.send(slot, numbers_[bus_.self()]);
  std::sort(connections.begin(), connections.end());
  uint64_t after = 0;
  for (auto begin = connections.begin();;) {
    const auto end = begin + std::min(kConnectionsPerMessage, connections.end() - begin);
    const bool last = end == connections.end();
    const uint64_t up_to = last ? UINT64_MAX : *(end - 1);
    bus_.send(slot, Living{after, up_to, {begin, end}});
    if (last) return;
    after = up_to;
    begin = end;
  }
}

void Standings::on_slot_died(Slot slot) {
  told_[slot] = {};
  forget_numbers(slot);
}

bool Standings::met_barriers(uint64_t attempt) const {
  for (Slot slot = 0; slot < bus_.slots(); ++slot) {
    if (slot != bus_.self() && barriers_[slot] != attempt) return false;
  }
  return true;
}

void Standings::on_ended(const std::vector<uint64_t>& connections) {
  ended_.insert(ended_.end(), connections.begin(), connections.end());
}

// ---- telling ----

void Standings::tell(const Numbers& now, bool hurries) {
  tell_news(now);
  tell_positions(hurries);
  is_due_ = false;
}

void Standings::tell_news(Numbers now) {
  const Slot self = bus_.self();
  now.settled = 0;
  // Alone it is no news: it has changed elsewhere.
  const uint64_t most = std::exchange(now.most, numbers_[self].most);
  if (ended_.empty() && now == numbers_[self]) return;
  if (!is_due_) return tell_later();
  if (!ended_.empty()) {
    bus_.send_to_all(Ended{ended_});
    owner_.on_ended(std::exchange(ended_, {}));
  }
  if (now == numbers_[self]) return;
  now.most = most;
  bus_.send_to_all(now);
  on_numbers(self, now);
}

void Standings::tell_positions(bool hurries) {
  for (Slot slot = 0; slot < bus_.slots(); ++slot) {
    if (!bus_.greeted(slot)) continue;
    Standing& told = told_[slot];
    if (told.taken == taken_[slot] && told.settled == owner_.settled()) continue;
    // With what else is sent it costs nothing.
    if (!hurries && !is_awaited(slot) && !is_due_ && bus_.queued_bytes(slot) == 0) {
      tell_later();
      continue;
    }
    told = {taken_[slot], owner_.settled()};
    bus_.send(slot, told);
  }
}

bool Standings::is_awaited(Slot slot) const {
  const Standing& told = told_[slot];
  return shared_[slot] > told.taken || taken_[slot] - told.taken >= kMostUntold ||
         (owner_.settled() > told.settled && owner_.is_awaited(slot, told.settled));
}

void Standings::tell_later() {
  if (!held_back_.running()) held_back_.start(kHoldsBack);
}

}  // namespace banterd::worker
