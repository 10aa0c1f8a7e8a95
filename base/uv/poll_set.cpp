#include "base/uv/poll_set.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"

namespace banterd::base {

PollSet::PollSet(Loop& loop, Callback on_ready)
    : on_ready_(on_ready), events_(std::make_unique<std::array<epoll_event, kEventsPerTurn>>()) {
  UniqueFd set(::epoll_create1(EPOLL_CLOEXEC));
  if (!set) panic("no set of descriptors", {{"error", from_errno("epoll_create1", errno)}});
  set_ = set.get();
  auto poll = Poll::create(loop, std::move(set), [this](int) { run(); });
  if (!poll) panic("no set of descriptors", {{"error", poll.error()}});
  poll_ = *std::move(poll);
  poll_->watch(Poll::readable);
}

PollSet::~PollSet() = default;

Result<void> PollSet::open(Watched& watched, UniqueFd fd, int events) {
  watched.fd_ = std::move(fd);
  watched.wanted_ = static_cast<uint8_t>(events);
  if (register_for(watched, events)) return {};
  const Error why = from_errno("watch a descriptor", errno);
  watched.fd_.reset();
  return why;
}

void PollSet::watch(Watched& watched, int events) {
  watched.wanted_ = static_cast<uint8_t>(events);
  if ((events & ~watched.registered_) == 0) return;
  if (!register_for(watched, events))
    panic("a descriptor cannot be watched", {{"error", from_errno("epoll_ctl", errno)}});
}

bool PollSet::register_for(Watched& watched, int events) {
  if (events == watched.registered_) return true;
  const int operation = watched.registered_ == Poll::none ? EPOLL_CTL_ADD
                        : events == Poll::none            ? EPOLL_CTL_DEL
                                                          : EPOLL_CTL_MOD;
  epoll_event event{};
  event.events = ((events & Poll::readable) != 0 ? EPOLLIN : 0u) |
                 ((events & Poll::writable) != 0 ? EPOLLOUT : 0u);
  event.data.ptr = &watched;
  if (::epoll_ctl(set_, operation, watched.fd_.get(), &event) < 0) return false;
  watched.registered_ = static_cast<uint8_t>(events);
  return true;
}

void PollSet::close(Watched& watched) {
  if (!watched.valid()) return;
  // Another process may hold the same socket: closing alone would leave it in the set (epoll(7)).
  watched.wanted_ = Poll::none;
  static_cast<void>(register_for(watched, Poll::none));
  std::replace_if(
      events_->begin() + static_cast<std::ptrdiff_t>(next_),
      events_->begin() + static_cast<std::ptrdiff_t>(end_),
      [&](const epoll_event& event) { return event.data.ptr == &watched; }, epoll_event{});
  watched.fd_.reset();
}

// What is ready and has no room stays so: its turn comes with the loop's next one.
void PollSet::run() {
  const int found = ::epoll_wait(set_, events_->data(), static_cast<int>(events_->size()), 0);
  if (found < 0 && errno != EINTR)
    panic("a set of descriptors fails", {{"error", from_errno("epoll_wait", errno)}});
  end_ = static_cast<size_t>(std::max(found, 0));
  for (next_ = 0; next_ < end_;) {
    const epoll_event event = (*events_)[next_++];
    if (event.data.ptr != nullptr) tell(*static_cast<Watched*>(event.data.ptr), event.events);
  }
}

void PollSet::tell(Watched& watched, uint32_t happened) {
  int events = ((happened & EPOLLIN) != 0 ? Poll::readable : Poll::none) |
               ((happened & EPOLLOUT) != 0 ? Poll::writable : Poll::none);
  if ((happened & (EPOLLERR | EPOLLHUP)) != 0) events = Poll::readable | Poll::writable;
  // It has been watched in vain: no more, or the loop would never rest.
  if ((events & watched.wanted_) == 0) {
    if (!register_for(watched, watched.wanted_))
      panic("a descriptor cannot be watched", {{"error", from_errno("epoll_ctl", errno)}});
    return;
  }
  if ((happened & (EPOLLERR | EPOLLHUP)) == 0) events &= watched.wanted_;
  on_ready_(watched, events);
}

}  // namespace banterd::base
