#include "tests/support/poll_loop.h"

#include <doctest/doctest.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace banterd::tests {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMilliseconds = 10;

int milliseconds_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

}  // namespace

PollLoop::PollLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) { REQUIRE(epoll_); }

PollLoop::Id PollLoop::watch(int fd, uint32_t events, Callback on_ready) {
  const Id id = ++last_id_;
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  REQUIRE(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
  callbacks_.emplace(id, std::make_shared<Callback>(std::move(on_ready)));
  return id;
}

void PollLoop::change(Id id, int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  REQUIRE(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0);
}

void PollLoop::forget(Id id, int fd) {
  callbacks_.erase(id);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

bool PollLoop::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  return run(done, limit, std::numeric_limits<int>::max());
}

bool PollLoop::poll_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  return run(done, limit, kPollMilliseconds);
}

bool PollLoop::run(const std::function<bool()>& done, std::chrono::milliseconds limit,
                   int round_ms) {
  const auto end = Clock::now() + limit;
  while (!done()) {
    const int left_ms = milliseconds_until(end);
    if (left_ms == 0) return false;
    run_round(std::min(left_ms, round_ms));
  }
  return true;
}

void PollLoop::run_round(int timeout_ms) {
  std::array<epoll_event, 256> events;
  const int count =
      epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  REQUIRE((count >= 0 || errno == EINTR));
  for (int i = 0; i < count; ++i) {
    const uint64_t id = events[static_cast<size_t>(i)].data.u64;  // nothing may refer to it: packed
    const auto found = callbacks_.find(id);
    // An earlier callback of this round may have forgotten it.
    if (found == callbacks_.end()) continue;
    const std::shared_ptr<Callback> callback = found->second;  // it may forget itself
    (*callback)(events[static_cast<size_t>(i)].events);
  }
}

}  // namespace banterd::tests
