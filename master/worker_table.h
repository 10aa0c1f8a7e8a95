// The table of a generation's workers: a row per slot, for as long as the generation lives.
//
//            spawn              Ready             Drain             Drained
//   down ─────────► starting ──────────► ready ──────────► draining ──────────► drained
//     ▲                 │                  │ │                 │                   │
//     │                 │                  │ └─Retire─► retired│                   │
//     └─────────────────┴──────────────────┴───────────────┴───┴───────────────────┘
//            the process is reaped and its channel read to the end
//
// The supervisor makes the transitions but those of a shutdown (master/shutdown.h); the dispatcher
// keeps the counts.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "ipc/channel.h"
#include "ipc/contract.h"
#include "ipc/messages.h"

namespace banterd::master {

enum class WorkerState { down, starting, ready, draining, drained, retired };
// By which a state is written down for the next image of this process (master/state.h).
constexpr std::array<std::string_view, 6> names_of(WorkerState) {
  return {"down", "starting", "ready", "draining", "drained", "retired"};
}

struct Worker {
  ipc::Slot slot = 0;
  WorkerState state = WorkerState::down;
  pid_t pid = 0;  // 0 while down
  uint64_t incarnation =
      0;  // grows with every start of this slot; pid numbers come back, this does not
  uint64_t started_ms = 0;    // by the loop's clock
  bool became_ready = false;  // this incarnation did
  // It runs the next generation's program on this generation's journal, to be exported: nobody is
  // given to it (Supervisor::stand_in).
  bool stand_in = false;
  ipc::SharedFd journal;  // made once, given to every incarnation
  ipc::SharedFd clients;  // the same, if clients are kept: their memory (ipc/client_memory.h)
  std::unique_ptr<ipc::Channel> channel;

  // The dispatcher's.
  uint32_t connections = 0;     // handed to it and not yet ended
  uint32_t unacknowledged = 0;  // of these, those it has not answered
  uint64_t last_answer_ms = 0;  // when it last answered one, or first got one with none unanswered

  // Can be spoken to: it may have died, but we do not know yet.
  [[nodiscard]] bool is_live() const { return channel != nullptr && !channel->ended(); }
  [[nodiscard]] bool is_ready() const { return state == WorkerState::ready && is_live(); }
  [[nodiscard]] bool takes_connections() const { return is_ready() && !stand_in; }
};

class WorkerTable {
 public:
  explicit WorkerTable(uint32_t slots);
  WorkerTable(const WorkerTable&) = delete;
  WorkerTable& operator=(const WorkerTable&) = delete;

  Worker& at(ipc::Slot slot) { return workers_[slot]; }
  [[nodiscard]] uint32_t slots() const { return static_cast<uint32_t>(workers_.size()); }
  auto begin() { return workers_.begin(); }
  auto end() { return workers_.end(); }
  [[nodiscard]] auto begin() const { return workers_.begin(); }
  [[nodiscard]] auto end() const { return workers_.end(); }

  [[nodiscard]] uint32_t ready() const;             // workers that take connections
  [[nodiscard]] bool all_ready() const;             // stand-ins too
  [[nodiscard]] uint64_t last_incarnation() const;  // the highest of all slots
  [[nodiscard]] uint32_t processes() const;         // that run, or wait to be reaped

  // To all that can be spoken to.
  void tell_all(const ipc::ToWorker& message);
  // Writes what is queued for any worker. Once per iteration of the loop.
  void flush();

 private:
  std::vector<Worker> workers_;
};

}  // namespace banterd::master
