// What was said, by whom and where: that which receivers have to hear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace banterd::chaos {

using RoomIndex = uint16_t;
using VoiceNumber = uint32_t;

// One connection that speaks. Its lines are numbered from 0 and go by turns to its rooms. One who
// comes back after his worker's death is another voice: of the last words of the old one nobody
// knows how many were taken.
struct Voice {
  VoiceNumber number = 0;
  std::string nick;
  std::vector<RoomIndex> rooms;
  size_t bytes = 0;  // of each line's text
  bool alive = true;
  uint32_t sent = 0;
  // Up to here (exclusive) the server has let know that all have it, however the voice ends.
  uint32_t confirmed = 0;

  [[nodiscard]] RoomIndex room_of(uint32_t sequence) const {
    return rooms[sequence % rooms.size()];
  }
  // Lines below it must reach everybody.
  [[nodiscard]] uint32_t owed() const { return alive ? sent : confirmed; }
};

// All voices of the run. Their addresses stay.
class Voices {
 public:
  Voice& add(std::vector<RoomIndex> rooms, size_t bytes) {
    const auto number = static_cast<VoiceNumber>(all_.size());
    return all_.emplace_back(Voice{.number = number,
                                   .nick = "v" + std::to_string(number),
                                   .rooms = std::move(rooms),
                                   .bytes = bytes});
  }
  [[nodiscard]] size_t size() const { return all_.size(); }
  [[nodiscard]] const Voice& operator[](size_t number) const { return all_[number]; }
  [[nodiscard]] uint64_t sent() const {
    uint64_t sum = 0;
    for (const Voice& voice : all_) sum += voice.sent;
    return sum;
  }

 private:
  std::deque<Voice> all_;
};

}  // namespace banterd::chaos
