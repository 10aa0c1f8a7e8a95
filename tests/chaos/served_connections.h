// Which TCP connections a process has open (proc(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>

#include "tests/chaos/client.h"

namespace banterd::chaos {

// The clients' ends of the connections to the local IPv4 port `port` that the process has. None for
// a process that has ended.
std::set<LocalEnd> served_connections(pid_t pid, uint16_t port);

}  // namespace banterd::chaos
