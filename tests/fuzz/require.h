// What a fuzz target holds for certain: a fuzzer takes an abort for a find.
#pragma once

#include <cstdlib>

namespace banterd::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace banterd::fuzz
