// Ends the service in order, within the configured time:
//
//             begin()              all drained, or a third of the time
//   serving ───────────► draining ─────────────────────────────────────► leaving ──────► over
//                           │                                               │             ▲
//                           └───────────────── force(), or the time is up ──┴► killing ───┘
//
// over: no worker is left. draining: workers read no more and what was said reaches every client's
// queue; all must have done so before any ends its clients, else those who are told first would
// miss the last words of others. leaving: workers tell their clients, flush, end the connections
// and exit by themselves.
#pragma once

#include <chrono>
#include <functional>

#include "base/uv/loop.h"
#include "base/uv/timer.h"
#include "master/supervisor.h"
#include "master/worker_table.h"

namespace banterd::master {

class Shutdown {
 public:
  // How long after the last SIGKILL a process is waited for: one that the kernel does not end then,
  // we cannot either.
  static constexpr std::chrono::milliseconds kReapLimit{1'000};
  // How long the others may go on draining after one has died: what does not concern it is done
  // long before.
  static constexpr std::chrono::milliseconds kDrainWithoutOne{500};

  // `on_over` is called once.
  Shutdown(base::Loop& loop, WorkerTable& workers, Supervisor& supervisor,
           std::chrono::milliseconds timeout, std::function<void()> on_over);

  void begin();
  // At once: kills what is left. Nobody is told anything.
  void force(const std::string& why);

  void on_drained(Worker& worker);
  // A worker has died. While draining, others may wait for what it owned, which will not come any
  // more.
  void on_gone();
  // Looks whether a step is done. Once per iteration of the loop.
  void advance();

 private:
  enum class State { serving, draining, leaving, killing, over };
  void leave();
  void on_due();

  base::Loop& loop_;
  WorkerTable& workers_;
  Supervisor& supervisor_;
  std::chrono::milliseconds timeout_;
  std::function<void()> on_over_;
  base::Timer due_;
  State state_ = State::serving;
  uint64_t began_ms_ = 0;
};

}  // namespace banterd::master
