#include "worker/slot_map.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace banterd::worker {

ipc::Slot owner_of(std::string_view key, ipc::Slot slots) {
  ipc::Slot best = 0;
  uint64_t best_weight = 0;
  for (ipc::Slot slot = 0; slot < slots; ++slot) {
    const uint64_t weight = XXH3_64bits_withSeed(key.data(), key.size(), slot);
    if (slot == 0 || weight > best_weight) {
      best = slot;
      best_weight = weight;
    }
  }
  return best;
}

}  // namespace banterd::worker
