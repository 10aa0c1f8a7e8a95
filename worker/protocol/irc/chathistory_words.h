// CHATHISTORY and the times that it and MARKREAD have in them, taken apart (IRCv3 "chathistory",
// "read-marker", "server-time"; the first two are drafts). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "chat/types.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

// The time that server_time() (irc_encoder.h) writes: 2019-01-04T14:33:26.123Z, and only this form.
// A 60th second is the first of the next minute. Nothing: not of this form, or no such day.
std::optional<chat::TimeMs> parse_server_time(std::string_view text);

// The second parameter of MARKREAD: "timestamp=" and such a time. "*" is the server's alone.
std::optional<chat::TimeMs> parse_marker(std::string_view text);

enum class ChatHistoryAction : uint8_t { latest, before, after, around, between, targets };

// A place in a history: a moment, or a message's id.
using HistoryReference = std::variant<chat::TimeMs, std::string>;

struct ChatHistoryWords {
  ChatHistoryAction action = ChatHistoryAction::latest;
  std::string_view target;               // as it was typed; empty for `targets`
  std::optional<HistoryReference> from;  // nothing only for LATEST *
  std::optional<HistoryReference> to;    // of `between` and `targets`; may be before `from`
  size_t limit = 0;                      // of lines, or of targets; at least 1
};

// Why it cannot be done, as FAIL says it.
struct ChatHistoryFailure {
  std::string_view code;
  std::string_view subcommand;  // as it was typed; empty: there was none
  std::string_view about;       // what is wrong; empty: nothing is named
  std::string_view text;
};

// `params` are those of CHATHISTORY. INVALID_PARAMS: unknown subcommand, too few or too many
// parameters, a bad reference or limit; INVALID_MSGREFTYPE: neither timestamp= nor msgid=. A limit
// of 0 or above `most` is `most`.
std::variant<ChatHistoryWords, ChatHistoryFailure> parse_chathistory(
    std::span<const std::string_view> params, size_t most);

// FAIL CHATHISTORY …
void append_failure(std::string& out, const ReplyTo& to, const ChatHistoryFailure& failure);

}  // namespace banterd::worker::irc
