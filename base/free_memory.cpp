#include "base/free_memory.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <sstream>
#include <utility>

#include "base/file.h"
#include "base/slab.h"

namespace banterd::base {

namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// proc(5), statm: in pages, all of the process, and what of it is in memory. 0: no descriptor is
// left to read it by; there will be one another time.
size_t resident_bytes() {
  const auto text = read_file("/proc/self/statm", 256);
  if (!text) return 0;
  std::istringstream words(*text);
  size_t all = 0;
  size_t resident = 0;
  words >> all >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

bool FreeMemory::rests() {
  const auto called = read_clock(CLOCK_MONOTONIC);
  const auto computed = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  const auto passed = called - std::exchange(called_, called);
  return 10 * (computed - std::exchange(computed_, computed)) < passed;
}

bool FreeMemory::give_back(bool rests) {
  const bool gave_slabs = rests && Slabs::give_back_empty();
  const size_t resident = resident_bytes();
  resident_ = std::min(resident_, resident);
  if (resident - resident_ < (rests ? kLittle : kMuch)) return gave_slabs;
  // 0: it was all returned before, and none of it has been used since.
  const bool gave = ::malloc_trim(0) != 0;
  resident_ = resident_bytes();
  return gave || gave_slabs;
}

}  // namespace banterd::base
