// A timer that belongs to its owner (uv_timer_t). It may be started again from its own callback.
#pragma once

#include <chrono>
#include <functional>

#include "base/uv/handle.h"
#include "base/uv/loop.h"

namespace banterd::base {

class Timer {
 public:
  using Callback = std::function<void()>;
  Timer(Loop& loop, Callback on_due);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer();

  // Calls back after `delay`, then every `repeat` unless that is zero. Starting a running timer
  // moves it.
  void start(std::chrono::milliseconds delay,
             std::chrono::milliseconds repeat = std::chrono::milliseconds::zero());
  void stop();
  [[nodiscard]] bool running() const;

 private:
  Callback on_due_;
  Handle<uv_timer_t> timer_;
};

}  // namespace banterd::base
