#include "client/connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace banterd::client {

namespace {

constexpr size_t kReadBytes = 65536;

bool would_block(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

}  // namespace

base::Result<std::unique_ptr<Connection>> Connection::create(base::Loop& loop,
                                                             base::UniqueFd socket,
                                                             Callbacks callbacks) {
  std::unique_ptr<Connection> connection(new Connection(std::move(callbacks)));
  auto poll = base::Poll::create(loop, std::move(socket),
                                 [raw = connection.get()](int events) { raw->on_ready(events); });
  if (!poll) return std::move(poll).error();
  connection->poll_ = *std::move(poll);
  connection->watch();
  return connection;
}

void Connection::send(std::string_view bytes) {
  if (sending_ != Sending::open) return;
  unsent_ += bytes;
  flush();
  watch();
}

void Connection::end_sending() {
  if (sending_ != Sending::open) return;
  sending_ = Sending::ending;
  flush();
  watch();
}

void Connection::on_ready(int events) {
  const size_t unsent_before = unsent_.size();
  if ((events & base::Poll::writable) != 0) flush();
  if ((events & base::Poll::readable) != 0) receive();
  watch();
  if (unsent_.size() < unsent_before && receiving_) callbacks_.on_sent();
}

void Connection::flush() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::send(poll_->fd(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (!would_block(errno)) break_sending();
      return;
    }
    unsent_.erase(0, static_cast<size_t>(sent));
  }
  if (sending_ != Sending::ending) return;
  sending_ = shutdown(poll_->fd(), SHUT_WR) == 0 ? Sending::ended : Sending::broken;
}

// One read per event, so that a busy room does not keep the keyboard waiting.
void Connection::receive() {
  std::array<char, kReadBytes> buffer;
  const ssize_t received = recv(poll_->fd(), buffer.data(), buffer.size(), 0);
  const int error_number = received < 0 ? errno : 0;
  if (received > 0) {
    callbacks_.on_bytes({buffer.data(), static_cast<size_t>(received)});
  } else if (!would_block(error_number)) {
    receiving_ = false;
    callbacks_.on_end(error_number);
  }
}

// What the server said before it stopped reading may still be unread, and often says why: reading
// goes on to the end.
void Connection::break_sending() {
  sending_ = Sending::broken;
  unsent_.clear();
}

void Connection::watch() {
  const bool waits_to_send = !unsent_.empty();
  poll_->watch(!receiving_     ? base::Poll::none
               : waits_to_send ? base::Poll::readable | base::Poll::writable
                               : base::Poll::readable);
}

}  // namespace banterd::client
