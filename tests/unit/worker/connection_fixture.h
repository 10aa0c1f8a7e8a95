// What the tests of Connection share: both kinds of socket pairs, an owner that keeps what it is
// told, and the client's side.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/uv/timer.h"
#include "tests/unit/worker/socket_pair.h"
#include "worker/connection.h"
#include "worker/line_cutter.h"

namespace banterd::worker {

using namespace std::chrono_literals;
using base::UniqueFd;

// Keeps what it is told. `busy` says that a call of its own to the connection is under way.
struct RecordingOwner final : ConnectionOwner {
  void on_input() override {
    ++inputs;
    largest_input = std::max(largest_input, connection->input().size());
    if (when_input) return when_input();
    take(connection->input().size());
  }
  void on_end_of_stream() override {
    ++ends_of_stream;
    if (when_end_of_stream) when_end_of_stream();
  }
  void on_closed(std::string_view why) override {
    CHECK_FALSE(busy);
    CHECK(connection->state() == Connection::State::closed);
    ++times_closed;
    reason = why;
    if (when_closed) when_closed();
  }
  void on_overflow() override {
    CHECK_FALSE(sending);
    ++overflows;
    if (when_overflow) when_overflow();
  }
  void on_drained() override {
    CHECK_FALSE(busy);
    ++drained;
  }
  void take(size_t count) {
    got += connection->input().substr(0, count);
    connection->consume(count);
  }

  std::unique_ptr<Connection> connection;
  std::function<void()> when_input, when_end_of_stream, when_closed, when_overflow;
  std::string got, reason = "not closed";
  int inputs = 0, ends_of_stream = 0, times_closed = 0, overflows = 0, drained = 0;
  size_t largest_input = 0;
  bool busy = false, sending = false;
};

struct ConnectionFixture {
  base::Loop loop;
  Deadlines deadlines{loop};
  ConnectionContext context{loop, deadlines, 100'000, 10s, 10s};
  RecordingOwner owner;
  UniqueFd client;
  std::string read;  // by the client
  bool read_end = false;
  bool read_reset = false;
  int server_fd = -1;

  void open(SocketPair ends) {
    server_fd = ends.first.get();
    client = std::move(ends.second);
    auto created = Connection::create(context, owner, std::move(ends.first));
    REQUIRE(created.has_value());
    owner.connection = *std::move(created);
  }
  Connection& connection() { return *owner.connection; }
  bool closed() const { return owner.times_closed > 0; }

  void turn() { uv_run(loop.get(), UV_RUN_NOWAIT); }
  // Turns the loop until `done`; fails the test rather than waiting for ever.
  template <class Done>
  void run_until(Done done) {
    // The loop turns each millisecond also when nothing happens: `done` may let the client read.
    base::Timer tick(loop, [] {});
    tick.start(1ms, 1ms);
    const auto give_up = std::chrono::steady_clock::now() + 20s;
    bool late = false;
    while (!done() && !late) {
      uv_run(loop.get(), UV_RUN_ONCE);
      late = std::chrono::steady_clock::now() > give_up;
    }
    REQUIRE_FALSE(late);
  }

  void say(std::string_view text) {
    REQUIRE(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  // Says as much as the sockets hold.
  size_t say_much() {
    const std::string text(10'000, 'x');
    size_t said = 0;
    for (;;) {
      const ssize_t sent = ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return said;
      said += static_cast<size_t>(sent);
    }
  }
  // Reads what is there for the client, at most `most` bytes.
  size_t client_reads(size_t most = SIZE_MAX) {
    std::string buffer(std::min<size_t>(most, 100'000), 0);
    size_t all = 0;
    while (all < most) {
      const ssize_t got =
          ::recv(client.get(), buffer.data(), std::min(buffer.size(), most - all), 0);
      if (got == 0) read_end = true;
      if (got < 0 && errno != EAGAIN) read_reset = true;
      if (got <= 0) break;
      read.append(buffer, 0, static_cast<size_t>(got));
      all += static_cast<size_t>(got);
    }
    return all;
  }
  void client_reads_to_end() {
    run_until([this] {
      client_reads();
      return read_end || read_reset;
    });
    REQUIRE(read_end);
  }
  void send(std::string_view text) {
    owner.busy = owner.sending = true;
    connection().send(text);
    owner.busy = owner.sending = false;
  }
  void flush() {
    owner.busy = true;
    connection().flush();
    owner.busy = false;
  }
  void end() {
    owner.busy = true;
    connection().end();
    owner.busy = false;
  }
  [[nodiscard]] size_t rest_of_begun_line() {
    const SendQueue::Begun begun = connection().queue().begun();
    return rest_of_line(begun.bytes, begun.written).value();
  }
  void cut(std::string_view last_words) {
    owner.busy = true;
    connection().cut(last_words, rest_of_begun_line());
    owner.busy = false;
  }
  // Sends until the socket takes no more and something stays queued. Returns all that was sent.
  std::string block(const std::string& line = std::string(999, 'x') + "\n") {
    std::string sent;
    while (connection().queued_bytes() == 0) {
      for (int i = 0; i < 20; ++i) {
        send(line);
        sent += line;
      }
      flush();
    }
    return sent;
  }
};

// Every test of a socket's end runs on both kinds: their errors come differently.
template <class Test>
void on_both_kinds(Test test) {
  SUBCASE("TCP") { test(tcp_pair()); }
  SUBCASE("Unix") { test(unix_pair()); }
}

}  // namespace banterd::worker
