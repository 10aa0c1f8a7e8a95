// What IRC clients are told about this server, out of its configuration.
#pragma once

#include "worker/protocol/irc/welcome.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker::irc {

// Made once; as long as the session's ServerInfo.
const ServerFacts& facts_of(const Session& session);

}  // namespace banterd::worker::irc
