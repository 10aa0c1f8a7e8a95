// What the server tells about itself and its commands (Modern IRC, "Server Queries and Commands"):
// HELP, INFO, LINKS, TIME, VERSION, ADMIN. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "chat/types.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

struct HelpText {
  std::string_view command;  // in capitals
  std::string_view usage;    // [] may be left out, {} may be repeated
  std::string_view text;     // lines, with LF between them
};

// Of every command that there is a help for, in the order of their names.
std::span<const HelpText> help_texts();

// 704, 705, 706 about a command, typed in any case, or a list of all if `subject` is empty; 524 for
// any other subject.
void append_help(std::string& out, const ReplyTo& to, std::string_view subject);

// 371 and 374. `version` is "banterd-1.2.3", `started` the time of 003.
void append_info(std::string& out, const ReplyTo& to, std::string_view version,
                 chat::TimeMs started);
// 364 for this server, the only one, and 365.
void append_links(std::string& out, const ReplyTo& to, std::string_view description);
// 391
void append_time(std::string& out, const ReplyTo& to, chat::TimeMs now);
// 351; the 005 lines that belong to the answer are the caller's.
void append_version(std::string& out, const ReplyTo& to, std::string_view version,
                    std::string_view description);
// 256 and 257, or 423 if nothing is known: `admin` is a line about who runs the server, empty:
// none.
void append_admin(std::string& out, const ReplyTo& to, std::string_view admin);

}  // namespace banterd::worker::irc
