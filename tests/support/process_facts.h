// What the kernel tells of a running process (proc(5)): its memory, descriptors, children and CPU
// time. A process that has ended has none of anything.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace banterd::tests {

// The process's share of its memory (PSS) that is nobody's file: without the program's own pages
// and journals (memfd).
size_t memory_bytes(pid_t pid);
// Of several together: what they share is counted once.
size_t memory_bytes(const std::vector<pid_t>& pids);

size_t descriptors(pid_t pid);
size_t descriptors(const std::vector<pid_t>& pids);
// The number that the next descriptor of the process will have.
uint64_t next_descriptor(pid_t pid);

// Established TCP connections to the local IPv4 port `port` that the process has open.
size_t connections_to(uint16_t port, pid_t pid);

std::vector<pid_t> children(pid_t pid);

// In user mode and in the kernel.
std::chrono::nanoseconds cpu_time(pid_t pid);
std::chrono::nanoseconds cpu_time(const std::vector<pid_t>& pids);

}  // namespace banterd::tests
