#include "base/free_memory.h"

#include <malloc.h>

#include <algorithm>

namespace banterd::base {

bool FreeMemory::give_back() {
  // What was returned counts as free on: its addresses can be used again.
  const size_t free_bytes = ::mallinfo2().fordblks;
  returned_ = std::min(returned_, free_bytes);
  if (free_bytes - returned_ < kMuch) return false;
  static_cast<void>(::malloc_trim(0));
  returned_ = ::mallinfo2().fordblks;
  return true;
}

}  // namespace banterd::base
