// What is known of a person, and of those who had a nick before: the answers to WHOIS and WHOWAS
// (Modern IRC, "WHOIS message", "WHOWAS message"). Pure. Which rooms and which private facts the
// client may see is the caller's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chat/types.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

struct WhoisFacts {
  struct InRoom {
    std::string_view name;
    uint8_t prefixes = 0;  // of chat::Prefix
  };
  const chat::Profile* profile = nullptr;  // never null
  std::vector<InRoom> rooms = {};
  std::string_view description = {};  // of the server
  uint64_t idle_s = 0;                // since he last said something
  chat::TimeMs since = 0;             // when he came
  // For himself and operators only; nothing: the client is neither.
  std::optional<std::string_view> address = std::nullopt;
  std::optional<std::string_view> modes = std::nullopt;  // letters
};

// 311 first, then whatever there is of 319 (in as many lines as his rooms need, with all prefixes
// or the highest), 312, 301, 313, 330, 335, 338, 379, 317.
void append_whois(std::string& out, const ReplyTo& to, const WhoisFacts& facts, bool multi_prefix);
// 401, for a nick that nobody has.
void append_whois_nobody(std::string& out, const ReplyTo& to, std::string_view nick);
// 318, after either; `nick` as it was typed.
void append_end_of_whois(std::string& out, const ReplyTo& to, std::string_view nick);

struct FormerHolder {
  const chat::Profile* profile = nullptr;  // never null
  chat::TimeMs until = 0;                  // when he left the nick
};

// 314 and 312 (which has the time instead of a description) for each, or 406 if there is none; then
// 369. `holders` are those of the nick, newest first. `count` is as it was typed: a positive number
// is how many to show at most, anything else shows all.
void append_whowas(std::string& out, const ReplyTo& to, std::string_view nick,
                   std::string_view count, std::span<const FormerHolder> holders);

}  // namespace banterd::worker::irc
