// Gives memory back to the system that is free in the C library's hands, as after thousands have
// joined one room: free() itself returns only what lies at the heap's end (malloc_trim(3)). Of a
// process that rests also slabs that are empty.
#pragma once

#include <chrono>
#include <cstddef>

namespace banterd::base {

class FreeMemory {
 public:
  // By so much the process's memory must have grown since the last return, for a process that rests
  // and for one that is busy, which would soon need it again.
  static constexpr size_t kLittle = size_t{64} * 1024;
  static constexpr size_t kMuch = size_t{64} * 1024 * 1024;

  // Call once a second or so. True if it gave anything back.
  bool give_back() { return give_back(rests()); }
  bool give_back(bool rests);

 private:
  // True if the process has computed for less than a tenth of the time since the last call.
  [[nodiscard]] bool rests();

  size_t resident_ = 0;  // bytes, after the last return
  std::chrono::nanoseconds computed_{};
  std::chrono::nanoseconds called_{};
};

}  // namespace banterd::base
