// Who is in a room: the answer to NAMES, also after a JOIN (Modern IRC, "NAMES message"; IRCv3
// "multi-prefix", "userhost-in-names"). Pure, and linear in the number of members.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "chat/room.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

// The signs of a member's ranks (a set of chat::Prefix), highest first: all of them, or only the
// first, for clients without multi-prefix. WHO and WHOIS show the same.
std::string prefixes_of(uint8_t prefixes, bool all);

// What a client has agreed on.
struct NamesStyle {
  bool multi_prefix = false;
  bool userhost_in_names = false;
};

struct NamedMember {
  const chat::Profile* profile = nullptr;  // never null
  uint8_t prefixes = 0;                    // of chat::Prefix
};

// 353 RPL_NAMREPLY, in as many lines as the members need; 366 is apart, since a NAMES for several
// rooms, or for none that is there, has one too. Whom the client may not see is left out by the
// caller.
void append_names(std::string& out, const ReplyTo& to, std::string_view room,
                  const chat::RoomHead& head, std::span<const NamedMember> members,
                  NamesStyle style);
// `room` as the client spelt it when it is no room.
void append_end_of_names(std::string& out, const ReplyTo& to, std::string_view room);

}  // namespace banterd::worker::irc
