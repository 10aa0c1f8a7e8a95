// Watches many descriptors of one owner class for being readable or writable, level-triggered, by
// an epoll set of its own (epoll(7)), whose one descriptor the loop watches. Against a Poll for
// each, a descriptor costs 8 bytes rather than some 250, one system call to be watched rather than
// four, and none to be left alone for a while and watched again: what is not wanted any more is
// taken back only when it happens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/uv/loop.h"
#include "base/uv/poll.h"

struct epoll_event;

namespace banterd::base {

class PollSet {
 public:
  class Watched;
  // Events are those of Poll::Events that are ready and wanted; an error or a hang-up on the
  // descriptor counts as readable and writable, unless nothing is wanted. The callback may watch,
  // close and add descriptors, also this one, and destroy their owners.
  using Callback = void (*)(Watched& watched, int events);

  // A descriptor to watch, as a base of its owner. Does not move, and goes by PollSet::close().
  class Watched {
   public:
    Watched() = default;
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
    [[nodiscard]] bool valid() const { return fd_.valid(); }
    [[nodiscard]] int fd() const { return fd_.get(); }

   private:
    friend class PollSet;
    UniqueFd fd_;
    uint8_t wanted_ = Poll::none;
    uint8_t registered_ = Poll::none;  // with the kernel; none: not in the set
  };

  // Panics when there is no descriptor or memory for a set: a worker is nothing without one.
  PollSet(Loop& loop, Callback on_ready);
  PollSet(const PollSet&) = delete;
  PollSet& operator=(const PollSet&) = delete;
  ~PollSet();

  // Takes `fd`, which must be non-blocking or never be asked to wait, and watches for `events`.
  // When the kernel cannot watch it (a regular file) it is closed.
  Result<void> open(Watched& watched, UniqueFd fd, int events);
  // Watches for exactly these events from now on. Costs nothing where nothing is added.
  void watch(Watched& watched, int events);
  // Closes the descriptor. Nothing more is told of it, also of what is ready already.
  void close(Watched& watched);

 private:
  static constexpr size_t kEventsPerTurn = 256;
  void run();
  void tell(Watched& watched, uint32_t happened);
  // Registers exactly these events with the kernel.
  [[nodiscard]] bool register_for(Watched& watched, int events);

  const Callback on_ready_;
  int set_ = -1;  // the poll's
  std::unique_ptr<Poll> poll_;
  // What this turn has found ready and not told yet: [next_, end_) of events_.
  std::unique_ptr<std::array<epoll_event, kEventsPerTurn>> events_;
  size_t next_ = 0;
  size_t end_ = 0;
};

}  // namespace banterd::base
