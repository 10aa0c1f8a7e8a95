// Connects every worker with every other: one socket pair of the bus per pair of slots, made here
// and passed to both ends, so that no message between workers goes through the master. A worker
// that is started anew gets new pairs; its peers read the old one to its end first (docs/bus.md).
#pragma once

#include <span>

#include "base/result.h"
#include "ipc/contract.h"
#include "master/worker_table.h"

namespace banterd::master {

class Mesh {
 public:
  explicit Mesh(WorkerTable& workers) : workers_(workers) {}

  // Pairs each of `newcomers`, which have just been started, with every other live worker, once;
  // then tells each that it has all its peers. An Error (out of descriptors) leaves pairs out: the
  // newcomers cannot serve.
  base::Result<void> introduce(std::span<const ipc::Slot> newcomers);

 private:
  base::Result<void> pair(Worker& one, Worker& other);
  WorkerTable& workers_;
};

}  // namespace banterd::master
