// What a worker knows of the server beyond its configuration, for the protocols. Made once.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "chat/types.h"

namespace banterd::worker {

namespace irc {
struct ServerFacts;
}

struct ServerInfo {
  std::string version;              // 1.2.3
  chat::TimeMs started = 0;         // the server, whatever generation this is
  std::optional<std::string> motd;  // the text of server.motd_file, valid UTF-8; nothing: none
  // What irc::facts_of() makes of it for the first who asks. All of a worker's clients have one
  // configuration.
  mutable std::shared_ptr<const irc::ServerFacts> irc_facts = nullptr;
};

}  // namespace banterd::worker
