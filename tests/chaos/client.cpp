#include "tests/chaos/client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace banterd::chaos {

namespace {

constexpr std::string_view kGreeting = "* Welcome to ";
constexpr std::string_view kTalksIn = "* You talk in ";
constexpr std::string_view kFenceAnswer = "! unknown command: /fence-";
constexpr uint32_t kServerAddress = INADDR_LOOPBACK;  // 127.0.0.1
constexpr uint32_t kFirstSource = 0x7f000101;         // 127.0.1.1
constexpr size_t kSources = 16;
// Of one who does not read: what the server sends has to wait there, not here.
constexpr int kFullReceiveBytes = 4096;
constexpr size_t kFillLineBytes = 4000;

sockaddr_in address_of(uint32_t host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(port);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void set_option(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof value);
}

LocalEnd local_end_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return {ntohl(address.sin_addr.s_addr), ntohs(address.sin_port)};
}

}  // namespace

Client::Client(size_t number, Role role, std::vector<RoomIndex> rooms, ClientWorld& world,
               Events& events)
    : number_(number),
      role_(role),
      world_(world),
      events_(events),
      receiver_(number, std::move(rooms), world.truth) {}

bool Client::speaks() const {
  return role_ == Role::speaker || role_ == Role::half_liner || role_ == Role::filler;
}

// ---- coming and going ----

base::Result<void> Client::connect() {
  fd_.reset(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_) return base::from_errno("socket", errno);
  set_option(fd_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (role_ == Role::full) set_option(fd_.get(), SOL_SOCKET, SO_RCVBUF, kFullReceiveBytes);
  // The port is chosen only when the destination is known: else one address has too few (ip(7)).
  set_option(fd_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  const sockaddr_in source =
      address_of(kFirstSource + static_cast<uint32_t>(number_ % kSources), 0);
  if (bind(fd_.get(), generic(source), sizeof source) != 0) return base::from_errno("bind", errno);
  const sockaddr_in server = address_of(kServerAddress, world_.port);
  if (::connect(fd_.get(), generic(server), sizeof server) != 0 && errno != EINPROGRESS)
    return base::from_errno("connect", errno);
  local_end_ = local_end_of(fd_.get());
  state_ = State::connecting;
  doomed_ = false;
  world_.poller.add(fd_.get(), EPOLLOUT, *this);
  return {};
}

void Client::on_connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return end(std::strerror(error));
  state_ = State::entering;
  watch();
}

void Client::on_greeting() {
  std::string words;
  if (speaks()) {
    const size_t bytes = role_ == Role::filler ? kFillLineBytes : world_.line_bytes;
    voice_ = &world_.truth.voices.add(receiver_.rooms(), bytes);
    words = "/nick " + voice_->nick + "\n";
  }
  words += "/part #lobby\n";
  for (const RoomIndex room : receiver_.rooms()) words += join_of(room);
  send(words);
  ask_fence();
}

void Client::on_fence_answer() {
  ++fences_answered_;
  if (state_ != State::entering) return;
  state_ = State::present;
  joins_answered_ = 0;
  receiver_.begin(voice_);
  if (!reads()) watch();
  events_.on_present(*this);
}

void Client::drop(const std::string& why) {
  if (state_ != State::absent) end(why);
}

void Client::end(const std::string& why) {
  world_.poller.remove(fd_.get());
  fd_.reset();
  const State before = std::exchange(state_, State::absent);
  receiver_.abandon();
  if (voice_ != nullptr) voice_->alive = false;
  voice_ = nullptr;
  has_half_line_ = false;
  unread_.clear();
  unsent_.clear();
  fences_asked_ = fences_answered_ = 0;
  worst_latency_us_ = 0;
  asks_members_ = false;
  events_.on_ended(*this, before, why);
}

// ---- speaking ----

std::string Client::join_of(RoomIndex room) const {
  return "/join " + world_.truth.room_names[room] + "\n";
}

std::string Client::next_line(uint64_t stamp_us) const {
  // The join's answer tells that all have the lines before it.
  return join_of(voice_->room_of(voice_->sent)) +
         said_text(voice_->number, voice_->sent, stamp_us, voice_->bytes) + "\n";
}

void Client::say(uint64_t stamp_us) {
  const std::string line = next_line(stamp_us);
  ++voice_->sent;
  send(line);
}

void Client::begin_line() {
  const std::string line = next_line(0);
  const size_t half = line.size() - voice_->bytes / 2;
  has_half_line_ = true;
  second_half_ = line.substr(half);
  send(std::string_view(line).substr(0, half));
}

void Client::finish_line() {
  has_half_line_ = false;
  ++voice_->sent;
  send(second_half_);
}

void Client::ask_fence() {
  if (has_half_line_) finish_line();
  send(fmt::format("/fence-{}\n", ++fences_asked_));
}

void Client::ask_members(RoomIndex room) {
  members_told_ = 0;
  asks_members_ = true;
  send("/who " + world_.truth.room_names[room] + "\n");
}

void Client::send(std::string_view bytes) {
  const bool waits = !unsent_.empty();
  unsent_ += bytes;
  if (!waits) flush();
}

// Never ends the connection: that is found when it is read, and nobody expects it here.
void Client::flush() {
  const ssize_t sent = ::send(fd_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent >= 0) {
    unsent_.erase(0, static_cast<size_t>(sent));
  } else if (errno != EAGAIN && errno != EINTR) {
    unsent_.clear();
  }
  if (watches_for_room_ == unsent_.empty()) watch();
}

// ---- reading ----

void Client::read_on() {
  reads_on_ = true;
  if (!present()) return;
  set_option(fd_.get(), SOL_SOCKET, SO_RCVBUF, static_cast<int>(world_.buffer.size()));
  watch();
}

void Client::watch() {
  watches_for_room_ = !unsent_.empty();
  uint32_t events = 0;
  if (reads()) events |= EPOLLIN;
  if (watches_for_room_) events |= EPOLLOUT;
  world_.poller.change(fd_.get(), events, *this);
}

void Client::on_ready(uint32_t events) {
  if (state_ == State::absent) return;
  if (state_ == State::connecting) {
    if (events != 0) on_connected();
    return;
  }
  if ((events & EPOLLOUT) != 0) flush();
  if ((events & EPOLLIN) != 0 || (reads() && (events & (EPOLLHUP | EPOLLERR)) != 0))
    return read_once();
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) end("the connection has gone");
}

