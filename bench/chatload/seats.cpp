#include "bench/chatload/seats.h"

namespace banterd::bench {

uint32_t room_of(uint32_t connection, uint32_t rooms) {
  // Triangular numbers have every rest when divided by a power of two.
  const uint32_t place = connection / rooms;
  return (connection + place * (place + 1) / 2) % rooms;
}

std::vector<Seat> one_room(uint32_t receivers, uint32_t senders) {
  std::vector<Seat> seats(receivers);
  for (uint32_t sender = 0; sender < senders; ++sender) seats.push_back({0, sender});
  return seats;
}

std::vector<Seat> many_rooms(uint32_t rooms, uint32_t members) {
  std::vector<Seat> seats(uint64_t{rooms} * members);
  for (uint32_t connection = 0; connection < seats.size(); ++connection) {
    const uint32_t room = room_of(connection, rooms);
    seats[connection] = {room, room * members + connection / rooms};
  }
  return seats;
}

}  // namespace banterd::bench
