#include "base/tcp_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace banterd::base {

namespace {

constexpr int kMaxKeepaliveIdle = 32767;  // MAX_TCP_KEEPIDLE of the kernel
constexpr int kKeepaliveInterval = 15;    // seconds
constexpr int kKeepaliveProbes = 4;

// Bounds the kernel's memory for clients that do not read, and leaves room for the last words to
// them.
constexpr int kUnsentBytes = 32 * 1024;

// Not every socket knows every option: a Unix socket knows none of TCP's.
void try_option(int fd, int level, int option, int value) {
  static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
}

}  // namespace

void set_keepalive_idle(int socket, std::chrono::seconds idle) {
  const auto seconds = std::clamp<int64_t>(idle.count(), 1, kMaxKeepaliveIdle);
  try_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(seconds));
}

void set_client_options(int socket, std::chrono::seconds idle) {
  try_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_keepalive_idle(socket, idle);
  try_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveInterval);
  try_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
  try_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  try_option(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytes);
}

}  // namespace banterd::base
