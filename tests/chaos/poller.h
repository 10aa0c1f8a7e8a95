// The program's one epoll set.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/unique_fd.h"

namespace banterd::chaos {

// Who wants to know that a descriptor is ready. Outlives the round in which it is removed: an event
// for it may be waiting.
class Watched {
 public:
  // With the events of epoll_ctl(2).
  virtual void on_ready(uint32_t events) = 0;

 protected:
  ~Watched() = default;
};

// A Watched of one function.
class ReadyCallback final : public Watched {
 public:
  explicit ReadyCallback(std::function<void()> on_ready) : on_ready_(std::move(on_ready)) {}
  void on_ready(uint32_t) override { on_ready_(); }

 private:
  std::function<void()> on_ready_;
};

// Level-triggered. A failing epoll is a bug of this program: it panics.
class Poller {
 public:
  Poller();
  void add(int fd, uint32_t events, Watched& watched);
  void change(int fd, uint32_t events, Watched& watched);
  // Before the descriptor is closed.
  void remove(int fd);
  // Waits for at most `timeout_ms` and tells who is ready.
  void run_round(int timeout_ms);

 private:
  void control(int operation, int fd, uint32_t events, Watched* watched);

  base::UniqueFd epoll_;
};

}  // namespace banterd::chaos
