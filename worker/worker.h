// A worker process from its first message to its last (docs/architecture.md, "A worker's life").
#pragma once

namespace banterd::worker {

// Runs a worker whose master is at the other end of `control_descriptor`; returns the process's
// exit code (ipc/contract.h).
int run(int control_descriptor);

}  // namespace banterd::worker
