// Who is in which room, and how lines get to them: as directly as a program can.
//
//   immediate  one write for each line and socket
//   batched    what a room was told in a round goes out in one write for each socket, at flush()
//
// A socket that takes no more is waited for: this is a floor to compare with, not a server. Nobody
// gets his own lines back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace banterd::bench {

using RoomNumber = uint32_t;

enum class Delivery { immediate, batched };

class Rooms {
 public:
  explicit Rooms(Delivery delivery) : delivery_(delivery) {}

  // Made when it is first named.
  RoomNumber find(const std::string& name);
  [[nodiscard]] const std::string& name(RoomNumber room) const { return rooms_[room].name; }

  // Sockets are known by their descriptors. One is in one room.
  void enter(int socket, RoomNumber room);
  void leave(int socket);
  [[nodiscard]] RoomNumber room_of(int socket) const { return members_[index(socket)].room; }

  // Whole lines, from a member of the room, or from elsewhere where `from` is kNobody.
  static constexpr int kNobody = -1;
  void say(RoomNumber room, int from, std::string_view lines);
  void flush();

 private:
  // A piece of what was said in this round.
  struct Piece {
    size_t begin;
    size_t size;
  };
  struct Member {
    RoomNumber room = 0;
    size_t place = 0;  // among the room's members
    bool is_here = false;
    std::vector<Piece> own;  // said by himself in this round
  };
  struct Room {
    std::string name;
    std::vector<int> members;
    std::string said;  // in this round
    std::vector<int> speakers;
  };

  static size_t index(int socket) { return static_cast<size_t>(socket); }
  void write_now(const Room& room, int from, std::string_view lines) const;
  void keep(Room& room, RoomNumber number, int from, std::string_view lines);
  void flush(Room& room);
  // What was said but by him.
  [[nodiscard]] std::string said_by_others(const Room& room, const Member& member) const;

  Delivery delivery_;
  std::vector<Room> rooms_;
  std::unordered_map<std::string, RoomNumber> numbers_;
  std::vector<Member> members_;   // by descriptor
  std::vector<RoomNumber> told_;  // in this round
};

}  // namespace banterd::bench
