#include "bench/limit/relays.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace banterd::bench {

namespace {

struct Head {
  uint32_t name_bytes;
  uint32_t lines_bytes;
};

}  // namespace

Relays::Relays(const std::vector<int>& sockets, int epoll) : epoll_(epoll) {
  for (const int socket : sockets) {
    peers_.push_back({socket, {}, {}});
    watch(peers_.back(), EPOLL_CTL_ADD);
  }
}

void Relays::watch(const Peer& peer, int operation) const {
  epoll_event event{};
  event.events = peer.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
  event.data.fd = peer.socket;
  ::epoll_ctl(epoll_, operation, peer.socket, &event);
}

void Relays::send(std::string_view room, std::string_view lines) {
  const Head head{static_cast<uint32_t>(room.size()), static_cast<uint32_t>(lines.size())};
  std::array<char, sizeof head> bytes;
  std::memcpy(bytes.data(), &head, sizeof head);
  for (Peer& peer : peers_) peer.out.append(bytes.data(), bytes.size()).append(room).append(lines);
}

void Relays::flush() {
  for (Peer& peer : peers_) {
    if (peer.out.empty()) continue;
    const ssize_t count =
        ::send(peer.socket, peer.out.data(), peer.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) peer.out.erase(0, static_cast<size_t>(count));
    watch(peer, EPOLL_CTL_MOD);
  }
}

bool Relays::take(int socket, const OnLines& on_lines) {
  static std::array<char, 262'144> buffer;
  const auto peer = std::find_if(peers_.begin(), peers_.end(),
                                 [&](const Peer& known) { return known.socket == socket; });
  if (peer == peers_.end()) return false;
  const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count <= 0) return true;  // the other worker ends when this one does
  peer->in.append(buffer.data(), static_cast<size_t>(count));
  const std::string_view in = peer->in;
  size_t at = 0;
  for (Head head{}; in.size() - at >= sizeof head;) {
    std::memcpy(&head, in.data() + at, sizeof head);
    const size_t size = sizeof head + head.name_bytes + head.lines_bytes;
    if (in.size() - at < size) break;
    on_lines(std::string(in.substr(at + sizeof head, head.name_bytes)),
             in.substr(at + sizeof head + head.name_bytes, head.lines_bytes));
    at += size;
  }
  peer->in.erase(0, at);
  return true;
}

}  // namespace banterd::bench
