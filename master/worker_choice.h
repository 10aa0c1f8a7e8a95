// Which worker gets the next connection. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "ipc/contract.h"

namespace banterd::master {

// A worker that is ready and has not refused this connection before.
struct Candidate {
  ipc::Slot slot = 0;
  uint32_t connections = 0;
  bool full = false;     // has as many unanswered hand-offs, or bytes queued, as it may
  bool stalled = false;  // has answered none of its hand-offs for a while
};

// The one with the fewest connections, of several the lowest slot. A stalled one is passed over
// while another is not: who arrives now should not wait for a worker that may hang. Nobody if that
// worker is full: the connection waits for it, since giving it to another would leave them unequal.
std::optional<ipc::Slot> choose_worker(std::span<const Candidate> candidates);

}  // namespace banterd::master
