// What every TCP connection of a client has set. It is set on listeners: Linux makes a connection
// as a copy of the listener that it comes by, options included, which saves six system calls for
// each.
#pragma once

#include <chrono>

namespace banterd::base {

// Nothing is held back (TCP_NODELAY), and what the kernel takes beyond what it has sent is bounded
// (TCP_NOTSENT_LOWAT). Who has vanished is noticed: after `idle` of silence, brought to what the
// kernel takes, and four probes 15 s apart. A Unix socket knows no such options: nothing happens.
void set_client_options(int socket, std::chrono::seconds idle);
// The time of silence alone, of a connection that has the others.
void set_keepalive_idle(int socket, std::chrono::seconds idle);

}  // namespace banterd::base
