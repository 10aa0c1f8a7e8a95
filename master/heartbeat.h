// Tells which workers have been silent for too long. A worker counts as heard when it is started,
// when it becomes ready and when it answers a ping.
//
// Silence is counted only while the master itself runs on time: a tick that comes late (the machine
// was asleep or busy, the whole service stopped by SIGSTOP) starts every worker's time anew, since
// they were probably held up as well. Pure: the clock comes from the caller.
#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "ipc/contract.h"

namespace banterd::master {

class Heartbeat {
 public:
  using Time = std::chrono::milliseconds;  // of any clock that only goes forward

  // tick() is meant to be called every `interval` from `now` on; a tick that comes later than twice
  // that after the last is a late one.
  Heartbeat(Time interval, Time now) : interval_(interval), last_tick_(now) {}

  // `slot` has just given a sign of life and must give the next within `limit`.
  void heard(ipc::Slot slot, Time now, Time limit);
  void forget(ipc::Slot slot);

  // The slots that were silent for longer than their limit. They are forgotten: each is reported
  // once.
  std::vector<ipc::Slot> tick(Time now);

 private:
  struct Watch {
    Time heard;
    Time limit;
  };
  Time interval_;
  Time last_tick_;
  std::map<ipc::Slot, Watch> watches_;
};

}  // namespace banterd::master