void Client::read_once() {
  char* const begin = world_.buffer.data();
  std::memcpy(begin, unread_.data(), unread_.size());
  const size_t room = world_.buffer.size() - unread_.size();
  const ssize_t got = recv(fd_.get(), begin + unread_.size(), room, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return end(std::strerror(errno));
  if (got == 0) return end(room == 0 ? "a line without end" : "the server has closed it");
  world_.read_bytes += static_cast<uint64_t>(got);
  take_lines({begin, unread_.size() + static_cast<size_t>(got)}, now_us());
}

void Client::take_lines(std::string_view text, uint64_t now) {
  size_t line = 0;
  for (;;) {
    const size_t end = text.find('\n', line);
    if (end == std::string_view::npos) break;
    on_line(text.substr(line, end - line), now);
    line = end + 1;
  }
  unread_.assign(text.substr(line));
}

void Client::on_line(std::string_view line, uint64_t now) {
  if (line.starts_with('*')) return on_notice(line);
  if (line.starts_with('!')) return on_error(line);
  const auto said = parse_said(line);
  if (!said) {
    Tally& tally = world_.truth.tally;
    return tally.fault(tally.misplaced,
                       fmt::format("client {}: no line of ours: {}", number_, line.substr(0, 200)));
  }
  measure(*said, now);
  receiver_.take(*said);
}

void Client::measure(const SaidLine& line, uint64_t now) {
  if (line.stamp_us == 0 || role_ == Role::full || !receiver_.active()) return;
  const auto latency = static_cast<uint32_t>(now - std::min(now, line.stamp_us));
  worst_latency_us_ = std::max(worst_latency_us_, latency);
  if (world_.normal != nullptr) world_.normal->add(latency);
}

void Client::on_notice(std::string_view line) {
  // While nobody was closed, nobody has left.
  Tally& tally = world_.truth.tally;
  if (world_.keeps && tally.ended_with_worker == 0 && tally.closed == 0 && present() &&
      line.find(" quit (") != std::string_view::npos)
    tally.fault(tally.other, fmt::format("client {}: {}", number_, line.substr(0, 200)));
  if (state_ == State::entering && fences_asked_ == 0) {
    if (line.starts_with(kGreeting)) on_greeting();
  } else if (voice_ != nullptr && present() && line.starts_with(kTalksIn)) {
    // The first one is answered before the first line, and so on.
    voice_->confirmed = joins_answered_++;
  } else if (asks_members_) {
    on_members(line);
  }
}

// "* 3 people are in #room: ..." or "* 1 person is in ...".
void Client::on_members(std::string_view line) {
  if (line.find(" are in #") == std::string_view::npos &&
      line.find(" is in #") == std::string_view::npos)
    return;
  asks_members_ = false;
  line.remove_prefix(2);
  std::from_chars(line.data(), line.data() + line.size(), members_told_);
}

void Client::on_error(std::string_view line) {
  if (line.starts_with(kFenceAnswer)) return on_fence_answer();
  Tally& tally = world_.truth.tally;
  tally.fault(tally.errors, fmt::format("client {}: {}", number_, line.substr(0, 200)));
}

}  // namespace banterd::chaos
