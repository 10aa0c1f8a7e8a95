#include "worker/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/tcp_options.h"

namespace banterd::worker {

namespace {

constexpr size_t kPiecesPerWrite = 64;
constexpr int kTimeLimit = -1;  // among errno values: why a connection was closed
// What is read of a client who is not to be read just now.
constexpr size_t kEarlyBytes = 4096;

// Not every socket knows every option: a Unix socket knows none of TCP's.
void try_option(int fd, int level, int option, int value) {
  static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
}

// Lets the kernel take some more although the client has not read what was sent to it: TCP by
// lifting our own bound, a Unix socket by a larger buffer. A larger buffer of TCP's would only end
// its automatic growth (tcp(7)).
void make_room_for_last_words(int fd) {
  int domain = AF_UNSPEC;
  socklen_t length = sizeof domain;
  static_cast<void>(::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length));
  if (domain != AF_UNIX) return try_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, INT_MAX);
  int buffer_bytes = 0;
  length = sizeof buffer_bytes;
  static_cast<void>(::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, &length));
  try_option(fd, SOL_SOCKET, SO_SNDBUF, buffer_bytes);  // the kernel doubles it (socket(7))
}

std::string_view reason(int why) {
  switch (why) {
    case 0:
      return {};
    case kTimeLimit:
      return "Connection timed out";
    case EPIPE:  // the same event, found by a write after another
      return std::strerror(ECONNRESET);
    default:
      return std::strerror(why);
  }
}

}  // namespace

base::Result<std::unique_ptr<Connection>> Connection::create(ConnectionContext& context,
                                                             ConnectionOwner& owner,
                                                             base::UniqueFd socket) {
  std::unique_ptr<Connection> connection(new Connection(context, owner));
  if (auto taken = connection->take(std::move(socket)); !taken) return std::move(taken).error();
  return connection;
}

base::Result<void> Connection::take(base::UniqueFd socket) {
  return context_.sockets.open(*this, std::move(socket), wanted_events());
}

// ---- handing over ----

Connection::Saved Connection::save() const {
  Saved saved{.state = state_,
              .end_of_stream = end_of_stream_,
              .is_cut = is_cut_,
              .was_half_full = was_half_full_,
              .overflow_told = overflow_told_,
              .answer_bytes = answer_bytes_,
              .bytes_read = bytes_read_,
              .bytes_written = bytes_written_,
              .time_left_ms = std::nullopt};
  if (const auto left = context_.deadlines.time_left(time_limit_))
    saved.time_left_ms = static_cast<uint64_t>(left->count());
  return saved;
}

base::Result<std::unique_ptr<Connection>> Connection::restore(
    ConnectionContext& context, ConnectionOwner& owner, base::UniqueFd socket,
    std::chrono::seconds keepalive_idle, const Saved& saved, std::string input, SendQueue queue) {
  if (saved.state >= State::closed)
    return base::Error{base::Errc::invalid, "a connection in a state that none is handed over in"};
  base::set_keepalive_idle(socket.get(), keepalive_idle);
  std::unique_ptr<Connection> connection(new Connection(context, owner));
  connection->state_ = saved.state;
  connection->end_of_stream_ = saved.end_of_stream;
  connection->is_cut_ = saved.is_cut;
  connection->was_half_full_ = saved.was_half_full;
  connection->overflow_told_ = saved.overflow_told;
  connection->answer_bytes_ = clamp_bytes(saved.answer_bytes);
  connection->bytes_read_ = saved.bytes_read;
  connection->bytes_written_ = saved.bytes_written;
  if (!input.empty()) connection->input_.make() = std::move(input);
  connection->queue_ = std::move(queue);
  // What is queued leaves as soon as the socket takes it.
  connection->blocked_ = !connection->queue_.empty();
  if (auto taken = connection->take(std::move(socket)); !taken) return std::move(taken).error();
  // A time that no connection is given would be a mistake of the other's: it may not stay for ever.
  if (saved.time_left_ms) {
    const auto left = static_cast<int64_t>(std::min<uint64_t>(*saved.time_left_ms, INT32_MAX));
    connection->limit_time(std::chrono::milliseconds(left));
  }
  return connection;
}

Connection::Connection(ConnectionContext& context, ConnectionOwner& owner)
    : context_(context), owner_(owner) {}

Connection::~Connection() {
  context_.sockets.close(*this);
  context_.deadlines.cancel(time_limit_);
  context_.deadlines.cancel(later_);
}

// ---- the loop ----

void ConnectionContext::on_socket_ready(base::PollSet::Watched& socket, int events) {
  static_cast<Connection&>(socket).on_ready(events);
}

void Connection::watch() {
  if (valid()) context_.sockets.watch(*this, wanted_events());
}

