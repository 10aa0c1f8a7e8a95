// What was found, counted; and the first few faults in words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace banterd::chaos {

struct Tally {
  uint64_t delivered = 0;
  uint64_t lost = 0;       // lines that one receiver did not get
  uint64_t doubled = 0;    // got a second time
  uint64_t reordered = 0;  // got behind a later one of the same person
  uint64_t disagreed = 0;  // a receiver has another order than those before him
  uint64_t misplaced = 0;  // in the wrong room, under a wrong nick, to the speaker, no line of ours
  uint64_t errors = 0;     // the server answered with an error
  uint64_t closed = 0;     // connections that ended, and not with their worker
  uint64_t other = 0;      // what is not about one line: a wrong list of members, a wrong exit
  uint64_t ended_with_worker = 0;  // connections; no fault

  [[nodiscard]] uint64_t faults() const {
    return lost + doubled + reordered + disagreed + misplaced + errors + closed + other;
  }

  // Counts a fault and keeps its words, if they are among the first.
  void fault(uint64_t& counter, std::string words, uint64_t count = 1) {
    counter += count;
    if (words_.size() < kShown) words_.push_back(std::move(words));
  }
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  static constexpr size_t kShown = 20;

  std::vector<std::string> words_;
};

}  // namespace banterd::chaos
