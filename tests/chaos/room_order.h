// The one order of a room's lines, made by whoever hears each line first; all others are compared
// with it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/chaos/voices.h"

namespace banterd::chaos {

class RoomOrder {
 public:
  struct Line {
    VoiceNumber voice;
    uint32_t sequence;
    bool operator==(const Line&) const = default;
  };

  [[nodiscard]] size_t size() const { return lines_.size(); }
  [[nodiscard]] const Line& operator[](size_t at) const { return lines_[at]; }
  void append(Line line) { lines_.push_back(line); }

  // Where a line is; only the last ones are looked at.
  [[nodiscard]] std::optional<size_t> find_recent(Line line) const {
    const size_t oldest = lines_.size() - std::min(lines_.size(), kRecent);
    for (size_t at = lines_.size(); at > oldest; --at) {
      if (lines_[at - 1] == line) return at - 1;
    }
    return std::nullopt;
  }

 private:
  static constexpr size_t kRecent = 4096;

  std::vector<Line> lines_;
};

}  // namespace banterd::chaos
