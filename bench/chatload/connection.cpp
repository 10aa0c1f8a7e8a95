#include "bench/chatload/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "bench/chatload/websocket.h"

namespace banterd::bench {

namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr uint32_t kFirstSource = 0x7f000002;  // 127.0.0.2
constexpr uint32_t kMostErrorsShown = 5;

void set_option(int socket, int level, int name, int value) {
  if (::setsockopt(socket, level, name, &value, sizeof value) != 0) fail("setsockopt");
}

sockaddr* as_sockaddr(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

std::string server_path(const Options& options, const Person& person) {
  std::string path = options.ws_path;
  const size_t at = path.find("%s");
  if (at != std::string::npos) path.replace(at, 2, room_name(person));
  return path;
}

}  // namespace

void fail(const std::string& what) {
  std::cerr << "chatload: " << what << ": " << std::strerror(errno) << '\n';
  std::exit(2);
}

void Connection::watch(int operation) {
  epoll_event event{};
  event.data.u32 = person.number;
  event.events = (paused_ ? 0U : EPOLLIN) | (wants_write_ ? EPOLLOUT : 0U);
  if (::epoll_ctl(link_->epoll, operation, socket_.get(), &event) != 0) fail("epoll_ctl");
}

void Connection::open(Link& link) {
  link_ = &link;
  ++life_;
  out_.clear();
  part_.clear();
  sent_ = 0;
  paused_ = is_leaving = false;
  wants_write_ = true;
  opened_at_ = Clock::now();
  connect_socket();
  state_ = State::connecting;
  watch(EPOLL_CTL_ADD);
}

void Connection::connect_socket() {
  const Options& options = link_->options;
  socket_ = base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_.valid()) fail("socket (raise ulimit -n?)");
  set_option(socket_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (has_small_buffer) {
    set_option(socket_.get(), SOL_SOCKET, SO_RCVBUF, options.slow_rcvbuf_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (options.sources > 1) {
    set_option(socket_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    address.sin_addr.s_addr = htonl(kFirstSource + person.number % options.sources);
    if (::bind(socket_.get(), as_sockaddr(address), sizeof address) != 0) fail("bind");
  }
  address.sin_port = htons(options.port);
  if (::inet_pton(AF_INET, options.host.c_str(), &address.sin_addr) != 1) fail(options.host);
  if (::connect(socket_.get(), as_sockaddr(address), sizeof address) != 0 && errno != EINPROGRESS) {
    fail("connect");
  }
}

void Connection::close() {
  ++life_;
  socket_.reset();
  state_ = State::closed;
}

void Connection::lose(std::string_view why) {
  if (!is_open()) return;
  const bool was_ready = is_ready();
  close();
  link_->audience->on_closed(*this, was_ready, why);
}

void Connection::queue(std::string_view line) {
  if (link_->options.is_websocket()) {
    append_frame(out_, Opcode::text, line);
  } else {
    out_.append(line).append(link_->dialect.line_end());
  }
}

void Connection::flush() {
  if (wants_write_) return;
  while (sent_ < out_.size()) {
    const ssize_t count =
        ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (count >= 0) {
      sent_ += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      wants_write_ = true;
      return watch(EPOLL_CTL_MOD);
    } else if (errno != EINTR) {
      return lose(std::strerror(errno));
    }
  }
  out_.clear();
  sent_ = 0;
}

void Connection::pause() {
  paused_ = true;
  watch(EPOLL_CTL_MOD);
}

void Connection::resume() {
  paused_ = false;
  watch(EPOLL_CTL_MOD);
}

void Connection::on_readiness(uint32_t events) {
  constexpr uint32_t kBroken = EPOLLERR | EPOLLHUP;
  if (!is_open()) return;
  if (state_ == State::connecting) return on_connected();
  if (paused_ && (events & kBroken) != 0) return lose("reset while it did not read");
  if ((events & EPOLLOUT) != 0 && wants_write_) {
    wants_write_ = false;
    watch(EPOLL_CTL_MOD);
    flush();
  }
  if (is_open() && (events & (EPOLLIN | kBroken)) != 0) read();
}

void Connection::on_connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return lose(std::strerror(error));
  wants_write_ = false;
  watch(EPOLL_CTL_MOD);
  const Options& options = link_->options;
  if (options.is_websocket()) {
    state_ = State::upgrading;
    out_ =
        upgrade_request(server_path(options, person),
                        options.host + ':' + std::to_string(options.port), options.ws_subprotocol);
    return flush();
  }
  state_ = State::greeting;
  obey(link_->dialect.hello(person), {});
}

// The lines of an answer leave before anybody hears that the connection is ready.
void Connection::obey(const Dialect::Answer& answer, std::string_view line) {
  if (answer.is_error && !is_leaving && link_->errors_shown++ < kMostErrorsShown) {
    std::cerr << "chatload: connection " << person.number << ": " << line << '\n';
  }
  const uint32_t life = life_;
  for (const std::string& said : answer.lines) queue(said);
  if (!answer.lines.empty()) flush();
  if (life_ != life || !answer.is_ready || state_ != State::greeting) return;
  state_ = State::ready;
  link_->audience->on_ready(*this);
}

void Connection::read() {
  static std::array<char, kReadBytes> buffer;
  const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) lose(std::strerror(errno));
    return;
  }
  if (count == 0) return lose("closed by the server");
  read_at_ = Clock::now();
  link_->bytes_read += static_cast<uint64_t>(count);
  ++link_->reads;
  std::string_view bytes(buffer.data(), static_cast<size_t>(count));
  std::string whole;
  if (!part_.empty()) {
    whole.swap(part_);
    bytes = whole.append(bytes);
  }
  const uint32_t life = life_;
  const size_t taken = take(bytes);
  if (life_ == life) part_.assign(bytes.substr(taken));
}

size_t Connection::take(std::string_view bytes) {
  size_t taken = 0;
  if (state_ == State::upgrading) {
    const auto head = read_upgrade(bytes);
    if (!head) {
      lose("no WebSocket: " + std::string(bytes.substr(0, bytes.find('\r'))));
      return 0;
    }
    if (*head == 0) return 0;
    taken = *head;
    const uint32_t life = life_;
    state_ = State::greeting;
    obey(link_->dialect.hello(person), {});
    if (life_ != life) return 0;
  }
  const bool is_websocket = link_->options.is_websocket();
  return taken +
         (is_websocket ? take_frames(bytes.substr(taken)) : take_lines(bytes.substr(taken)));
}

size_t Connection::take_lines(std::string_view bytes) {
  const uint32_t life = life_;
  size_t begin = 0;
  while (life_ == life) {
    const void* const end = std::memchr(bytes.data() + begin, '\n', bytes.size() - begin);
    if (!end) break;
    const size_t at = static_cast<size_t>(static_cast<const char*>(end) - bytes.data());
    take_line(bytes.substr(begin, at - begin));
    begin = at + 1;
  }
  return begin;
}

size_t Connection::take_frames(std::string_view bytes) {
  const uint32_t life = life_;
  size_t begin = 0;
  while (life_ == life) {
    const auto frame = read_frame(bytes.substr(begin));
    if (!frame) break;
    if (frame->opcode == Opcode::ping) {
      append_frame(out_, Opcode::pong, frame->payload);
      flush();
    } else if (frame->opcode == Opcode::close) {
      lose("WebSocket closed by the server");
    } else if (frame->opcode <= Opcode::binary) {
      take_line(frame->payload);
    }
    begin += frame->bytes;
  }
  return begin;
}

void Connection::take_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if ((is_ready() || expects_messages) && take_messages(line)) return;
  obey(link_->dialect.take(person, line), line);
}

// True if there was one. A line may hold several: what servers make of a write with several lines.
bool Connection::take_messages(std::string_view line) {
  const uint32_t life = life_;
  bool any = false;
  Marker marker;
  for (size_t at = 0; life_ == life && find_marker(line, at, marker);) {
    any = true;
    link_->audience->on_message(*this, marker, read_at_);
  }
  return any;
}

}  // namespace banterd::bench
