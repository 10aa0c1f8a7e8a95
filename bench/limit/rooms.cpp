#include "bench/limit/rooms.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace banterd::bench {

namespace {

// What a socket refuses for good is lost: its end will be read.
void write_all(int socket, std::string_view bytes) {
  constexpr int kPatienceMs = 1000;
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd wanted{socket, POLLOUT, 0};
      ::poll(&wanted, 1, kPatienceMs);
    } else {
      return;
    }
  }
}

}  // namespace

RoomNumber Rooms::find(const std::string& name) {
  const auto [found, is_new] = numbers_.try_emplace(name, static_cast<RoomNumber>(rooms_.size()));
  if (is_new) rooms_.push_back({name, {}, {}, {}});
  return found->second;
}

void Rooms::enter(int socket, RoomNumber room) {
  if (members_.size() <= index(socket)) members_.resize(index(socket) + 1);
  members_[index(socket)] = {room, rooms_[room].members.size(), true, {}};
  rooms_[room].members.push_back(socket);
}

void Rooms::leave(int socket) {
  Member& member = members_[index(socket)];
  std::vector<int>& others = rooms_[member.room].members;
  others[member.place] = others.back();
  members_[index(others.back())].place = member.place;
  others.pop_back();
  member.is_here = false;
}

void Rooms::say(RoomNumber number, int from, std::string_view lines) {
  if (delivery_ == Delivery::immediate) {
    write_now(rooms_[number], from, lines);
  } else {
    keep(rooms_[number], number, from, lines);
  }
}

void Rooms::write_now(const Room& room, int from, std::string_view lines) const {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n') + 1);
    for (const int member : room.members) {
      if (member != from) write_all(member, line);
    }
    lines.remove_prefix(line.size());
  }
}

void Rooms::keep(Room& room, RoomNumber number, int from, std::string_view lines) {
  if (room.said.empty()) told_.push_back(number);
  if (from != kNobody) {
    Member& member = members_[index(from)];
    if (member.own.empty()) room.speakers.push_back(from);
    member.own.push_back({room.said.size(), lines.size()});
  }
  room.said.append(lines);
}

void Rooms::flush() {
  for (const RoomNumber room : told_) flush(rooms_[room]);
  told_.clear();
}

void Rooms::flush(Room& room) {
  for (const int speaker : room.speakers) {
    Member& member = members_[index(speaker)];
    if (member.is_here) write_all(speaker, said_by_others(room, member));
  }
  for (const int member : room.members) {
    if (members_[index(member)].own.empty()) write_all(member, room.said);
  }
  for (const int speaker : room.speakers) members_[index(speaker)].own.clear();
  room.speakers.clear();
  room.said.clear();
}

std::string Rooms::said_by_others(const Room& room, const Member& member) const {
  std::string others;
  size_t at = 0;
  for (const Piece& piece : member.own) {
    others.append(room.said, at, piece.begin - at);
    at = piece.begin + piece.size;
  }
  return others.append(room.said, at);
}

}  // namespace banterd::bench
