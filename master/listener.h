// Opens the sockets that the server listens on: TCP, Unix, and those inherited from systemd.
// Accepts nothing (master/acceptor.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "conf/config.h"
#include "master/address.h"
#include "master/inherited.h"
#include "master/socket_file.h"

namespace banterd::master {

struct ListeningSocket {
  uint32_t index = 0;  // of the listener in the configuration whose settings its connections get
  conf::ProtocolName protocol = conf::ProtocolName::line;
  SocketAddress address;  // as bound: with port 0, the port that the kernel chose
  bool inherited = false;
  std::string name;      // of an inherited one
  bool v6_only = false;  // of an inherited one: see covers()
  base::UniqueFd fd;     // non-blocking, close-on-exec
  SocketFile file;       // a Unix socket of our own: its file
};

// Opens all listeners: the inherited sockets first, then those of the configuration that none of
// them covers. All or nothing: an Error names the listener ("listen on line 127.0.0.1:7000: Address
// already in use"), and what was opened is closed again.
base::Result<std::vector<ListeningSocket>> open_listeners(
    const std::vector<conf::Listener>& listeners, std::vector<InheritedSocket> inherited);

// Opens the one listener `listeners[index]`, which no inherited socket covers. `in_its_way`:
// sockets of ours with which it collides, and that will be closed.
base::Result<ListeningSocket> open_listener(const std::vector<conf::Listener>& listeners,
                                            uint32_t index, std::vector<int> in_its_way = {});

// One line per listener: "listening protocol=line address=127.0.0.1 port=7000", or path= for a Unix
// socket.
void log_listening(const ListeningSocket& socket);

}  // namespace banterd::master
