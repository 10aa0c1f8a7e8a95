// What a worker knows of the server beyond its configuration, for the protocols. Made once.
#pragma once

#include <optional>
#include <string>

#include "chat/types.h"

namespace banterd::worker {

struct ServerInfo {
  std::string version;              // 1.2.3
  chat::TimeMs started = 0;         // the server, whatever generation this is
  std::optional<std::string> motd;  // the text of server.motd_file, valid UTF-8; nothing: none
};

}  // namespace banterd::worker
