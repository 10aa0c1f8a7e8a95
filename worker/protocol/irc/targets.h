// Whom a command is for: lists with commas, and rooms of which only some members are meant. Pure,
// and linear in the length of the list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace banterd::worker::irc {

struct TargetList {
  std::vector<std::string_view> names;
  std::string_view too_many;  // the first that was one too many (407); empty: none
};

// The names between the commas, in their order: each once, however it is spelt; at most `most`.
// Empty ones are left out.
TargetList split_targets(std::string_view list, size_t most);

struct RoomAndKey {
  std::string_view room;
  std::string_view key;  // empty: none
  bool operator==(const RoomAndKey&) const = default;
};

// The same of JOIN, whose second parameter has the key of each room at the same place.
std::vector<RoomAndKey> split_joins(std::string_view rooms, std::string_view keys, size_t most);

struct RoomTarget {
  std::string_view room;
  uint8_t rank = 0;  // only members of this rank (a chat::Prefix) and above; 0: all
  bool operator==(const RoomTarget&) const = default;
};

// "#room", or with prefixes before it "@#room" (Modern IRC, "STATUSMSG Parameter"), of which the
// lowest counts. Nothing: not the name of a room.
std::optional<RoomTarget> room_target(std::string_view target);

}  // namespace banterd::worker::irc
