// Waiting for a descriptor in a test, with a deadline instead of a sleep.
#pragma once

#include <poll.h>

namespace banterd::tests {

// Whether `fd` has something to read, or its end, within ten seconds.
inline bool wait_readable(int fd) {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&watched, 1, 10'000) == 1;
}

}  // namespace banterd::tests
