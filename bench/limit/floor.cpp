#include "bench/limit/floor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace banterd::bench {

namespace {

constexpr size_t kReadBytes = 262'144;
constexpr std::string_view kJoin = "/join ";

}  // namespace

Floor::Floor(Delivery delivery, Door door, const std::vector<int>& relays)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      door_(door),
      // With several workers one at a time, so that the clients spread.
      accepts_at_once_(relays.empty() ? kManyAccepts : 1),
      rooms_(delivery),
      relays_(relays, epoll_.get()),
      lobby_(rooms_.find("")) {
  const bool is_shared = !relays.empty() && !door.is_handed_sockets;
  watch(door.socket, is_shared ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN);
}

void Floor::watch(int socket, uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event);
}

void Floor::run() {
  std::array<epoll_event, 1024> events;
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    for (int at = 0; at < count; ++at) on_readable(events[static_cast<size_t>(at)].data.fd);
    relays_.flush();
    rooms_.flush();
  }
}

void Floor::on_readable(int socket) {
  if (socket == door_.socket) {
    return take_in(door_, accepts_at_once_,
                   [this](base::UniqueFd client) { enter(std::move(client)); });
  }
  const auto on_lines = [this](const std::string& room, std::string_view lines) {
    rooms_.say(rooms_.find(room), Rooms::kNobody, lines);
  };
  if (relays_.take(socket, on_lines)) return;
  Client& client = clients_[static_cast<size_t>(socket)];
  if (client.socket.valid()) read(client);
}

void Floor::enter(base::UniqueFd socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int number = socket.get();
  const auto place = static_cast<size_t>(number);
  if (clients_.size() <= place) clients_.resize(place + 1024);
  clients_[place] = {std::move(socket), false, {}};
  rooms_.enter(number, lobby_);
  watch(number, EPOLLIN);
}

void Floor::read(Client& client) {
  static std::array<char, kReadBytes> buffer;
  const ssize_t count = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return drop(client);
  const std::string_view bytes(buffer.data(), static_cast<size_t>(count));
  if (client.part.empty()) return take(client, bytes);
  const std::string whole = std::move(client.part) + std::string(bytes);
  client.part.clear();
  take(client, whole);
}

void Floor::take(Client& client, std::string_view bytes) {
  if (!client.has_spoken) bytes.remove_prefix(join(client, bytes));
  const size_t end = bytes.rfind('\n');
  if (end != std::string_view::npos) {
    client.has_spoken = true;
    const RoomNumber room = rooms_.room_of(client.socket.get());
    const std::string_view lines = bytes.substr(0, end + 1);
    if (!relays_.empty()) relays_.send(rooms_.name(room), lines);
    rooms_.say(room, client.socket.get(), lines);
    bytes.remove_prefix(lines.size());
  }
  client.part.assign(bytes);
}

size_t Floor::join(const Client& client, std::string_view bytes) {
  const size_t end = bytes.find('\n');
  if (!bytes.starts_with(kJoin) || end == std::string_view::npos) return 0;
  rooms_.leave(client.socket.get());
  const std::string name(bytes.substr(kJoin.size(), end - kJoin.size()));
  rooms_.enter(client.socket.get(), rooms_.find(name));
  return end + 1;
}

void Floor::drop(Client& client) {
  rooms_.leave(client.socket.get());
  client = {};
}

}  // namespace banterd::bench
