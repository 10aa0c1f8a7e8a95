#include "master/heartbeat.h"

namespace banterd::master {

void Heartbeat::heard(ipc::Slot slot, Time now, Time limit) { watches_[slot] = {now, limit}; }
void Heartbeat::forget(ipc::Slot slot) { watches_.erase(slot); }

std::vector<ipc::Slot> Heartbeat::tick(Time now) {
  const bool late = now - last_tick_ > 2 * interval_;
  last_tick_ = now;
  std::vector<ipc::Slot> silent;
  for (auto watch = watches_.begin(); watch != watches_.end();) {
    if (late) watch->second.heard = now;
    if (now - watch->second.heard <= watch->second.limit) {
      ++watch;
      continue;
    }
    silent.push_back(watch->first);
    watch = watches_.erase(watch);
  }
  return silent;
}

}  // namespace banterd::master
