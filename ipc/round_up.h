// Where something aligned begins, or ends, in the memories that processes share.
#pragma once

#include <cstdint>

namespace banterd::ipc {

// The least multiple of `unit` that is not below `value`.
constexpr uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace banterd::ipc
