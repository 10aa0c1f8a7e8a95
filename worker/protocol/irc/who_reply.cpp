#include "worker/protocol/irc/who_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/take_part.h"
#include "worker/protocol/irc/names_reply.h"

namespace banterd::worker::irc {

namespace {

constexpr size_t kMaxTokenDigits = 3;
// What stands for an address that is not shown (WHOX).
constexpr std::string_view kNoAddress = "255.255.255.255";

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTokenDigits &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string flags_of(const WhoFacts& facts, bool multi_prefix) {
  std::string flags = facts.profile->away.made() ? "G" : "H";
  if (facts.profile->server_operator) flags += '*';
  if (facts.profile->bot) flags += 'B';
  return flags + prefixes_of(facts.prefixes, multi_prefix);
}

std::string field(char letter, const ReplyTo& to, const WhoWords& words, const WhoFacts& facts,
                  bool multi_prefix) {
  const chat::Profile& person = *facts.profile;
  switch (letter) {
    case 't':
      return std::string(words.token);
    case 'c':
      return std::string(facts.room.empty() ? "*" : facts.room);
    case 'u':
      return std::string(person.user);
    case 'i':
      return facts.address.empty() ? std::string(kNoAddress) : address_word(facts.address);
    case 'h':
      return std::string(person.host);
    case 's':
      return std::string(to.server);
    case 'n':
      return std::string(person.nick.str());
    case 'f':
      return flags_of(facts, multi_prefix);
    case 'd':
      return "0";
    case 'l':
      return std::to_string(facts.idle_s);
    case 'a':
      return person.account.empty() ? "0" : std::string(person.account);
    case 'o':
      return "n/a";
    default:
      return std::string(person.realname);
  }
}

// The fields in the order in which they are sent, whatever that of the letters is.
void append_extended(std::string& out, const ReplyTo& to, const WhoWords& words,
                     const WhoFacts& facts, bool multi_prefix) {
  constexpr std::string_view kFields = "tcuihsnfdlaor";
  std::vector<std::string> fields;
  for (const char letter : kFields) {
    if (words.fields.find(letter) != std::string_view::npos)
      fields.push_back(field(letter, to, words, facts, multi_prefix));
  }
  append_reply(out, to, kRplWhoSpcRpl, std::vector<std::string_view>(fields.begin(), fields.end()));
}

}  // namespace

WhoWords parse_who(std::span<const std::string_view> params) {
  WhoWords words;
  if (!params.empty() && !params[0].empty()) words.mask = params[0];
  if (params.size() < 2) return words;
  std::string_view rest = params[1];
  const std::string_view flags = base::take_part(rest, '%');
  words.operators_only = flags.find('o') != std::string_view::npos;
  words.extended = flags.size() < params[1].size();
  if (!words.extended) return words;
  words.fields = base::take_part(rest, ',');
  if (is_token(rest)) words.token = rest;
  return words;
}

void append_who(std::string& out, const ReplyTo& to, const WhoWords& words, const WhoFacts& facts,
                bool multi_prefix) {
  if (words.extended) return append_extended(out, to, words, facts, multi_prefix);
  const chat::Profile& person = *facts.profile;
  append_reply(out, to, kRplWhoReply,
               {facts.room.empty() ? "*" : facts.room, person.user, person.host, to.server,
                person.nick.str(), flags_of(facts, multi_prefix),
                fmt::format("0 {}", person.realname.view())});
}

void append_end_of_who(std::string& out, const ReplyTo& to, const WhoWords& words) {
  append_reply(out, to, kRplEndOfWho, {words.mask});
}

std::string address_word(std::string_view address) {
  return fmt::format("{}{}", address.starts_with(':') ? "0" : "", address);
}

}  // namespace banterd::worker::irc
