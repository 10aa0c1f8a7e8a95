// Replies with a code in words instead of a number (IRCv3 "Standard Replies"):
// TYPE COMMAND CODE [context…] :text. Pure. The codes are those of the extension that a command is
// of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

// `command` is what the reply is about, empty if that is no command ("*"). `context` may repeat
// what the client typed; of it no more is sent than a message has parameters.

// It was not done.
void append_fail(std::string& out, const ReplyTo& to, std::string_view command,
                 std::string_view code, const std::vector<std::string_view>& context,
                 std::string_view text);
// Nothing is wrong.
void append_note(std::string& out, const ReplyTo& to, std::string_view command,
                 std::string_view code, const std::vector<std::string_view>& context,
                 std::string_view text);

}  // namespace banterd::worker::irc
