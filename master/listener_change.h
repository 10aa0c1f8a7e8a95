// What a new configuration means for the sockets that are listened on: which stay, which go, and
// which listeners have none yet.
//
// Sockets match listeners by their address alone, whatever else of the listener changes; so nobody
// who connects is refused because a format was changed. A Unix socket whose file has gone matches
// nothing: it is opened anew. Inherited sockets stay for as long as systemd wants them: they are
// assigned anew (master/inherited.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "conf/config.h"
#include "master/listener.h"

namespace banterd::master {

struct ListenerChange {
  // For each socket there is, in order, the index of its new listener; nothing: it is closed.
  std::vector<std::optional<uint32_t>> kept;
  // The indices of the new listeners that have no socket.
  std::vector<uint32_t> missing;
};

// `sockets` were opened for `before`. A listener with port 0 gets a socket that was opened for port
// 0 on the same address, of the same protocol if there is one, in their order. Errc::invalid when
// an inherited socket fits none of `after`.
base::Result<ListenerChange> plan_listeners(std::span<const ListeningSocket* const> sockets,
                                            const std::vector<conf::Listener>& before,
                                            const std::vector<conf::Listener>& after);

}  // namespace banterd::master
