// Calls back in the loop when a signal arrives (uv_signal_t).
#pragma once

#include <functional>

#include "base/result.h"
#include "base/uv/handle.h"
#include "base/uv/loop.h"

namespace banterd::base {

class Signal {
 public:
  using Callback = std::function<void()>;
  // Watches `number` (SIGINT, …) from now until destroyed. Aborts when libuv cannot.
  Signal(Loop& loop, int number, Callback on_signal);
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal();

 private:
  Callback on_signal_;
  Handle<uv_signal_t> signal_;
};

}  // namespace banterd::base
