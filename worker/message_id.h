// The ids by which clients name messages (IRCv3 "Message IDs"): the position in the owner's log, a
// '-', and 16 hexadecimal digits that tell it from the same position of another owner or after a
// restart. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/types.h"

namespace banterd::worker {

// The same wherever and whenever the event is told, also out of the history. `object` is the room
// or the nick that it happened to, in any spelling.
std::string message_id(uint64_t position, std::string_view object, chat::TimeMs at);

// The position in an id; nothing if it is none. Whether it is that of the message at this position
// only message_id() can tell.
std::optional<uint64_t> position_in(std::string_view message_id);

}  // namespace banterd::worker
