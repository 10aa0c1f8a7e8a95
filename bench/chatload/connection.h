// One client's connection to the server: its socket, what is still to be sent, and the way to its
// room: connecting, perhaps a WebSocket, then what the dialect says. Messages and changes go to the
// Audience. It watches its socket in the Link's epoll set; whoever owns the set passes readiness
// on.
//
// Never moves once opened. What the server does to it, an end of stream included, is on_closed();
// close() is silent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "bench/chatload/clock.h"
#include "bench/chatload/dialect.h"
#include "bench/chatload/marker.h"
#include "bench/chatload/receipts.h"

namespace banterd::bench {

class Connection;

// Who wants to know. Called from within on_readiness(), open() and flush(); close() and open() of
// the same connection are allowed in all of them.
class Audience {
 public:
  virtual ~Audience() = default;
  virtual void on_ready(Connection& connection) { (void)connection; }
  // A message of ours has come, at the time at which these bytes were read.
  virtual void on_message(Connection& connection, const Marker& marker, Clock::time_point when) {
    (void)connection, (void)marker, (void)when;
  }
  virtual void on_closed(Connection& connection, bool was_ready, std::string_view why) {
    (void)connection, (void)was_ready, (void)why;
  }
};

// What all connections share; outlives them.
struct Link {
  const Options& options;
  const Dialect& dialect;
  int epoll;
  Audience* audience;
  uint64_t bytes_read = 0;
  uint64_t reads = 0;
  uint32_t errors_shown = 0;
};

class Connection {
 public:
  enum class State : uint8_t { closed, connecting, upgrading, greeting, ready };

  explicit Connection(uint32_t number = 0) { person.number = number; }

  // Connects. A socket that cannot be had ends the program, with the reason.
  void open(Link& link);
  void close();
  // Sends one line of the dialect, with the next flush().
  void queue(std::string_view line);
  void flush();
  // Queues what says `text` in its room.
  void say(std::string text) { queue(link_->dialect.message(person, std::move(text))); }
  // No longer reads until resume(): what comes fills the socket's buffers.
  void pause();
  void resume();
  // From epoll_wait.
  void on_readiness(uint32_t events);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool is_ready() const { return state_ == State::ready; }
  [[nodiscard]] bool is_open() const { return socket_.valid(); }
  [[nodiscard]] size_t queued_bytes() const { return out_.size() - sent_; }
  [[nodiscard]] Clock::time_point opened_at() const { return opened_at_; }

  Person person;
  Receipts receipts;              // of the senders in its room
  bool has_small_buffer = false;  // its receive buffer has options.slow_rcvbuf_bytes
  bool expects_messages = false;  // hears messages before it is ready
  bool is_leaving = false;        // until it is opened again: errors are no news

 private:
  void watch(int operation);
  void connect_socket();
  void on_connected();
  void lose(std::string_view why);
  void obey(const Dialect::Answer& answer, std::string_view line);
  void read();
  // Takes what is complete of `bytes`; returns how many that were.
  size_t take(std::string_view bytes);
  size_t take_lines(std::string_view bytes);
  size_t take_frames(std::string_view bytes);
  void take_line(std::string_view line);
  bool take_messages(std::string_view line);

  Link* link_ = nullptr;
  base::UniqueFd socket_;
  State state_ = State::closed;
  bool wants_write_ = false;
  bool paused_ = false;
  std::string out_;
  size_t sent_ = 0;    // of out_
  std::string part_;   // read, and not complete
  uint32_t life_ = 0;  // grows with each open() and close(): what is being taken is no longer ours
  Clock::time_point opened_at_;
  Clock::time_point read_at_;
};

// Ends the program with status 2, saying what went wrong and errno's text.
[[noreturn]] void fail(const std::string& what);

}  // namespace banterd::bench
