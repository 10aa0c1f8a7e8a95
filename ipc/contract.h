// All that a master and its workers must agree on beyond the messages themselves.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace banterd::ipc {

// The argument by which the master starts this program as a worker. Not for people: without a
// control channel it ends at once.
inline constexpr const char* kWorkerArgument = "--worker";

// A worker's end of the control channel.
inline constexpr int kControlDescriptor = 3;

// A worker's number, 0..N-1. Slots travel as bits of a 64-bit set, hence the bound.
using Slot = uint32_t;
inline constexpr Slot kMaxSlots = 64;

// Largest payload of one frame. What may be larger (snapshots, lists) is cut into several.
inline constexpr size_t kMaxFrameBytes = 1024 * 1024;

// Bytes queued for one channel above which its peer is given up: credit keeps what clients cause
// far below it.
inline constexpr size_t kMaxChannelQueueBytes = 256 * 1024 * 1024;

// Descriptors that one frame may carry: below the kernel's SCM_MAX_FD of 253 (unix(7)).
inline constexpr size_t kMaxFrameDescriptors = 200;

// A worker that does not answer for this long is taken to hang and is killed (counted only while
// the master is on time).
inline constexpr std::chrono::seconds kHeartbeatLimit{10};
inline constexpr std::chrono::seconds kHeartbeatInterval{1};

// A worker that is not ready this long after its start is killed.
inline constexpr std::chrono::seconds kReadyLimit{10};

// The slot that serves a connection in a generation that took it over from another one.
constexpr Slot slot_of_connection(uint64_t connection, Slot slots) {
  return static_cast<Slot>(connection % slots);
}

// How a process of banterd ends (docs/banterd.8).
enum ExitCode : int {
  exit_ok = 0,
  exit_bad_config = 1,  // also -t, and what cannot be printed
  exit_usage = 2,
  exit_cannot_start = 3,     // a port is taken, no descriptors, no workers
  exit_workers_failing = 4,  // every worker crashed again and again
  exit_lost_master = 5,      // a worker whose control channel ended
};

}  // namespace banterd::ipc
