// The one clock of all measurements.
#pragma once

#include <chrono>

namespace banterd::bench {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// A length of time given in seconds, in the clock's steps.
inline Clock::duration seconds(double count) {
  return std::chrono::duration_cast<Clock::duration>(Seconds(count));
}

inline double seconds_since(Clock::time_point begin) {
  return Seconds(Clock::now() - begin).count();
}

}  // namespace banterd::bench
