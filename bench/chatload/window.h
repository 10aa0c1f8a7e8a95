// The messages of one sender that not everybody has got yet, at most so many at a time. Pure.
//
//   while (!window.full()) say(window.open(receivers));
//   window.deliver(sequence)                              for each that comes
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace banterd::bench {

class Window {
 public:
  explicit Window(uint32_t most = 1) { resize(most); }

  // Begins anew with room for `most`: nobody waits for what was said.
  void resize(uint32_t most);
  void abandon() { oldest_ = next_; }

  // The next message is under way to so many receivers. Returns its number. Not while full().
  uint32_t open(uint32_t receivers);
  // One receiver has got it. One that was abandoned is ignored.
  void deliver(uint32_t sequence);
  // A receiver has gone who had got all below `from`: the others are no longer due to him. Returns
  // how many these were.
  uint64_t forgive(uint32_t from);

  [[nodiscard]] uint32_t next() const { return next_; }
  [[nodiscard]] bool is_open(uint32_t sequence) const {
    return sequence >= oldest_ && sequence < next_;
  }
  [[nodiscard]] bool empty() const { return oldest_ == next_; }
  [[nodiscard]] bool full() const { return next_ - oldest_ >= most_; }

 private:
  void close_delivered();

  [[nodiscard]] uint32_t& due(uint32_t sequence) { return due_[sequence & (due_.size() - 1)]; }

  uint32_t most_ = 1;
  // Deliveries that each open message still waits for: a ring, whose size is a power of two, since
  // deliver() is run tens of millions of times a second.
  std::vector<uint32_t> due_;
  uint32_t next_ = 0;
  uint32_t oldest_ = 0;  // ... that is open
};

}  // namespace banterd::bench
