#include "worker/stream_counts.h"

// The kernel's own header has the byte counts, which netinet/tcp.h lacks.
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace banterd::worker {

namespace {

// States of include/net/tcp_states.h: who has ended his stream, which counts as one byte more.
enum State { fin_wait_1 = 4, fin_wait_2, time_wait, close, close_wait, last_ack, listen, closing };

bool peer_has_ended(int state) {
  return state == close_wait || state == last_ack || state == closing || state == time_wait;
}
bool we_have_ended(int state) {
  return state == fin_wait_1 || state == fin_wait_2 || state == last_ack || state == closing ||
         state == time_wait;
}

// Nothing if there is no such option, or this kernel does not count.
std::optional<tcp_info> info_of(int socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  constexpr size_t kNeeded = offsetof(tcp_info, tcpi_bytes_received) + sizeof(uint64_t);
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) < 0 || length < kNeeded)
    return std::nullopt;
  return info;
}

}  // namespace

std::optional<StreamCounts> stream_counts(int socket) {
  // Bytes may come, or be acknowledged, between two questions: ask until nothing did. On a link
  // that never rests the streams do: nobody reads, and the peer's window fills.
  constexpr int kMostTries = 100'000;
  for (int i = 0; i < kMostTries; ++i) {
    const auto before = info_of(socket);
    int unread = 0;
    int unacknowledged = 0;
    if (!before || ::ioctl(socket, SIOCINQ, &unread) < 0 ||
        ::ioctl(socket, SIOCOUTQ, &unacknowledged) < 0)
      return std::nullopt;
    const auto after = info_of(socket);
    if (!after) return std::nullopt;
    if (before->tcpi_bytes_received != after->tcpi_bytes_received ||
        before->tcpi_bytes_acked != after->tcpi_bytes_acked ||
        before->tcpi_state != after->tcpi_state)
      continue;
    return StreamCounts{after->tcpi_bytes_received - static_cast<uint64_t>(unread) -
                            (peer_has_ended(after->tcpi_state) ? 1 : 0),
                        after->tcpi_bytes_acked + static_cast<uint64_t>(unacknowledged) -
                            (we_have_ended(after->tcpi_state) ? 1 : 0)};
  }
  return std::nullopt;
}

}  // namespace banterd::worker
