// All deadlines of a worker on one timer: flood delays, lingering sockets, time limits. Idle
// clients cost nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/uv/loop.h"
#include "base/uv/timer.h"

namespace banterd::worker {

class Deadlines {
 public:
  using Callback = std::function<void()>;
  // Names one deadline; kNone names none.
  using Id = uint64_t;
  static constexpr Id kNone = 0;

  explicit Deadlines(base::Loop& loop);

  // Calls back once, `delay` from now, never from within add(). Deadlines of the same millisecond
  // come in the order they were added. The callback may add and cancel; what it adds comes in a
  // later iteration.
  Id add(std::chrono::milliseconds delay, Callback on_due);
  // Forgets it if it has not come; sets `id` to kNone. Cancelling kNone or one that has passed does
  // nothing.
  void cancel(Id& id);
  // How long until it comes, zero if it is due; nothing if there is no such deadline.
  [[nodiscard]] std::optional<std::chrono::milliseconds> time_left(Id id) const;

  // Nothing comes between these two; what was due meanwhile comes soon after resume(). Both may be
  // called again.
  void pause();
  void resume();
  [[nodiscard]] size_t size() const;

 private:
  static constexpr uint64_t kNever = UINT64_MAX;
  void arm();
  void run_due();

  base::Loop& loop_;
  base::Timer timer_;
  Id last_id_ = kNone;
  std::map<std::pair<uint64_t, Id>, Callback> by_time_;  // milliseconds of the loop's clock
  std::map<Id, uint64_t> time_of_;
  uint64_t armed_for_ = kNever;  // when timer_ is to fire
  bool running_ = false;         // inside run_due()
  bool paused_ = false;
};

}  // namespace banterd::worker
