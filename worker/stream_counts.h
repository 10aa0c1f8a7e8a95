// How many bytes have been read from a socket, and written to it, since it was accepted, by
// whatever processes had it: the kernel counts them (tcp(7), TCP_INFO; linux/tcp.h).
#pragma once

#include <cstdint>
#include <optional>

namespace banterd::worker {

struct StreamCounts {
  uint64_t read = 0;
  uint64_t written = 0;
};

// Of a TCP connection that the other side opened, exact while only this process uses it; nothing
// for any other socket.
std::optional<StreamCounts> stream_counts(int socket);

}  // namespace banterd::worker