int Connection::wanted_events() const {
  if (context_.suspended) return base::Poll::none;
  const bool reads = !end_of_stream_ && (!input_waits_ || state_ != State::open);
  return (reads ? base::Poll::readable : 0) | (blocked_ ? base::Poll::writable : 0);
}

void Connection::on_ready(int events) {
  if ((events & base::Poll::writable) != 0 && blocked_) {
    const uint64_t before = bytes_written_;
    write();
    if (bytes_written_ != before) owner_.on_taken();
    tell_if_drained();
  }
  if ((events & base::Poll::readable) != 0 && valid()) read();
  watch();
}

// What no call of the owner's may run itself.
void Connection::call_later() {
  if (later_ != Deadlines::kNone) return;
  later_ = context_.deadlines.add(std::chrono::milliseconds::zero(),
                                  {*this, [](Connection& its) { its.on_later(); }});
}

void Connection::on_later() {
  later_ = Deadlines::kNone;
  if (state_ == State::closed) return owner_.on_closed(reason(error_));  // may destroy us
  drop_consumed();
  tell_if_drained();
  if (has_unseen_ && reading_ && state_ == State::open) {
    has_unseen_ = false;
    owner_.on_input();
  }
}

// ---- reading ----

// One read per turn, so that a busy client starves no other.
void Connection::read() {
  if (end_of_stream_) return;
  const bool early = state_ == State::open && !reading_;
  // What a checkpoint has to know of is not read behind the owner's back.
  if (early && (!input().empty() || context_.memory != nullptr)) {
    input_waits_ = true;
    return;
  }
  std::span<char> buffer = room_to_read();
  if (early) buffer = buffer.first(std::min(kEarlyBytes, buffer.size()));
  if (buffer.empty()) return;  // until the next checkpoint
  const ssize_t got = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0) return read_failed(errno, early);
  if (got == 0 && early) {
    input_waits_ = true;
    return;
  }
  if (got == 0) return on_end_of_stream();
  bytes_read_ += static_cast<uint64_t>(got);
  if (state_ != State::open) return;
  if (context_.memory != nullptr) context_.memory->took(static_cast<size_t>(got));
  const std::string_view bytes(buffer.data(), static_cast<size_t>(got));
  if (!early) return give(bytes);
  keep(bytes);
  has_unseen_ = true;
}

// What is thrown away need not be kept.
std::span<char> Connection::room_to_read() {
  if (context_.memory != nullptr && state_ == State::open)
    return context_.memory->offer(owner_.number());
  return context_.read_buffer;
}

void Connection::read_failed(int error_number, bool early) {
  if (error_number == EAGAIN || error_number == EINTR) return;
  if (!early) return close(error_number);
  // What he asked before comes first: the end is found when he is to be read again.
  error_ = static_cast<int16_t>(error_number);
  input_waits_ = true;
}

void Connection::on_end_of_stream() {
  end_of_stream_ = true;
  switch (state_) {
    case State::open:
      if (error_ != 0) return close(error_);
      return owner_.on_end_of_stream();
    case State::lingering:
      return close(0);
    case State::flushing:  // it has closed its sending side, and may still read
    case State::closed:
      return;
  }
}

// Most input is consumed at once, and need not be copied to be kept.
void Connection::give(std::string_view bytes) {
  if (!input().empty()) {
    keep(bytes);
    owner_.on_input();
  } else {
    context_.fresh_input = bytes;
    gives_fresh_ = true;
    owner_.on_input();
    gives_fresh_ = false;
    keep(std::exchange(context_.fresh_input, {}));
  }
  drop_consumed();
}

void Connection::keep(std::string_view bytes) {
  drop_consumed();
  if (state_ == State::open && !bytes.empty()) input_.make().append(bytes);
}

void Connection::consume(size_t count) {
  has_unseen_ = false;
  if (count > input().size()) base::panic("more input consumed than there is");
  if (gives_fresh_) {
    context_.fresh_input.remove_prefix(count);
    return;
  }
  input_begin_ += static_cast<uint32_t>(count);
  // Memory is not given back here: views of it may be in use.
  const bool all_consumed = input_.made() && input_begin_ == input_->size();
  if (all_consumed && state_ == State::open) call_later();
}

void Connection::drop_consumed() {
  if (input_begin_ == input_->size() || state_ != State::open) {
    input_.drop();
    input_begin_ = 0;
  } else if (input_begin_ > input_->size() / 2) {  // worth moving the rest
    input_.make().erase(0, input_begin_);
    input_begin_ = 0;
  }
}

// Whoever is not to be read just now is watched all the same, until he sends more than a little:
// most fences open before, and to end watching and begin again is two calls of the kernel.
void Connection::set_reading(bool reading) {
  reading_ = reading;
  if (!reading) return;
  input_waits_ = false;
  if (has_unseen_) call_later();
  watch();
}

// ---- writing ----

