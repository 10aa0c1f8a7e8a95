#include "base/uv/poll.h"

#include "base/log.h"

namespace banterd::base {

struct Poll::State {
  uv_poll_t handle;
  UniqueFd fd;
  int events = none;
};

Result<std::unique_ptr<Poll>> Poll::create(Loop& loop, UniqueFd fd, Callback on_ready) {
  auto state = std::make_unique<State>();
  // uv_poll_init makes the descriptor non-blocking itself.
  if (const int result = uv_poll_init(loop.get(), &state->handle, fd.get()); result < 0) {
    return from_uv("watch a descriptor", result);
  }
  state->fd = std::move(fd);
  return std::unique_ptr<Poll>(new Poll(state.release(), std::move(on_ready)));
}

Poll::Poll(State* state, Callback on_ready) : state_(state), on_ready_(std::move(on_ready)) {
  state_->handle.data = this;
}

Poll::~Poll() {
  state_->handle.data = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->handle),
           [](uv_handle_t* h) { delete reinterpret_cast<State*>(h); });
}

void Poll::watch(int events) {
  if (events == state_->events) return;
  state_->events = events;
  if (events == none) {
    uv_poll_stop(&state_->handle);
    return;
  }
  const int result =
      uv_poll_start(&state_->handle, events, [](uv_poll_t* h, int status, int ready) noexcept {
        if (h->data == nullptr) return;
        auto* poll = static_cast<Poll*>(h->data);
        // libuv has stopped watching a descriptor that has an error: the next watch() starts anew.
        if (status < 0) poll->state_->events = none;
        poll->on_ready_(status < 0 ? readable | writable : ready);
      });
  if (result < 0) panic("uv_poll_start failed", {{"error", uv_strerror(result)}});
}

int Poll::fd() const { return state_->fd.get(); }

}  // namespace banterd::base
