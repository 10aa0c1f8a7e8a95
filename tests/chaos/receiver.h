// Checks what one client is told: of each voice every line that was said in his rooms, once, in the
// order in which it was said, across rooms; and in each room the order that all others see (unless
// he speaks himself: his own lines do not come).
//
//   begin()          from here on he has to hear everything
//   take(line)       ... as it comes
//   end() once all has been read, or abandon() when his connection has gone
//
// Pure but for the voices, orders and tally that all receivers share, which outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/chaos/room_order.h"
#include "tests/chaos/said_line.h"
#include "tests/chaos/tally.h"
#include "tests/chaos/voices.h"

namespace banterd::chaos {

// What all receivers share.
struct Truth {
  std::vector<std::string> room_names;
  std::vector<RoomOrder> orders;  // by room
  Voices voices;
  Tally tally;
};

class Receiver {
 public:
  // He talks in the last of his rooms, unless he speaks by turns in all.
  Receiver(size_t number, std::vector<RoomIndex> rooms, Truth& truth);

  [[nodiscard]] const std::vector<RoomIndex>& rooms() const { return rooms_; }
  [[nodiscard]] bool active() const { return active_; }

  // He is in all his rooms. `own`: the voice that he has himself, if any, whose lines do not come.
  void begin(const Voice* own);
  // A line has come: counts what is wrong with it. Ignored while not active.
  void take(const SaidLine& line);
  // All that was said has been read: what has not come is lost.
  void end();
  // His connection has gone: what he did not get is no fault.
  void abandon() { active_ = false; }

 private:
  // How far he has heard a voice.
  struct Heard {
    uint32_t next;  // the line that comes next
    bool exact;     // else an earlier one may: he came while it was on its way
  };
  // How far he is in the order of a room.
  struct Place {
    size_t next = 0;
    bool known = false;
  };

  Heard& heard(VoiceNumber voice);
  // The first line of the voice from `sequence` on that he is to hear; at most `end`.
  [[nodiscard]] uint32_t next_heard(const Voice& voice, uint32_t sequence, uint32_t end) const;
  [[nodiscard]] size_t index_of(RoomIndex room) const;
  [[nodiscard]] bool is_in(RoomIndex room) const { return index_of(room) < rooms_.size(); }
  [[nodiscard]] bool in_its_place(const Voice& voice, const SaidLine& line) const;
  void take_sequence(const Voice& voice, uint32_t sequence);
  void take_late(const Voice& voice, uint32_t sequence);
  void lose(const Voice& voice, uint32_t begin, uint32_t end, const std::string& got);
  void take_order(RoomIndex room, RoomOrder::Line line);
  void fault(uint64_t& counter, const Voice& voice, uint32_t expected, const std::string& got,
             uint64_t count = 1);

  size_t number_;
  std::vector<RoomIndex> rooms_;
  Truth& truth_;
  const Voice* own_ = nullptr;
  bool active_ = false;
  std::vector<Heard> heard_;                               // by voice
  std::vector<Place> places_;                              // as rooms_
  std::vector<std::pair<VoiceNumber, uint32_t>> missing_;  // counted as lost
};

}  // namespace banterd::chaos
