// The one event loop of a process, passed by reference to all that waits on it.
#pragma once

#include <uv.h>

#include <functional>

#include "base/uv/handle.h"

namespace banterd::base {

class Loop {
 public:
  // Aborts when libuv cannot make a loop (no descriptors at start): nothing could run without it.
  Loop();
  // Runs the close callbacks of handles that were closed; all owners of handles must be gone by
  // now.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop() or until no handle is active.
  void run();
  void stop();
  // Handles what is ready now, without waiting; not from within run().
  void poll();

  // Milliseconds of a clock that only goes forward, as of the start of this iteration (uv_now).
  [[nodiscard]] uint64_t now_ms() const;
  uv_loop_t* get() { return &loop_; }

 private:
  uv_loop_t loop_;
};

// Calls back once before the loop waits and once after it has handled what it waited for, so that
// what any callback of an iteration queued leaves in that iteration: nothing waits for a timer.
// (uv_prepare_t, uv_check_t.)
class IterationEnd {
 public:
  using Callback = std::function<void()>;
  IterationEnd(Loop& loop, Callback on_end);
  IterationEnd(const IterationEnd&) = delete;
  IterationEnd& operator=(const IterationEnd&) = delete;
  ~IterationEnd();

 private:
  Callback on_end_;
  Handle<uv_prepare_t> prepare_;
  Handle<uv_check_t> check_;
};

}  // namespace banterd::base
