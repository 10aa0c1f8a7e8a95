#include "bench/chatload/seats.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

namespace banterd::bench {

namespace {

TEST_SUITE_BEGIN("bench/seats");

TEST_CASE("every room has its members, and their numbers as senders are adjacent") {
  constexpr uint32_t kRooms = 100;
  constexpr uint32_t kMembers = 10;
  const auto seats = many_rooms(kRooms, kMembers);
  REQUIRE(seats.size() == kRooms * kMembers);
  std::map<uint32_t, std::set<uint32_t>> senders;
  for (const Seat& seat : seats) {
    REQUIRE(seat.sender.has_value());
    senders[seat.room].insert(*seat.sender);
  }
  REQUIRE(senders.size() == kRooms);
  for (const auto& [room, numbers] : senders) {
    CHECK(numbers.size() == kMembers);
    CHECK(*numbers.begin() == room * kMembers);
    CHECK(*numbers.rbegin() == room * kMembers + kMembers - 1);
  }
}

TEST_CASE("workers that are given connections in turn share every room") {
  for (const uint32_t rooms : {100U, 999U, 1'000U, 1'500U}) {
    for (const uint32_t workers : {2U, 4U, 8U}) {
      CAPTURE(rooms);
      CAPTURE(workers);
      std::map<uint32_t, std::set<uint32_t>> workers_by_room;
      for (uint32_t connection = 0; connection < rooms * 10; ++connection) {
        workers_by_room[room_of(connection, rooms)].insert(connection % workers);
      }
      const size_t least = workers < 8 ? workers : 4;
      for (const auto& [room, there] : workers_by_room) CHECK(there.size() >= least);
    }
  }
}

TEST_CASE("in one room the senders come last") {
  const auto seats = one_room(3, 2);
  REQUIRE(seats.size() == 5);
  CHECK_FALSE(seats[2].sender.has_value());
  CHECK(seats[3].sender == 0U);
  CHECK(seats[4].sender == 1U);
}

TEST_SUITE_END();

}  // namespace

}  // namespace banterd::bench
