// Who sits where: which room each connection of a run is in, and who of them talks. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace banterd::bench {

struct Seat {
  uint32_t room = 0;
  std::optional<uint32_t> sender;  // the number of who talks; those of one room are adjacent
};

// First the receivers, then the senders, all in room 0.
std::vector<Seat> one_room(uint32_t receivers, uint32_t senders);
// All talk.
std::vector<Seat> many_rooms(uint32_t rooms, uint32_t members);

// The room of a connection, of so many rooms. A server that hands out connections in turn would get
// rooms that fit its workers if members came at a distance that is a multiple of their number; here
// the distance grows from member to member, and every room of ten is on each of two or four
// workers, and on most of eight.
uint32_t room_of(uint32_t connection, uint32_t rooms);

}  // namespace banterd::bench
