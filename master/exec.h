// Exec in place: the master becomes another program, and stays the same process with the same
// children and sockets (execve(2)). Two halves: the right moment, and the act.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uv/loop.h"
#include "base/uv/timer.h"
#include "master/spawn.h"

namespace banterd::master {

// Waits for the moment when an exec loses nothing:
//
//          want()           the old generation has gone            at the boundary
//   idle ─────────► waiting ───────────────────────────► quiet ────────────────────► reached
//                      ▲                                   │
//                      └── kRest ── resting ◄──────────────┘ kQuietLimit is over
//
// While it is quiet nobody is accepted, so that hand-offs and channels come to rest; the kernel's
// backlog holds who comes.
class ExecMoment {
 public:
  static constexpr std::chrono::milliseconds kQuietLimit{2'000};
  static constexpr std::chrono::milliseconds kRest{1'000};

  struct Callbacks {
    std::function<void()> hold;     // accept nobody
    std::function<void()> release;  // accept again
    std::function<void()> delayed;  // the boundary was not reached; it is tried again
  };
  ExecMoment(base::Loop& loop, Callbacks callbacks);

  void want();
  // No exec after all, or not again.
  void drop();
  [[nodiscard]] bool wanted() const { return step_ != Step::idle; }
  // It was, and did not come in time: something more important may come first.
  [[nodiscard]] bool was_delayed() const { return delayed_; }
  [[nodiscard]] bool reached() const { return step_ == Step::reached; }

  // Once per iteration of the loop.
  void advance(bool old_generation_gone, bool at_boundary);

 private:
  enum class Step { idle, waiting, quiet, resting, reached };
  void on_due();

  Callbacks callbacks_;
  base::Timer due_;
  Step step_ = Step::idle;
  bool delayed_ = false;
};

// Blocks all signals of this process for as long as it lives. Those that come meanwhile wait, also
// across an exec, which keeps the mask.
class BlockedSignals {
 public:
  BlockedSignals();
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};
// The mask of an ordinary start: what the image after an exec does when it can handle them again.
void unblock_signals();

// Executes `binary` with `arguments` and the state's descriptor, and keeps `descriptors` open, the
// state's among them. Returns only when it has failed, and has undone what it did.
base::Error exec_in_place(const Binary& binary, std::vector<std::string> arguments,
                          const base::UniqueFd& state, std::vector<int> descriptors);

// Takes over a descriptor that an exec kept open. Errc::invalid when there is none of that number.
base::Result<base::UniqueFd> adopt_descriptor(int fd);

}  // namespace banterd::master
