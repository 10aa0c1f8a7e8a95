// Gives memory back to the system that is free in the C library's hands, as after thousands have
// joined one room: free() itself returns only what lies at the heap's end (malloc_trim(3)).
#pragma once

#include <cstddef>

namespace banterd::base {

class FreeMemory {
 public:
  // Freed memory that is worth the work.
  static constexpr size_t kMuch = size_t{1024} * 1024;

  // If kMuch more is free than at the last return; true if it did. Cheap otherwise: may be called
  // once a second.
  bool give_back();

 private:
  size_t returned_ = 0;  // bytes that are free, and have been returned
};

}  // namespace banterd::base
