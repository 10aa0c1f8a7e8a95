// The messages by which the workers of one generation give all they have to those of the next, and
// who has answered what (docs/bus.md). It carries nothing itself: exports and sockets pass from
// worker to worker.
//
//            freeze()              all Frozen: begin_export()           all Imported
//   idle ────────────► freezing ────────────────────────────► exporting ────────────► complete
//                          │                                      │
//                          └──────────── thaw() ◄─────────────────┘
//
// Each pair of an old and a new worker gets a pipe: its ends go out with `export` and `import`. The
// import waits for that slot's `exported`; until then its ends are ours. So an old worker may die
// as soon as its `exported` has been passed on: what it wrote is complete or not, and the importers
// find out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ipc/channel.h"
#include "ipc/messages.h"
#include "master/worker_table.h"

namespace banterd::master {

class Handover {
 public:
  // `attempt` grows with each in a run of the server. Both tables outlive this.
  Handover(WorkerTable& from, WorkerTable& to, uint64_t attempt);

  // Sends `freeze` to all old workers.
  void freeze();
  // Makes the pipes and sends `export`. An Error means that there were no descriptors: thaw().
  base::Result<void> begin_export();
  // Sends `thaw` to whoever was sent `freeze`.
  void thaw();

  // What workers answer. An Error ends the attempt: thaw().
  base::Result<void> on_old(Worker& worker, const ipc::ToMaster& message,
                            ipc::Channel::Frame& frame);
  base::Result<void> on_new(Worker& worker, const ipc::ToMaster& message);

  [[nodiscard]] bool all_frozen() const;
  // What the old worker had has been passed on: its life does not matter any more.
  [[nodiscard]] bool has_exported(const Worker& worker) const;
  [[nodiscard]] bool is_complete() const;
  // "old slot 0, new slot 2": who has not answered yet, for messages.
  [[nodiscard]] std::string missing() const;

 private:
  enum class Step { idle, freezing, exporting };
  enum class Old { asked, frozen, exported };
  void pass_on(const Worker& worker, base::UniqueFd memory);

  WorkerTable& from_;
  WorkerTable& to_;
  uint64_t attempt_;
  Step step_ = Step::idle;
  std::vector<Old> old_;                          // by old slot
  std::vector<bool> imported_;                    // by new slot
  std::vector<std::vector<ipc::SharedFd>> ends_;  // by old slot, then new slot: the importers'
};

}  // namespace banterd::master
