#include "base/uv/signal.h"

#include "base/log.h"

namespace banterd::base {

Signal::Signal(Loop& loop, int number, Callback on_signal)
    : on_signal_(std::move(on_signal)), signal_(new uv_signal_t) {
  int result = uv_signal_init(loop.get(), signal_.get());
  signal_->data = this;
  if (result == 0) {
    result = uv_signal_start(
        signal_.get(),
        [](uv_signal_t* h, int) noexcept {
          if (h->data != nullptr) static_cast<Signal*>(h->data)->on_signal_();
        },
        number);
  }
  if (result < 0)
    panic("cannot watch a signal", {{"signal", number}, {"error", uv_strerror(result)}});
}

Signal::~Signal() = default;

}  // namespace banterd::base
