#include "tests/chaos/poller.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>

#include "base/log.h"

namespace banterd::chaos {

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) base::panic("no epoll", {{"why", base::from_errno("epoll_create1", errno)}});
}

void Poller::add(int fd, uint32_t events, Watched& watched) {
  control(EPOLL_CTL_ADD, fd, events, &watched);
}

void Poller::change(int fd, uint32_t events, Watched& watched) {
  control(EPOLL_CTL_MOD, fd, events, &watched);
}

void Poller::remove(int fd) { control(EPOLL_CTL_DEL, fd, 0, nullptr); }

void Poller::control(int operation, int fd, uint32_t events, Watched* watched) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = watched;
  if (epoll_ctl(epoll_.get(), operation, fd, &event) != 0)
    base::panic("epoll failed", {{"why", base::from_errno("epoll_ctl", errno)}});
}

void Poller::run_round(int timeout_ms) {
  std::array<epoll_event, 512> events;
  const int count =
      epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  if (count < 0 && errno != EINTR)
    base::panic("epoll failed", {{"why", base::from_errno("epoll_wait", errno)}});
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    static_cast<Watched*>(event.data.ptr)->on_ready(event.events);
  }
}

}  // namespace banterd::chaos
