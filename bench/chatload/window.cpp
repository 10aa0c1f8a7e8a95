#include "bench/chatload/window.h"

#include <algorithm>
#include <bit>

namespace banterd::bench {

void Window::resize(uint32_t most) {
  most_ = most;
  due_.assign(std::bit_ceil(most), 0);
  abandon();
}

void Window::close_delivered() {
  while (!empty() && due(oldest_) == 0) ++oldest_;
}

uint32_t Window::open(uint32_t receivers) {
  due(next_) = receivers;
  const uint32_t sequence = next_++;
  if (receivers == 0) close_delivered();
  return sequence;
}

void Window::deliver(uint32_t sequence) {
  if (!is_open(sequence)) return;
  uint32_t& left = due(sequence);
  if (left == 0) return;
  if (--left == 0 && sequence == oldest_) close_delivered();
}

uint64_t Window::forgive(uint32_t from) {
  uint64_t count = 0;
  for (uint32_t sequence = std::max(from, oldest_); sequence < next_; ++sequence, ++count) {
    uint32_t& left = due(sequence);
    if (left > 0) --left;
  }
  close_delivered();
  return count;
}

}  // namespace banterd::bench
