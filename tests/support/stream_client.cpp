#include "tests/support/stream_client.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace banterd::tests {

namespace {

constexpr size_t kShownLines = 20;

sockaddr_in ipv4(const std::string& host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  REQUIRE(inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1);
  return address;
}

template <class Address>
void begin_connect(int fd, const Address& address) {
  const int result = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  REQUIRE_MESSAGE((result == 0 || errno == EINPROGRESS), "connect: ", std::strerror(errno));
}

base::UniqueFd open_socket(int family) {
  base::UniqueFd fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  REQUIRE_MESSAGE(fd.valid(), "socket: ", std::strerror(errno));
  const int on = 1;
  if (family != AF_UNIX) setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

base::UniqueFd connect_unix(const std::string& path) {
  base::UniqueFd fd = open_socket(AF_UNIX);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  begin_connect(fd.get(), address);
  return fd;
}

base::UniqueFd connect_ipv6(const Place& place) {
  base::UniqueFd fd = open_socket(AF_INET6);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(place.port);
  REQUIRE(inet_pton(AF_INET6, place.host.c_str(), &address.sin6_addr) == 1);
  begin_connect(fd.get(), address);
  return fd;
}

base::UniqueFd connect_ipv4(const Place& place) {
  base::UniqueFd fd = open_socket(AF_INET);
  if (!place.source.empty()) {
    // The port is chosen only when the destination is known, or connects get slow (ip(7)).
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const sockaddr_in source = ipv4(place.source, 0);
    REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) == 0);
  }
  begin_connect(fd.get(), ipv4(place.host, place.port));
  return fd;
}

base::UniqueFd connect_to(const Place& place) {
  if (!place.unix_path.empty()) return connect_unix(place.unix_path);
  return place.host.find(':') == std::string::npos ? connect_ipv4(place) : connect_ipv6(place);
}

}  // namespace

StreamClient::StreamClient(PollLoop& loop, const Place& place)
    : loop_(loop), socket_(connect_to(place)) {
  watch_ = loop_.watch(socket_.get(), EPOLLOUT, [this](uint32_t events) { on_ready(events); });
}

StreamClient::~StreamClient() { leave(); }

// ---- saying ----

void StreamClient::send(std::string_view bytes) {
  outgoing_ += bytes;
  write_some();
}

void StreamClient::end_input() {
  input_ends_ = true;
  write_some();
}

void StreamClient::leave() {
  if (!socket_) return;
  loop_.forget(watch_, socket_.get());
  socket_.reset();
  ended_ = true;
}

void StreamClient::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  leave();
}

void StreamClient::stop_reading() {
  reading_ = false;
  watch_what_matters();
}

void StreamClient::read_again() {
  reading_ = true;
  watch_what_matters();
}

void StreamClient::write_some() {
  if (connecting_ || ended_) return;
  while (!has_written_all()) {
    const ssize_t bytes = ::send(socket_.get(), outgoing_.data() + written_,
                                 outgoing_.size() - written_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (bytes < 0 && errno == EAGAIN) break;
    // An error other than that is the server's closing: reading tells why.
    written_ = bytes < 0 ? outgoing_.size() : written_ + static_cast<size_t>(bytes);
  }
  if (has_written_all()) {
    outgoing_.clear();
    written_ = 0;
  }
  if (has_written_all() && std::exchange(input_ends_, false)) shutdown(socket_.get(), SHUT_WR);
  watch_what_matters();
}

// ---- the socket ----

void StreamClient::watch_what_matters() {
  if (connecting_ || ended_) return;
  const uint32_t events =
      (reading_ ? uint32_t{EPOLLIN} : 0u) | (has_written_all() ? 0u : uint32_t{EPOLLOUT});
  if (std::exchange(watched_events_, events) == events) return;
  loop_.change(watch_, socket_.get(), events);
}

void StreamClient::on_ready(uint32_t events) {
  if (connecting_) return on_connected();
  if ((events & EPOLLOUT) != 0) write_some();
  const bool over = (events & (EPOLLHUP | EPOLLERR)) != 0;
  if (reading_ && ((events & EPOLLIN) != 0 || over)) return read_some();
  // A client that does not read would be woken again and again.
  if (over) loop_.forget(watch_, socket_.get());
}

void StreamClient::on_connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  connecting_ = false;
  if (error != 0) return end(error);
  write_some();
}

void StreamClient::read_some() {
  std::array<char, 65536> buffer;
  const ssize_t bytes = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (bytes > 0) return take({buffer.data(), static_cast<size_t>(bytes)});
  if (bytes == 0) return end(0);
  if (errno != EAGAIN) end(errno);
}

