// Gives memory back to the system that is free in the C library's hands, as after thousands have
// joined one room: free() itself returns only what lies at the heap's end (malloc_trim(3)).
#pragma once

#include <cstddef>

namespace banterd::base {

class FreeMemory {
 public:
  // So much that came into use, or out of it, is worth the work; and this little to a process that
  // has come to rest.
  static constexpr size_t kMuch = size_t{1024} * 1024;
  static constexpr size_t kLittle = size_t{64} * 1024;

  // Call once a second or so: it is cheap where there is nothing to do, which is as long as little
  // has changed since the last return. True if it gave anything back.
  bool give_back();

 private:
  size_t used_ = 0;     // at the last call
  size_t changed_ = 0;  // bytes that have come into use, or out of it, since the last return
};

}  // namespace banterd::base
