// How many of an object's people live in each slot: which slots follow it, without looking at all
// of them.
#pragma once

#include <vector>

#include "chat/types.h"

namespace banterd::chat {

class SlotCounts {
 public:
  void add(uint32_t slot) {
    if (counts_.size() <= slot) counts_.resize(slot + 1);
    ++counts_[slot];
  }
  // One who was added before.
  void remove(uint32_t slot) { --counts_[slot]; }

  // Those with anybody in them.
  [[nodiscard]] SlotSet slots() const {
    SlotSet slots;
    for (uint32_t slot = 0; slot < counts_.size(); ++slot) {
      if (counts_[slot] > 0) slots.add(slot);
    }
    return slots;
  }

 private:
  std::vector<uint32_t> counts_;  // index = slot
};

}  // namespace banterd::chat
