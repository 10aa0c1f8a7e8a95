// A client of any protocol of lines, for the classes of one protocol each (line_client.h,
// irc_client.h). It never blocks: what it says is queued, what it hears is read whenever the test's
// loop runs.
//
// Lines heard are kept in order. A cursor marks what the test has dealt with: next(), until() and
// fence() move it on. Each waits with a deadline and fails the test, naming the caller's line and
// what was heard instead, when its line does not come.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "tests/support/poll_loop.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

// Where to connect.
struct Place {
  uint16_t port = 0;
  std::string host = "127.0.0.1";  // or an IPv6 address
  std::string source = {};         // the IPv4 address to come from; any, if empty
  std::string unix_path = {};      // instead of all that
};

class StreamClient {
 public:
  using Caller = std::source_location;

  // Begins to connect. The loop outlives the client.
  StreamClient(PollLoop& loop, const Place& place);
  virtual ~StreamClient();
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;

  // ---- saying ----
  void send(std::string_view bytes);
  // Half-closes, as nc -N does at the end of its input, once all that was sent is written.
  void end_input();
  // Closes at once.
  void leave();
  // The same, but with a reset instead of an end of stream.
  void reset();
  // Keeps the socket open when the server has ended its side; others close theirs then.
  void stay() { stays_ = true; }
  // Stops reading; what the server sends then stays with it.
  void stop_reading();
  void read_again();
  // All that was sent is with the kernel.
  [[nodiscard]] bool has_written_all() const {
    return !connecting_ && written_ == outgoing_.size();
  }

  // ---- hearing ----
  // The next line.
  std::string next(Caller caller = Caller::current());
  // The lines before the next one that is `line`, which is passed over too.
  Lines until(std::string_view line, Caller caller = Caller::current());
  void expect(std::string_view line, Caller caller = Caller::current()) { until(line, caller); }
  Lines until(const std::function<bool(const std::string&)>& wanted, std::string_view what,
              Caller caller = Caller::current());
  // Asks something and returns what was heard before the answer: all that came before the server
  // answered.
  Lines fence(Caller caller = Caller::current());
  // The lines until the stream ends in order.
  Lines until_end(Caller caller = Caller::current());

  // What was heard beyond the cursor, so far.
  [[nodiscard]] Lines heard() const;
  [[nodiscard]] size_t heard_count() const { return lines_.size() - cursor_; }
  [[nodiscard]] size_t count(std::string_view line) const;
  // All heard so far is dealt with.
  void forget() { cursor_ = lines_.size(); }
  // Instead of keeping lines: for more than fits into memory.
  void on_line(std::function<void(std::string_view)> callback) { on_line_ = std::move(callback); }

  // The stream has ended: in order, or with an errno; or this side has left.
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] size_t bytes_read() const { return bytes_read_; }
  // Lines that no server of this protocol may send.
  [[nodiscard]] const Lines& flawed() const { return flawed_; }
  [[nodiscard]] bool has_greeting() const { return !lines_.empty(); }

  // ---- asking without waiting, for many clients at once ----
  void ask_fence();
  [[nodiscard]] bool fence_answered() const { return fences_answered_ == fences_asked_; }

 protected:
  [[nodiscard]] const std::string& first_line() const { return lines_.at(0); }

 protected:
  // For protocols that put lines into something else.
  virtual void send_line(const std::string& line) { send(line); }
  // Appends the lines that have come with these bytes.
  virtual void unwrap(std::string_view bytes, std::string& lines) { lines += bytes; }

 private:
  // Takes a line without its LF, and off it what its protocol ends lines with. False: it is flawed.
  virtual bool take_line(std::string& line) = 0;
  // What is asked in turn, with the line's end, and whether a line answers it.
  [[nodiscard]] virtual std::string fence_question(size_t number) const = 0;
  [[nodiscard]] virtual bool is_fence_answer(const std::string& line, size_t number) const = 0;

  void on_ready(uint32_t events);
  void on_connected();
  void read_some();
  void take(std::string_view bytes);
  void on_whole_line(std::string line);
  void write_some();
  void end(int error);
  void watch_what_matters();
  void wait(const std::function<bool()>& done, std::string_view what, const Caller& caller);
  [[noreturn]] void fail(std::string_view what, const Caller& caller) const;

  PollLoop& loop_;
  base::UniqueFd socket_;
  PollLoop::Id watch_ = 0;
  uint32_t watched_events_ = 0;
  bool connecting_ = true;
  bool reading_ = true;
  bool input_ends_ = false;
  bool stays_ = false;
  bool ended_ = false;
  int error_ = 0;

  std::string outgoing_;
  size_t written_ = 0;      // of outgoing_
  std::string unfinished_;  // of the last line
  Lines lines_;
  size_t cursor_ = 0;
  std::function<void(std::string_view)> on_line_;
  Lines flawed_;
  size_t bytes_read_ = 0;
  size_t fences_asked_ = 0;
  size_t fences_answered_ = 0;
};

// Waits until each of them has heard all that any of them said before.
void settle(PollLoop& loop, const std::vector<StreamClient*>& clients,
            std::source_location caller = std::source_location::current());

// Waits until `done`; fails the test, naming the caller's line and `what`, when it does not come.
void wait_for(PollLoop& loop, const std::function<bool()>& done, std::string_view what,
              std::source_location caller = std::source_location::current());

}  // namespace banterd::tests

// How failed checks show lines.
template <>
struct doctest::StringMaker<banterd::tests::Lines> {
  static String convert(const banterd::tests::Lines& lines);
};
