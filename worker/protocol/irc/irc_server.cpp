// The part of IrcProtocol that is about the server itself.
#include <fmt/format.h>

#include <algorithm>

#include "worker/protocol/irc/help.h"
#include "worker/protocol/irc/irc_facts.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/irc/isupport.h"
#include "worker/protocol/irc/welcome.h"

namespace banterd::worker::irc {

// A mask that a client may give to name a server, or a nick to name the one where that is: his own.
bool IrcProtocol::is_this_server(std::string_view mask) const {
  return mask.empty() || chat::matches(mask, session_.config().server.name) ||
         chat::fold(mask) == session_.profile().nick.key();
}

// Answers if it refuses.
bool IrcProtocol::refuses_server(std::string_view mask) {
  if (is_this_server(mask)) return false;
  reply(kErrNoSuchServer, {mask});
  return true;
}

void IrcProtocol::motd(const Message& message) {
  if (!refuses_server(message.params[0])) append_motd(response_.out(), to(), facts_of(session_));
}

void IrcProtocol::lusers(const Message& message) {
  if (refuses_server(message.params[1])) return;
  ask("", AboutNumbers{}, [this](const Findings& found) { show_numbers(found.numbers); });
}

void IrcProtocol::show_numbers(const std::vector<Numbers>& numbers) {
  UserCounts counts;
  for (const Numbers& one : numbers) {
    counts.visible += one.visible;
    counts.invisible += one.invisible;
    counts.operators += one.operators;
    counts.unregistered += one.unregistered;
    counts.rooms += one.rooms;
    counts.most = std::max(counts.most, one.most);
  }
  const uint64_t users = counts.visible + counts.invisible;
  session_.saw_at_once(users);
  counts.most = std::max(counts.most, users);
  append_lusers(response_.out(), to(), counts);
}

void IrcProtocol::version(const Message& message) {
  if (refuses_server(message.params[0])) return;
  const ServerFacts& facts = facts_of(session_);
  append_version(response_.out(), to(), facts.version, session_.config().server.description);
  append_isupport(response_.out(), to(), facts.isupport);
}

void IrcProtocol::time(const Message& message) {
  if (!refuses_server(message.params[0])) append_time(response_.out(), to(), session_.now());
}

void IrcProtocol::info(const Message& message) {
  if (refuses_server(message.params[0])) return;
  const ServerFacts& facts = facts_of(session_);
  append_info(response_.out(), to(), facts.version, facts.started);
}

void IrcProtocol::help(const Message& message) {
  append_help(response_.out(), to(), message.params[0]);
}

void IrcProtocol::links(const Message&) {
  append_links(response_.out(), to(), session_.config().server.description);
}

void IrcProtocol::admin(const Message& message) {
  if (refuses_server(message.params[0])) return;
  append_admin(response_.out(), to(), session_.config().server.admin.value_or(""));
}

// ---- STATS ----

// Uptime is for all; what else there is concerns operators only.
void IrcProtocol::stats(const Message& message) {
  const std::string letter(message.params[0].substr(0, 1));
  const auto end = [this, letter] { reply(kRplEndOfStats, {letter.empty() ? "*" : letter}); };
  if (letter == "u") {
    const auto seconds = (session_.now() - session_.server().started) / 1000;
    reply(kRplStatsUptime, {fmt::format("Server Up {} days {}:{:02}:{:02}", seconds / 86'400,
                                        seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)});
    return end();
  }
  if (!session_.profile().server_operator) {
    reply(kErrNoPrivileges);
    return end();
  }
  if (letter == "k" || letter == "K") {
    for (const auto& [key, ban] : session_.server_state().bans()) {
      if (ban.has_expired(session_.now())) continue;
      const auto minutes = ban.expires == 0 ? 0 : (ban.expires - session_.now() + 59'999) / 60'000;
      reply(kRplStatsKLine,
            {"K", ban.mask, "*", "*",
             fmt::format("{} (by {}{})", ban.reason, ban.author,
                         minutes == 0 ? "" : fmt::format(", {} minutes left", minutes))});
    }
  } else if (letter == "o" || letter == "O") {
    for (const conf::Operator& one : session_.config().operators)
      reply(kRplStatsOLine, {"O", "*", "*", one.name});
  } else if (letter == "w") {
    return ask("", AboutNumbers{}, [this, end](Findings found) {
      std::sort(found.numbers.begin(), found.numbers.end(),
                [](const Numbers& a, const Numbers& b) { return a.slot < b.slot; });
      for (const Numbers& one : found.numbers) {
        reply(kRplStatsDebug,
              {fmt::format("worker {}: {} clients, {} not registered, owns {} rooms, log settled "
                           "up to {}",
                           one.slot, one.visible + one.invisible, one.unregistered, one.rooms,
                           one.settled)});
      }
      end();
    });
  }
  end();
}

}  // namespace banterd::worker::irc
