// The parameters of MODE taken apart (Modern IRC, "MODE message"), and a room's modes as 324 shows
// them. Pure. Who may change what, and whether a change has an effect, is decided by the room.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chat/room.h"
#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

// Changes with a parameter in one MODE (ISUPPORT MODES): no message has room for more behind the
// room and the letters.
inline constexpr size_t kMaxModes = kMaxParams - 2;

struct RoomModeChange {
  bool add = true;
  char letter = '\0';         // one of the modes of isupport.h
  std::string_view argument;  // mask, key, number, or whose rank it is; empty where none belongs
  bool operator==(const RoomModeChange&) const = default;
};

struct RoomModeWords {
  struct Bad {
    char letter = '\0';
    std::string_view argument;  // empty: missing, or not to be shown
    std::string_view why;
  };
  // As they were asked for. Those with an argument above kMaxModes are left out.
  std::vector<RoomModeChange> changes;
  // Letters of the lists to show, each once.
  std::string queries;
  // Characters that are no mode, each once, at most kMaxModes of them.
  std::vector<std::string_view> unknown;
  // Changes whose argument is missing or wrong, at most kMaxModes of them.
  std::vector<Bad> bad;
};

// `params` are those behind the room's name: letters, then arguments. b, e and I without a mask ask
// for the list, with either sign. -k uses up an argument if there is one, whatever it is. All
// views are into `params`.
RoomModeWords parse_room_modes(std::span<const std::string_view> params);

// What cannot be done, to whom has asked: 472 ERR_UNKNOWNMODE, 696 ERR_INVALIDMODEPARAM. A key is
// not repeated.
void append_mode_errors(std::string& out, const ReplyTo& to, std::string_view room,
                        const RoomModeWords& words);

// The letters with their '+', then the arguments of k and l: "+ntkl", "secret", "20". Without
// `with_key` the key is "*": it is for members only.
std::vector<std::string> room_mode_letters(const chat::RoomHead& head, bool with_key);

// 324 and 329, the answer to MODE without changes.
void append_room_modes(std::string& out, const ReplyTo& to, std::string_view room,
                       const chat::RoomHead& head, bool with_key);

struct UserModeChange {
  bool add = true;
  char letter = '\0';  // of kUserModes
  bool operator==(const UserModeChange&) const = default;
};
struct UserModeWords {
  std::vector<UserModeChange> changes;  // each letter once: what came last counts
  bool unknown = false;                 // 501 ERR_UMODEUNKNOWNFLAG, once
};

// `params` are those behind the nick. +o is left out without an error: only OPER gives it.
UserModeWords parse_user_modes(std::span<const std::string_view> params);

}  // namespace banterd::worker::irc
