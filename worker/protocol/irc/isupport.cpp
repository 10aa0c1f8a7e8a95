#include "worker/protocol/irc/isupport.h"

#include <fmt/format.h>

#include "worker/protocol/irc/message.h"
#include "worker/protocol/irc/outgoing_line.h"

namespace banterd::worker::irc {

namespace {

constexpr size_t kMaxTokensPerLine = 13;

std::string targets(const AnnouncedLimits& limits) {
  return fmt::format(
      "TARGMAX=JOIN:,KICK:{0},LIST:,NAMES:,NOTICE:{0},PART:,PRIVMSG:{0},TAGMSG:{0},WHOIS:1",
      limits.targets);
}

}  // namespace

std::vector<std::string> isupport_tokens(const AnnouncedLimits& limits) {
  std::vector<std::string> tokens = {
      "ACCOUNTEXTBAN=a",
      fmt::format("AWAYLEN={}", limits.away_bytes),
      "BOT=B",
      "CASEMAPPING=ascii",
      fmt::format("CHANLIMIT=#:{}", limits.rooms),
      fmt::format("CHANMODES={},{},{},{}", kListModes, kKeyMode, kLimitMode, kFlagModes),
      fmt::format("CHANNELLEN={}", limits.room_bytes),
      "CHANTYPES=#",
  };
  if (limits.history_lines > 0) {
    tokens.push_back(fmt::format("CHATHISTORY={}", limits.history_lines));
  }
  tokens.insert(tokens.end(), {
                                  "ELIST=CMNTU",
                                  "EXCEPTS=e",
                                  "EXTBAN=~,am",
                                  "INVEX=I",
                                  fmt::format("KICKLEN={}", limits.reason_bytes),
                                  fmt::format("MAXLIST=b:{0},e:{0},I:{0}", limits.list_entries),
                                  fmt::format("MODES={}", limits.modes),
                              });
  if (limits.monitored > 0) tokens.push_back(fmt::format("MONITOR={}", limits.monitored));
  if (limits.history_lines > 0) tokens.emplace_back("MSGREFTYPES=msgid,timestamp");
  tokens.insert(tokens.end(), {
                                  fmt::format("NAMELEN={}", limits.realname_bytes),
                                  fmt::format("NETWORK={}", escape_isupport(limits.network)),
                                  fmt::format("NICKLEN={}", limits.nick_bytes),
                                  fmt::format("PREFIX=({}){}", kRankModes, kRankPrefixes),
                                  "SAFELIST",
                                  fmt::format("STATUSMSG={}", kRankPrefixes),
                                  targets(limits),
                                  fmt::format("TOPICLEN={}", limits.topic_bytes),
                                  fmt::format("USERLEN={}", limits.user_bytes),
                                  "UTF8ONLY",
                                  "WHOX",
                              });
  return tokens;
}

std::vector<std::string> isupport_lines(std::span<const std::string> tokens,
                                        std::string_view server, size_t nick_bytes) {
  std::string empty_line;
  append_reply(empty_line, {server, std::string(nick_bytes, 'x'), {}}, kRplISupport);
  std::vector<std::string> lines;
  for (size_t i = 0; i < tokens.size();) {
    std::string line;
    size_t count = 0;
    do {
      line.append(tokens[i++]).push_back(' ');
    } while (i < tokens.size() && ++count < kMaxTokensPerLine &&
             empty_line.size() + line.size() + 1 + tokens[i].size() <= kMaxRestBytes + 2);
    lines.push_back(fmt::format("{}:{}", line, kRplISupport.text));
  }
  return lines;
}

void append_isupport(std::string& out, const ReplyTo& to, std::span<const std::string> lines) {
  const std::string_view params[] = {to.nick.empty() ? "*" : to.nick};
  for (const std::string& line : lines) {
    append_line(out, {.tags = to.tags,
                      .source = to.server,
                      .command = "005",
                      .params = params,
                      .written = line});
  }
}

std::string escape_isupport(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c > ' ' && c < '\x7f' && c != '=' && c != '\\') {
      escaped.push_back(c);
    } else {
      escaped += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

}  // namespace banterd::worker::irc
