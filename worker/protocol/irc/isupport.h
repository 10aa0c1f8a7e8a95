// What the server tells a client about itself when he has registered: 005 RPL_ISUPPORT (Modern IRC,
// "RPL_ISUPPORT Parameters"; BOT, CHATHISTORY, MONITOR, NAMELEN, UTF8ONLY and WHOX are of their
// IRCv3 specifications). Pure. All of it must be true: the numbers are those by which handlers
// refuse.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

// The modes of rooms, by what MODE takes with them (Modern IRC, "CHANMODES Parameter"): a mask, a
// parameter always, one only to set, none; and those that give a member a rank, with its prefix.
inline constexpr std::string_view kListModes = "beI";
inline constexpr std::string_view kKeyMode = "k";
inline constexpr std::string_view kLimitMode = "l";
inline constexpr std::string_view kFlagModes = "Ccimnst";
inline constexpr std::string_view kRankModes = "ohv";
inline constexpr std::string_view kRankPrefixes = "@%+";

// Lengths are in bytes. 0 where it is allowed: not announced, since it is not there.
struct AnnouncedLimits {
  std::string_view network;   // the network's name: any text
  size_t nick_bytes = 0;      // NICKLEN
  size_t user_bytes = 0;      // USERLEN
  size_t realname_bytes = 0;  // NAMELEN
  size_t room_bytes = 0;      // CHANNELLEN, with the '#'
  size_t topic_bytes = 0;     // TOPICLEN
  size_t reason_bytes = 0;    // KICKLEN
  size_t away_bytes = 0;      // AWAYLEN
  size_t rooms = 0;           // CHANLIMIT
  size_t list_entries = 0;    // MAXLIST: of bans, exceptions and invitation masks each
  size_t modes = 0;           // MODES: changes with a parameter in one MODE
  size_t targets = 0;         // TARGMAX: of PRIVMSG, NOTICE, TAGMSG and KICK each
  size_t monitored = 0;       // MONITOR; may be 0
  size_t history_lines = 0;   // CHATHISTORY: in one answer; may be 0
};

// The tokens, in the order of their names.
std::vector<std::string> isupport_tokens(const AnnouncedLimits& limits);

// What stands behind the nick in the 005 lines: at most 13 tokens in each, since a message has 15
// parameters, and as many as fit its 510 bytes, whatever nick of at most `nick_bytes` it is for.
std::vector<std::string> isupport_lines(std::span<const std::string> tokens,
                                        std::string_view server, size_t nick_bytes);
// Appends the 005 lines.
void append_isupport(std::string& out, const ReplyTo& to, std::span<const std::string> lines);

// A token's value with what it may not have as "\xHH": space, '=', '\' and what is not printable
// ASCII.
std::string escape_isupport(std::string_view value);

}  // namespace banterd::worker::irc