void Connection::flush() {
  if (!valid() || queue_.empty() || context_.suspended) return;
  const bool was_blocked = blocked_;
  if (half_full()) was_half_full_ = true;
  // A socket that takes no more says itself when it does; ask it again only before the queue is
  // called too long.
  if (!blocked_ || is_too_full()) write();
  if (owes_drained()) call_later();
  if (takes_output() && !overflow_told_ && is_too_full()) {
    overflow_told_ = true;
    owner_.on_overflow();
  }
  // Most flushes change nothing about what is watched: then the watcher's memory is not touched.
  if (blocked_ != was_blocked || state_ != State::open) watch();
}

void Connection::write() {
  blocked_ = false;
  // What is not kept yet leaves with this iteration's flush.
  while (!queue_.empty() && !blocked_ && may_write() > 0) {
    size_t offered = 0;
    const ssize_t written = write_some(offered);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      blocked_ = true;
    } else if (written < 0) {
      return write_failed(errno);
    } else {
      bytes_written_ += static_cast<uint64_t>(written);
      kept_bytes_ -= std::min(kept_bytes_, static_cast<uint32_t>(written));
      queue_.consume(static_cast<size_t>(written));
      blocked_ = static_cast<size_t>(written) < offered;
    }
  }
  answer_bytes_ = std::min(answer_bytes_, clamp_bytes(queue_.bytes()));
  finish_if_written();
}

// A cut connection has no stream to go on with.
size_t Connection::may_write() const {
  if (context_.memory == nullptr || is_cut_) return SIZE_MAX;
  return kept_bytes_;
}

ssize_t Connection::write_some(size_t& offered) {
  int flags = MSG_NOSIGNAL | MSG_DONTWAIT;  // write(2) and writev(2) would raise SIGPIPE
  std::array<iovec, kPiecesPerWrite> pieces;
  size_t count = queue_.gather(pieces);
  const size_t most = may_write();
  for (size_t i = 0; i < count; ++i) {
    pieces[i].iov_len = std::min(pieces[i].iov_len, most - offered);
    offered += pieces[i].iov_len;
    if (offered == most) count = i + 1;
  }
  // The last bytes leave in one packet with the end of stream that follows at once.
  if (state_ == State::flushing && offered == queue_.bytes()) flags |= MSG_MORE;
  // Most writes are of one piece, for which the kernel has a shorter way.
  if (count == 1) return ::send(fd(), pieces[0].iov_base, pieces[0].iov_len, flags);
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  return ::sendmsg(fd(), &message, flags);
}

void Connection::write_failed(int error_number) {
  queue_.clear();
  blocked_ = false;
  // The client is gone, but what it said before is still to be read; reading finds the end.
  const bool reset = error_number == EPIPE || error_number == ECONNRESET;
  if (state_ != State::open || !reset) return close(error_number);
  error_ = static_cast<int16_t>(error_number);
}

bool Connection::owes_drained() const {
  return was_half_full_ && state_ == State::open &&
         queue_.charged_bytes() <= context_.send_queue_bytes / 4;
}

void Connection::tell_if_drained() {
  if (!owes_drained()) return;
  was_half_full_ = false;
  overflow_told_ = false;
  owner_.on_drained();
}

// ---- ending ----

void Connection::end() {
  if (state_ != State::open) return;
  state_ = State::flushing;
  limit_time(context_.flush_limit);
  write();
  watch();
}

void Connection::cut(std::string_view last_words, size_t unit_rest) {
  if (state_ != State::open && state_ != State::flushing) return;
  state_ = State::flushing;
  is_cut_ = true;
  limit_time(context_.linger);
  const bool has_last_words = error_ == 0 && !last_words.empty();
  queue_.drop_all_but(has_last_words ? unit_rest : 0);
  if (has_last_words) {
    queue_.append(last_words);
    make_room_for_last_words(fd());
  }
  write();
  watch();
}

void Connection::finish_if_written() {
  if (state_ != State::flushing || !queue_.empty()) return;
  if (error_ != 0 || end_of_stream_) return close(error_);
  if (::shutdown(fd(), SHUT_WR) < 0) return close(ECONNRESET);
  state_ = State::lingering;
  if (!is_cut_) limit_time(context_.linger);  // a cut has one limit for both
}

void Connection::limit_time(std::chrono::milliseconds limit) {
  context_.deadlines.cancel(time_limit_);
  time_limit_ =
      context_.deadlines.add(limit, {*this, [](Connection& its) { its.close(kTimeLimit); }});
}

void Connection::close(int why) {
  state_ = State::closed;
  error_ = static_cast<int16_t>(why);
  blocked_ = false;
  queue_.clear();
  context_.deadlines.cancel(time_limit_);
  context_.sockets.close(*this);
  call_later();
}

}  // namespace banterd::worker
