// What a room's modes mean: letters, who may change them, and what a change does. Room decides and
// evolves by it.
#pragma once

#include "chat/room.h"

namespace banterd::chat {

// Longest mask or key that a mode may carry, in bytes.
inline constexpr size_t kMaxModeArgumentBytes = 256;

// The flag of a letter (i m n s t C c); nullopt for any other.
std::optional<RoomFlag> flag_of(char letter);
// The prefix of a letter (q a o h v); nullopt for any other.
std::optional<Prefix> prefix_of(char letter);
// b e I
bool is_list(char letter);

inline bool at_least(uint8_t prefixes, Prefix wanted) { return prefixes >= wanted; }

// True when an entry of the list `letter` matches the person.
bool listed(const Room& room, char letter, const Profile& profile);

// The changes that would have an effect, asked for by a member with `prefixes`; a refusal when one
// is not allowed or none has.
std::variant<std::vector<ModeChange>, Refusal> check_modes(const Room& room, uint8_t prefixes,
                                                           const SetModes& wanted);

}  // namespace banterd::chat
