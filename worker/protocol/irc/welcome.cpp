#include "worker/protocol/irc/welcome.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/take_part.h"
#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/outgoing_line.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

std::string sorted(std::string letters) {
  std::ranges::sort(letters);
  return letters;
}

// 004: a client learns from the last list which modes take a parameter.
void append_my_info(std::string& out, const ReplyTo& to, const ServerFacts& facts) {
  static const std::string kWithParameter =
      sorted(fmt::format("{}{}{}{}", kListModes, kKeyMode, kLimitMode, kRankModes));
  static const std::string kAll = sorted(fmt::format("{}{}", kWithParameter, kFlagModes));
  append_reply(out, to, kRplMyInfo, {to.server, facts.version, kUserModes, kAll, kWithParameter});
}

// One or more 372, so that nothing of the line is lost.
void append_motd_line(std::string& out, const ReplyTo& to, std::string_view line) {
  std::string empty_line;
  append_reply(empty_line, {to.server, to.nick, {}}, kRplMotd, {"- "});
  // Never less than one character, whatever the names of the server and the client.
  const size_t room = std::max<size_t>(kMaxRestBytes + 2 - empty_line.size(), 4);
  do {
    const std::string_view part = beginning_of(line, room);
    append_reply(out, to, kRplMotd, {fmt::format("- {}", part)});
    line.remove_prefix(part.size());
  } while (!line.empty());
}

}  // namespace

void append_greeting(std::string& out, const ReplyTo& to, const ServerFacts& facts,
                     std::string_view mask) {
  append_reply(out, to, kRplWelcome,
               {fmt::format("Welcome to the {} Network, {}", facts.network, mask)});
  append_reply(out, to, kRplYourHost,
               {fmt::format("Your host is {}, running version {}", to.server, facts.version)});
  append_reply(out, to, kRplCreated, {fmt::format("This server was created {}", facts.created)});
  append_my_info(out, to, facts);
  append_isupport(out, to, facts.isupport);
}

void append_lusers(std::string& out, const ReplyTo& to, const UserCounts& counts) {
  append_reply(out, to, kRplLuserClient,
               {fmt::format("There are {} users and {} invisible on 1 servers", counts.visible,
                            counts.invisible)});
  const auto unless_none = [&](const Numeric& numeric, uint64_t count) {
    if (count > 0) append_reply(out, to, numeric, {std::to_string(count)});
  };
  unless_none(kRplLuserOp, counts.operators);
  unless_none(kRplLuserUnknown, counts.unregistered);
  unless_none(kRplLuserChannels, counts.rooms);
  const uint64_t users = counts.visible + counts.invisible;
  append_reply(out, to, kRplLuserMe, {fmt::format("I have {} clients and 0 servers", users)});
  const std::string now = std::to_string(users);
  const std::string most = std::to_string(counts.most);
  append_reply(out, to, kRplLocalUsers,
               {now, most, fmt::format("Current local users {}, max {}", now, most)});
  append_reply(out, to, kRplGlobalUsers,
               {now, most, fmt::format("Current global users {}, max {}", now, most)});
}

void append_motd(std::string& out, const ReplyTo& to, const ServerFacts& facts) {
  if (!facts.motd) return append_reply(out, to, kErrNoMotd);
  append_reply(out, to, kRplMotdStart, {fmt::format("- {} Message of the day -", to.server)});
  for (const std::string& line : *facts.motd) append_motd_line(out, to, line);
  append_reply(out, to, kRplEndOfMotd);
}

void append_user_modes(std::string& out, const ReplyTo& to, std::string_view modes) {
  append_reply(out, to, kRplUModeIs, {fmt::format("+{}", modes)});
}

void append_user_mode_change(std::string& out, const ReplyTo& to, const Source& source,
                             std::string_view changes) {
  const std::string_view params[] = {to.nick, changes};
  append_line(out, {.tags = to.tags, .source = source, .command = "MODE", .params = params});
}

std::vector<std::string> motd_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::string_view line = base::take_part(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
  }
  return lines;
}

}  // namespace banterd::worker::irc
