// Makes the connection to the server, before the event loop runs: looking up a name and waiting for
// the server both block.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "client/address.h"

namespace banterd::client {

// A connected stream socket. All addresses of a host are tried in the order of getaddrinfo(3), each
// for at most ten seconds. The error is a whole sentence for the user and tells of the last
// address: "cannot connect to 127.0.0.1:7000: connection refused. Is banterd running?"
[[nodiscard]] base::Result<base::UniqueFd> connect_to(const ServerAddress& address);

}  // namespace banterd::client
