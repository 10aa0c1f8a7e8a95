// Watches one descriptor that it owns for being readable or writable (uv_poll_t), level-triggered.
// The descriptor is closed in the close callback, never while libuv still watches it.
#pragma once

#include <functional>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/uv/loop.h"

namespace banterd::base {

class Poll {
 public:
  enum Events : int { none = 0, readable = UV_READABLE, writable = UV_WRITABLE };
  // Gets the events that are ready, a combination of Events; an error on the descriptor counts as
  // readable and writable, so that the next read or write meets it. The callback may destroy the
  // Poll.
  using Callback = std::function<void(int events)>;

  // `fd` is made non-blocking. Fails when libuv cannot watch it (a regular file); the descriptor is
  // closed then.
  static Result<std::unique_ptr<Poll>> create(Loop& loop, UniqueFd fd, Callback on_ready);
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;
  ~Poll();

  // Watches for exactly these events from now on; `none` stops. Cheap when nothing changes.
  void watch(int events);
  [[nodiscard]] int fd() const;

 private:
  struct State;
  Poll(State* state, Callback on_ready);
  State* state_;  // freed, and the descriptor closed, in uv_close's callback
  Callback on_ready_;
};

}  // namespace banterd::base
