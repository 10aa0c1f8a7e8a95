// Both kinds of connections that a worker serves, with their clients' ends.
#pragma once

#include <utility>

#include "base/unique_fd.h"

namespace banterd::worker {

// The worker's end, and the client's, which does not block.
using SocketPair = std::pair<base::UniqueFd, base::UniqueFd>;

SocketPair unix_pair();
// With the options that the master's listeners give.
SocketPair tcp_pair();

}  // namespace banterd::worker
