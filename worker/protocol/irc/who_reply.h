// WHO, plain and extended (Modern IRC, "WHO message"; IRCv3 "WHOX", "bot mode"): its words, and a
// line for each person. Pure. Who may be shown to whom is the caller's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "chat/types.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

struct WhoWords {
  std::string_view mask = "*";  // a room, a nick, or a mask; "*" when there was none
  bool operators_only = false;  // the flag "o"
  bool extended = false;        // 354 RPL_WHOSPCRPL with these fields, else 352 RPL_WHOREPLY
  std::string_view fields;      // letters as they were typed: in any order, some unknown
  std::string_view token = "0";
};

// `params` are those of WHO: [mask [flags][%fields[,token]]]. A token that is not of one to three
// digits is "0".
WhoWords parse_who(std::span<const std::string_view> params);

struct WhoFacts {
  const chat::Profile* profile = nullptr;  // never null
  std::string_view room = {};              // empty: none is shown
  uint8_t prefixes = 0;                    // in that room, of chat::Prefix
  std::string_view address = {};           // empty: not for the client
  uint64_t idle_s = 0;                     // since he last said something
};

// One line: 354 with exactly the fields that were asked for, or 352. Flags are H or G (away), '*'
// (operator), 'B' (bot), then the prefixes: all, or the highest.
void append_who(std::string& out, const ReplyTo& to, const WhoWords& words, const WhoFacts& facts,
                bool multi_prefix);
// 315, with the mask as it was typed.
void append_end_of_who(std::string& out, const ReplyTo& to, const WhoWords& words);

// An address as any parameter but the last can have it: "0::1" for "::1" (Modern IRC,
// RPL_WHOISACTUALLY).
std::string address_word(std::string_view address);

}  // namespace banterd::worker::irc
