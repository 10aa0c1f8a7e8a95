#include "base/uv/loop.h"

#include <string_view>

#include "base/log.h"

namespace banterd::base {

namespace {

void require(int uv_result, std::string_view what) {
  if (uv_result < 0)
    panic("libuv refused a handle", {{"call", what}, {"error", uv_strerror(uv_result)}});
}

}  // namespace

Loop::Loop() { require(uv_loop_init(&loop_), "uv_loop_init"); }

Loop::~Loop() {
  // Handles whose owners closed them still wait for their close callback.
  uv_run(&loop_, UV_RUN_NOWAIT);
  if (uv_loop_close(&loop_) == UV_EBUSY) {
    uv_run(&loop_, UV_RUN_NOWAIT);
    require(uv_loop_close(&loop_), "uv_loop_close");
  }
}

void Loop::run() { uv_run(&loop_, UV_RUN_DEFAULT); }
void Loop::poll() { uv_run(&loop_, UV_RUN_NOWAIT); }
void Loop::stop() { uv_stop(&loop_); }
uint64_t Loop::now_ms() const { return uv_now(&loop_); }

IterationEnd::IterationEnd(Loop& loop, Callback on_end)
    : on_end_(std::move(on_end)), prepare_(new uv_prepare_t), check_(new uv_check_t) {
  require(uv_prepare_init(loop.get(), prepare_.get()), "uv_prepare_init");
  require(uv_check_init(loop.get(), check_.get()), "uv_check_init");
  prepare_->data = this;
  check_->data = this;
  require(uv_prepare_start(prepare_.get(),
                           [](uv_prepare_t* h) noexcept {
                             if (h->data != nullptr) static_cast<IterationEnd*>(h->data)->on_end_();
                           }),
          "uv_prepare_start");
  require(uv_check_start(check_.get(),
                         [](uv_check_t* h) noexcept {
                           if (h->data != nullptr) static_cast<IterationEnd*>(h->data)->on_end_();
                         }),
          "uv_check_start");
  // They only accompany other handles: alone they must not keep the loop alive.
  uv_unref(reinterpret_cast<uv_handle_t*>(prepare_.get()));
  uv_unref(reinterpret_cast<uv_handle_t*>(check_.get()));
}

IterationEnd::~IterationEnd() = default;

}  // namespace banterd::base
