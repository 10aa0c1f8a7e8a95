// Limits and defaults that all protocols share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "chat/command.h"
#include "chat/types.h"
#include "conf/config.h"

namespace banterd::worker {

// limits.line_bytes, but never more than fits a bus frame with everything escaped.
size_t longest_line(const conf::Config& config);

// The nick that a new client is given until he chooses one: unique, since connection ids are and
// nobody may claim another's.
chat::Nick guest_nick(uint64_t connection);
bool is_guest_nick(const chat::Nick& nick);

// What is said to who asks for what is no nick ("use 1 to 32 letters, ..."), or for a guest's.
std::string nick_rule(const conf::Config& config);
inline constexpr std::string_view kGuestNickRule =
    "nicks that begin with guest- are given by the server";

// A join as this server's configuration wants it: the default room stays when it is empty, has no
// operators and a topic that anybody may set; whoever makes another room is its operator.
chat::Join join_of(const conf::Config& config, std::string_view room);

}  // namespace banterd::worker
