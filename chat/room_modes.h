// What a room's modes mean: letters, who may change them, and what a change does. Room decides and
// evolves by it.
#pragma once

#include "chat/mask.h"
#include "chat/room.h"

namespace banterd::chat {

inline constexpr size_t kMaxKeyBytes = 32;

// The flag of a letter (i m n s t C c); nullopt for any other.
std::optional<RoomFlag> flag_of(char letter);
// The prefix of a letter (q a o h v); nullopt for any other.
std::optional<Prefix> prefix_of(char letter);
// b e I
bool is_list(char letter);

// Whether a room may have it as its key.
bool is_key(std::string_view text);
// The argument of +l: 1 to 4294967295, digits only; nullopt for anything else.
std::optional<uint32_t> parse_limit(std::string_view text);

inline bool at_least(uint8_t prefixes, Prefix wanted) { return prefixes >= wanted; }

// True when an entry of the list `letter` (b e I) matches him; those for speaking alone (~m:) do
// not count.
bool listed(const Room& room, char letter, const MaskSubject& who);
// True when a ban, a mute included, keeps him from speaking and no exception allows it.
bool muted(const Room& room, const Profile& profile);

// What is to be made of several changes.
struct CheckedModes {
  std::vector<ModeChange> effective;  // their arguments complete
  std::optional<Refusal> refused;     // why the first that may not be made may not
};
// Each change is judged as those before it leave the room. need_operator, target_not_there,
// list_full, invalid (an unknown letter, a bad argument). A change that has no effect is left out.
CheckedModes check_modes(const Room& room, const Member& sender, const SetModes& wanted);

}  // namespace banterd::chat
