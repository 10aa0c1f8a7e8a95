// Listening sockets that systemd opened for us (sd_listen_fds_with_names(3), systemd.socket(5)),
// and which of the configured listeners each stands for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "conf/config.h"
#include "master/address.h"

namespace banterd::master {

struct InheritedSocket {
  base::UniqueFd fd;
  std::string name;  // FileDescriptorName= of the unit
  SocketAddress address;
  bool v6_only = false;
};

// Takes the sockets over and LISTEN_FDS out of the environment, so that no worker sees it. Empty
// without socket activation. Errc::invalid for a descriptor that is no listening stream socket. To
// be called before the process has opened descriptors of its own: it takes as many as LISTEN_FDS
// says, and after an error they are closed.
base::Result<std::vector<InheritedSocket>> take_inherited_sockets();

// The reverse, right before an exec: puts the sockets where take_inherited_sockets() of this very
// process finds them, over whatever descriptors are there, and says so in the environment.
base::Result<void> leave_inherited_sockets(std::vector<InheritedSocket> sockets);

// Whether an IPv6 socket leaves IPv4 to others (IPV6_V6ONLY, ipv6(7)).
bool is_v6_only(int socket);

// For each inherited socket (its descriptor is not looked at), in order, the index of the listener
// in the configuration whose settings its connections get: the first whose address the socket
// covers; else, its name being a protocol's, the first of that protocol. Errc::invalid, saying
// which socket, when neither finds one.
base::Result<std::vector<uint32_t>> assign_inherited(const std::vector<InheritedSocket>& sockets,
                                                     const std::vector<conf::Listener>& listeners);

// Whether one of the sockets takes what this listener would: it is not opened a second time.
bool is_covered(const conf::Listener& listener, const std::vector<InheritedSocket>& sockets);

}  // namespace banterd::master
