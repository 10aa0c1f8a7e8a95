// How long a slot waits before its next worker is started. A worker that had been serving is
// replaced at once; one that dies soon after its start, or never became ready, shows a fault that
// will not go away by hurrying (Postfix's master_spawn.c), so each such failure doubles the wait,
// up to kLongest, at which the slot is retried for ever. Pure: the times come from the caller.
#pragma once

#include <chrono>

namespace banterd::master {

class Backoff {
 public:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{30'000};
  // A death sooner after the start than this counts as a failure.
  static constexpr std::chrono::milliseconds kSoon{10'000};
  // So many such deaths in a row are forgiven a slot whose clients wait.
  static constexpr unsigned kHurries = 20;

  struct Death {
    std::chrono::milliseconds lived{0};
    bool became_ready = false;
    // By a SIGKILL that the master did not send: an operator or the kernel out of memory, no fault
    // of the worker's.
    bool killed_from_outside = false;
    // Its clients wait for its successor, who leaves out what it died of.
    bool keeps_clients = false;
  };

  explicit Backoff(unsigned failures = 0) : failures_(failures) {}

  // The wait before the next start. A SIGKILL from outside is never counted, but one before the
  // worker was ready still costs kFirst: a machine out of memory must not be kept busy with starts.
  // One whose clients are kept is followed at once, kHurries times in a row, if it had become
  // ready: they wait, and what it died of is left out.
  std::chrono::milliseconds after(const Death& death);

  // The wait that so many failures cost: of a slot that was down when this was made.
  [[nodiscard]] std::chrono::milliseconds wait() const;

  // Failures in a row.
  [[nodiscard]] unsigned failures() const { return failures_; }

 private:
  unsigned failures_ = 0;
  unsigned hurried_ = 0;
};

}  // namespace banterd::master
