// How many descriptors this process, and each worker after it, may have.
#pragma once

#include <cstdint>

namespace banterd::master {

// Raises the soft limit (RLIMIT_NOFILE, getrlimit(2)) to the hard one; workers inherit it. Returns
// what then holds.
uint64_t raise_descriptor_limit();

}  // namespace banterd::master
