// What a client is told once he has registered (Modern IRC, "Connection Registration"): 001 to 005,
// LUSERS, MOTD, his modes; and LUSERS and MOTD again when he asks. Pure: all of it from what is
// given, which must be true. Texts are valid UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/types.h"
#include "worker/protocol/irc/isupport.h"
#include "worker/protocol/irc/numerics.h"
#include "worker/protocol/irc/outgoing_line.h"

namespace banterd::worker::irc {

// The modes of people: bot, invisible, operator, told of WALLOPS.
inline constexpr std::string_view kUserModes = "Biow";

// The same for all clients; made once in a worker's life. The server's name is ReplyTo's.
struct ServerFacts {
  std::string network;
  std::string version;  // "banterd-1.2.3": no spaces
  chat::TimeMs started = 0;
  std::string created;                           // utc_text() of that: 003
  std::vector<std::string> isupport;             // isupport_lines(): 005
  std::optional<std::vector<std::string>> motd;  // its lines; nothing: there is none, 422
};

// For LUSERS. The server is one, however many workers it has: what is here is everywhere.
struct UserCounts {
  uint64_t visible = 0;    // who have registered and are not +i
  uint64_t invisible = 0;  // who have registered and are
  uint64_t operators = 0;
  uint64_t unregistered = 0;
  uint64_t rooms = 0;
  uint64_t most = 0;  // that have been here at once
};

// 001 to 005. `mask` is his nick!user@host.
void append_greeting(std::string& out, const ReplyTo& to, const ServerFacts& facts,
                     std::string_view mask);
// 251 to 255, 265 and 266; without those of 252 to 254 that would say zero (RFC 2812
// section 3.4.2).
void append_lusers(std::string& out, const ReplyTo& to, const UserCounts& counts);
// 375, 372, 376; or 422. What does not fit into a line goes on in the next.
void append_motd(std::string& out, const ReplyTo& to, const ServerFacts& facts);
// 221, also the answer to MODE without changes.
void append_user_modes(std::string& out, const ReplyTo& to, std::string_view modes);

// The message that tells him of changes: `changes` is like "+i-w". `source` is who he is.
void append_user_mode_change(std::string& out, const ReplyTo& to, const Source& source,
                             std::string_view changes);

// The lines of a MOTD as a file has them: ended by LF or CRLF, the last one perhaps by nothing.
std::vector<std::string> motd_lines(std::string_view text);

}  // namespace banterd::worker::irc
