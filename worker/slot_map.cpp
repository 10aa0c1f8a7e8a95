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

uint32_t pool_of(std::string_view key, uint32_t pools) {
  constexpr uint64_t kNoSlot = UINT64_MAX;  // no owner's weight decides
  return static_cast<uint32_t>(XXH3_64bits_withSeed(key.data(), key.size(), kNoSlot) % pools);
}

}  // namespace banterd::worker
