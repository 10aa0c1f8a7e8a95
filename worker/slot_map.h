// Which slot owns a name: rendezvous hashing, so that another number of workers moves only the
// names it must (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998).
#pragma once

#include <cstdint>
#include <string_view>

#include "ipc/contract.h"

namespace banterd::worker {

// `key` is a folded name. The same on every machine and in every version: exports rely on it.
ipc::Slot owner_of(std::string_view key, ipc::Slot slots);
// One of `pools` into which the names of each owner fall, whatever their owner is.
uint32_t pool_of(std::string_view key, uint32_t pools);

}  // namespace banterd::worker