void StreamClient::take(std::string_view received) {
  bytes_read_ += received.size();
  std::string lines;
  unwrap(received, lines);
  std::string_view bytes = lines;
  for (;;) {
    const size_t end = bytes.find('\n');
    unfinished_ += bytes.substr(0, end);
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    on_whole_line(std::exchange(unfinished_, {}));
  }
}

void StreamClient::on_whole_line(std::string line) {
  if (!take_line(line)) flawed_.push_back(line);
  if (fences_asked_ > fences_answered_ && is_fence_answer(line, fences_answered_ + 1))
    ++fences_answered_;
  if (on_line_) return on_line_(line);
  lines_.push_back(std::move(line));
}

void StreamClient::end(int error) {
  ended_ = true;
  error_ = error;
  if (stays_) return loop_.forget(watch_, socket_.get());
  leave();
}

// ---- hearing ----

std::string StreamClient::next(Caller caller) {
  wait([&] { return heard_count() > 0 || ended_; }, "any line", caller);
  if (heard_count() == 0) fail("any line", caller);
  return lines_[cursor_++];
}

Lines StreamClient::until(std::string_view line, Caller caller) {
  return until([&](const std::string& heard) { return heard == line; }, line, caller);
}

Lines StreamClient::until(const std::function<bool(const std::string&)>& wanted,
                          std::string_view what, Caller caller) {
  size_t at = cursor_;
  const auto found = [&] {
    while (at < lines_.size() && !wanted(lines_[at])) ++at;
    return at < lines_.size();
  };
  wait([&] { return found() || ended_; }, what, caller);
  if (!found()) fail(what, caller);
  const auto begin = lines_.begin();
  Lines before(begin + static_cast<ptrdiff_t>(cursor_), begin + static_cast<ptrdiff_t>(at));
  cursor_ = at + 1;
  return before;
}

void StreamClient::ask_fence() { send_line(fence_question(++fences_asked_)); }

Lines StreamClient::fence(Caller caller) {
  ask_fence();
  const size_t number = fences_asked_;
  return until([&](const std::string& line) { return is_fence_answer(line, number); }, "a fence",
               caller);
}

Lines StreamClient::until_end(Caller caller) {
  wait([&] { return ended_; }, "the end of the stream", caller);
  if (error_ != 0) fail("the end of the stream in order", caller);
  Lines rest = heard();
  forget();
  return rest;
}

Lines StreamClient::heard() const {
  return {lines_.begin() + static_cast<ptrdiff_t>(cursor_), lines_.end()};
}

size_t StreamClient::count(std::string_view line) const {
  return static_cast<size_t>(
      std::count(lines_.begin() + static_cast<ptrdiff_t>(cursor_), lines_.end(), line));
}

void StreamClient::wait(const std::function<bool()>& done, std::string_view what,
                        const Caller& caller) {
  if (!loop_.run_until(done)) fail(what, caller);
}

void StreamClient::fail(std::string_view what, const Caller& caller) const {
  std::string text = "a client waits for: " + std::string(what) + "\nand has heard:\n";
  const size_t begin = lines_.size() > kShownLines ? lines_.size() - kShownLines : 0;
  for (size_t i = begin; i < lines_.size(); ++i)
    text += (i < cursor_ ? "  (before) " : "  ") + lines_[i] + "\n";
  if (!unfinished_.empty()) text += "  (unfinished) " + unfinished_ + "\n";
  if (ended_) text += "and the end of the stream: " + std::string(std::strerror(error_)) + "\n";
  DOCTEST_ADD_FAIL_AT(caller.file_name(), static_cast<int>(caller.line()), text);
  throw std::logic_error("a failed test goes on");  // the line above has thrown
}

// ---- many at once ----

void settle(PollLoop& loop, const std::vector<StreamClient*>& clients,
            std::source_location caller) {
  // After the first round all that was said stands in everybody's queue, after the second it has
  // been read.
  for (int round = 0; round < 2; ++round) {
    for (StreamClient* client : clients) client->ask_fence();
    wait_for(
        loop,
        [&] {
          return std::all_of(clients.begin(), clients.end(),
                             [](const StreamClient* one) { return one->fence_answered(); });
        },
        "answers to all", caller);
  }
}

void wait_for(PollLoop& loop, const std::function<bool()>& done, std::string_view what,
              std::source_location caller) {
  if (loop.run_until(done)) return;
  const std::string text = "waited in vain for " + std::string(what);
  DOCTEST_ADD_FAIL_AT(caller.file_name(), static_cast<int>(caller.line()), text);
}

}  // namespace banterd::tests

doctest::String doctest::StringMaker<banterd::tests::Lines>::convert(
    const banterd::tests::Lines& lines) {
  constexpr size_t kMost = 40;
  std::string text = std::to_string(lines.size()) + " lines:";
  for (size_t i = 0; i < lines.size() && i < kMost; ++i) text += "\n    " + lines[i];
  return (text + "\n").c_str();
}
