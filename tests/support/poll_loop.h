// The loop of a system test: everything that a test has open (clients, the server's log, ends of
// processes) is watched here, so that nothing of it blocks while the test waits for something else.
// Waiting has a deadline; nothing sleeps.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/unique_fd.h"

namespace banterd::tests {

// Longer than anything takes on a busy machine under sanitizers: only a failing test waits as long.
inline constexpr std::chrono::milliseconds kDeadline{20'000};

class PollLoop {
 public:
  using Id = uint64_t;
  // Gets the events of epoll_ctl(2).
  using Callback = std::function<void(uint32_t events)>;

  PollLoop();

  // Level-triggered. The callback may add, change and forget whatever it likes.
  Id watch(int fd, uint32_t events, Callback on_ready);
  void change(Id id, int fd, uint32_t events);
  // Before the descriptor is closed.
  void forget(Id id, int fd);

  // Runs callbacks until `done` holds, which is asked after each round. False when it does not in
  // time.
  [[nodiscard]] bool run_until(const std::function<bool()>& done,
                               std::chrono::milliseconds limit = kDeadline);
  // The same for what nothing here tells of, such as another process's descriptors: `done` is asked
  // every few milliseconds.
  [[nodiscard]] bool poll_until(const std::function<bool()>& done,
                                std::chrono::milliseconds limit = kDeadline);
  // Runs the callbacks of what is ready now.
  void run_ready() { run_round(0); }

 private:
  [[nodiscard]] bool run(const std::function<bool()>& done, std::chrono::milliseconds limit,
                         int round_ms);
  void run_round(int timeout_ms);

  base::UniqueFd epoll_;
  Id last_id_ = 0;
  std::unordered_map<Id, std::shared_ptr<Callback>> callbacks_;
};

}  // namespace banterd::tests
