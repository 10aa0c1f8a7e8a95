#include "base/uv/timer.h"

#include <algorithm>

namespace banterd::base {

Timer::Timer(Loop& loop, Callback on_due) : on_due_(std::move(on_due)), timer_(new uv_timer_t) {
  uv_timer_init(loop.get(), timer_.get());  // cannot fail (libuv src/timer.c)
  timer_->data = this;
}

Timer::~Timer() = default;

void Timer::start(std::chrono::milliseconds delay, std::chrono::milliseconds repeat) {
  // The loop's clock stands still during an iteration; a long one would make the timer fire early.
  uv_update_time(timer_->loop);
  const auto delay_ms = static_cast<uint64_t>(std::max<int64_t>(0, delay.count()));
  const auto repeat_ms = static_cast<uint64_t>(std::max<int64_t>(0, repeat.count()));
  uv_timer_start(
      timer_.get(),
      [](uv_timer_t* h) noexcept {
        if (h->data != nullptr) static_cast<Timer*>(h->data)->on_due_();
      },
      delay_ms, repeat_ms);
}

void Timer::stop() { uv_timer_stop(timer_.get()); }
bool Timer::running() const {
  return uv_is_active(reinterpret_cast<const uv_handle_t*>(timer_.get())) != 0;
}

}  // namespace banterd::base
