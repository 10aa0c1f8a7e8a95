// The time of day, for what is told to people or outlives a process. Time that passes is measured
// by the loop (base/uv/loop.h), whose clock nobody sets.
#pragma once

#include <chrono>
#include <cstdint>

namespace banterd::base {

inline int64_t milliseconds_since_1970() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace banterd::base
