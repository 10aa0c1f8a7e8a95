#include "worker/protocol/irc/whois_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "worker/protocol/irc/list_reply.h"
#include "worker/protocol/irc/names_reply.h"
#include "worker/protocol/irc/who_reply.h"
#include "worker/utc_text.h"

namespace banterd::worker::irc {

namespace {

void append_rooms(std::string& out, const ReplyTo& to, const WhoisFacts& facts, bool multi_prefix) {
  ListReply list(out, to, kRplWhoIsChannels, {facts.profile->nick.str()});
  for (const WhoisFacts::InRoom& room : facts.rooms)
    list.add(fmt::format("{}{}", prefixes_of(room.prefixes, multi_prefix), room.name));
  list.finish();
}

// What not everybody is told.
void append_private(std::string& out, const ReplyTo& to, const WhoisFacts& facts) {
  const chat::Profile& person = *facts.profile;
  const std::string_view nick = person.nick.str();
  if (facts.address) {
    append_reply(out, to, kRplWhoIsActually,
                 {nick, fmt::format("{}@{}", person.user.view(), *facts.address),
                  address_word(*facts.address)});
  }
  if (facts.modes)
    append_reply(out, to, kRplWhoIsModes, {nick, fmt::format("is using modes +{}", *facts.modes)});
}

// How many of `all` are asked for.
size_t whowas_count(std::string_view text, size_t all) {
  size_t count = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, count);
  const bool is_count = error == std::errc() && parsed == end && count > 0;
  return is_count ? std::min(count, all) : all;
}

}  // namespace

void append_whois(std::string& out, const ReplyTo& to, const WhoisFacts& facts, bool multi_prefix) {
  const chat::Profile& person = *facts.profile;
  const std::string_view nick = person.nick.str();
  append_reply(out, to, kRplWhoIsUser, {nick, person.user, person.host, "*", person.realname});
  append_rooms(out, to, facts, multi_prefix);
  append_reply(out, to, kRplWhoIsServer, {nick, to.server, facts.description});
  if (person.away.made()) append_reply(out, to, kRplAway, {nick, *person.away});
  if (person.server_operator) append_reply(out, to, kRplWhoIsOperator, {nick});
  if (!person.account.empty()) append_reply(out, to, kRplWhoIsAccount, {nick, person.account});
  if (person.bot) append_reply(out, to, kRplWhoIsBot, {nick});
  append_private(out, to, facts);
  append_reply(out, to, kRplWhoIsIdle,
               {nick, std::to_string(facts.idle_s), std::to_string(facts.since / 1000)});
}

void append_whois_nobody(std::string& out, const ReplyTo& to, std::string_view nick) {
  append_reply(out, to, kErrNoSuchNick, {nick});
}

void append_end_of_whois(std::string& out, const ReplyTo& to, std::string_view nick) {
  append_reply(out, to, kRplEndOfWhoIs, {nick});
}

void append_whowas(std::string& out, const ReplyTo& to, std::string_view nick,
                   std::string_view count, std::span<const FormerHolder> holders) {
  if (holders.empty()) append_reply(out, to, kErrWasNoSuchNick, {nick});
  for (const FormerHolder& holder : holders.first(whowas_count(count, holders.size()))) {
    const chat::Profile& person = *holder.profile;
    append_reply(out, to, kRplWhoWasUser,
                 {person.nick.str(), person.user, person.host, "*", person.realname});
    append_reply(out, to, kRplWhoIsServer, {person.nick.str(), to.server, utc_text(holder.until)});
  }
  append_reply(out, to, kRplEndOfWhoWas, {nick});
}

}  // namespace banterd::worker::irc
