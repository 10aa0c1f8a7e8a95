#include "worker/protocol/irc/irc_facts.h"

#include <algorithm>

#include "worker/protocol/irc/isupport.h"
#include "worker/protocol/irc/limits.h"
#include "worker/protocol/irc/mode_words.h"
#include "worker/protocol/irc/registration.h"
#include "worker/utc_text.h"

namespace banterd::worker::irc {

namespace {

std::vector<std::string> announced(const conf::Config& config) {
  const conf::Limits& limits = config.limits;
  const std::vector<std::string> tokens = isupport_tokens({
      .network = config.server.network,
      .nick_bytes = limits.nick_bytes,
      .user_bytes = kMaxUserBytes,
      .realname_bytes = kMaxRealnameBytes,
      .room_bytes = chat::kMaxRoomNameBytes,
      .topic_bytes = chat::kMaxTopicBytes,
      .reason_bytes = chat::kMaxReasonBytes,
      .away_bytes = kMaxAwayBytes,
      .rooms = limits.rooms_per_client,
      .list_entries = limits.list_entries,
      .modes = kMaxModes,
      .targets = kMaxTargets,
      .monitored = limits.monitor_entries,
      .history_lines = std::min<size_t>(config.rooms.history_lines, kMaxHistoryLines),
  });
  return isupport_lines(tokens, config.server.name, limits.nick_bytes);
}

}  // namespace

const ServerFacts& facts_of(const Session& session) {
  const ServerInfo& server = session.server();
  if (server.irc_facts == nullptr) {
    ServerFacts facts{session.config().server.network, "banterd-" + server.version, server.started,
                      utc_text(server.started),        announced(session.config()), std::nullopt};
    if (server.motd) facts.motd = motd_lines(*server.motd);
    server.irc_facts = std::make_shared<const ServerFacts>(std::move(facts));
  }
  return *server.irc_facts;
}

}  // namespace banterd::worker::irc
