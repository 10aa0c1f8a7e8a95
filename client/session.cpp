#include "client/session.h"

#include <signal.h>
#include <strings.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "client/style.h"

namespace banterd::client {

namespace {

using base::Result;

constexpr size_t kMaxUnsentBytes = 65536;
constexpr auto kLeaveTimeout = std::chrono::seconds(1);
constexpr std::string_view kShutdownNotice = "* Server is shutting down";

// The server takes names of commands in any case.
bool asks_to_quit(std::string_view line) {
  constexpr std::string_view kCommand = "/quit";
  return line.size() >= kCommand.size() &&
         strncasecmp(line.data(), kCommand.data(), kCommand.size()) == 0 &&
         (line.size() == kCommand.size() || line[kCommand.size()] == ' ');
}

bool print_plainly(std::string_view lines) {
  return std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size() &&
         std::fflush(stdout) == 0;
}

std::string reason_of_end(int error_number, bool told_of_shutdown) {
  if (told_of_shutdown) return "the server was shut down and said goodbye; try again later";
  if (error_number != 0)
    return std::string("lost the connection to the server: ") + uv_strerror(-error_number);
  return "the server closed the connection";
}

}  // namespace

Session::Session(base::Loop& loop, Input input, bool colours)
    : loop_(loop),
      input_(input),
      colours_(colours),
      leave_timer_(loop, [this] { end(ExitStatus::left); }) {}

Farewell Session::run(base::UniqueFd socket) {
  if (const Result<void> opened = open(std::move(socket)); !opened)
    return {ExitStatus::failed, opened.error().context};
  loop_.run();
  if (terminal_) terminal_->release(Terminal::Unfinished::kept);
  return farewell_;
}

Result<void> Session::open(base::UniqueFd socket) {
  auto connection =
      Connection::create(loop_, std::move(socket),
                         {.on_bytes = [this](std::string_view bytes) { on_received(bytes); },
                          .on_sent = [this] { pace_input(); },
                          .on_end = [this](int error_number) { on_server_end(error_number); }});
  if (!connection) return std::move(connection).error();
  connection_ = *std::move(connection);
  return input_ == Input::typed ? open_terminal() : open_piped_input();
}

Result<void> Session::open_terminal() {
  // The terminal has to be given back whatever ends the visit. A pipeline is ended by a signal as
  // any other program.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    leave_signals_.push_back(
        std::make_unique<base::Signal>(loop_, number, [this] { leave_now(); }));
  }
  auto terminal =
      Terminal::create(loop_, {.on_line = [this](std::string_view line) { on_typed(line); },
                               .on_end = [this] { leave(); }});
  if (!terminal) return std::move(terminal).error();
  terminal_ = *std::move(terminal);
  return {};
}

Result<void> Session::open_piped_input() {
  auto piped = PipedInput::create(loop_, STDIN_FILENO,
                                  {.on_bytes = [this](std::string_view bytes) { on_piped(bytes); },
                                   .on_end = [this] { on_piped_end(); }});
  if (!piped) return std::move(piped).error();
  piped_ = *std::move(piped);
  return {};
}

void Session::on_typed(std::string_view line) {
  if (line == "exit") {
    leave();
    return;
  }
  const std::string lines = std::string(line) + "\n";
  bool quits = false;
  sent_lines_.feed(lines, [&](std::string_view one) { quits = quits || asks_to_quit(one); });
  send(lines);
  if (quits) leave();
}

void Session::on_piped(std::string_view bytes) {
  ends_in_newline_ = bytes.ends_with('\n');
  sent_lines_.feed(bytes, [this](std::string_view line) { asked_to_quit_ = asks_to_quit(line); });
  send(bytes);
}

void Session::on_piped_end() {
  if (!ends_in_newline_) send("\n");  // printf hi | banter
  leave();
}

void Session::on_received(std::string_view bytes) {
  received_.feed(bytes, [this](std::string_view line) { show(line); });
  print_shown();
}

void Session::on_server_end(int error_number) {
  received_.finish([this](std::string_view line) { show(line); });
  print_shown();
  const bool said_all = connection_->sending_ended() && error_number == 0 && !told_of_shutdown_;
  const bool in_order =
      input_ == Input::typed ? state_ == State::leaving : said_all || asked_to_quit_;
  if (in_order) {
    end(ExitStatus::left);
  } else {
    end(ExitStatus::server_gone, reason_of_end(error_number, told_of_shutdown_));
  }
}

void Session::send(std::string_view bytes) {
  connection_->send(bytes);
  pace_input();
}

// The server hears that we are done and may still say what it has to say. Piped, the answer may
// take its time: a long input is slowed down by the server's flood limit.
void Session::leave() {
  if (state_ != State::talking) return;
  state_ = State::leaving;
  connection_->end_sending();
  if (!terminal_) return;
  terminal_->release(Terminal::Unfinished::dropped);
  leave_timer_.start(kLeaveTimeout);
}

void Session::leave_now() {
  if (state_ == State::talking) {
    leave();
  } else {
    end(ExitStatus::left);
  }
}

void Session::pace_input() {
  const bool paused = connection_->unsent_bytes() > kMaxUnsentBytes;
  if (terminal_) terminal_->pause(paused);
  if (piped_) piped_->pause(paused);
}

void Session::show(std::string_view line) {
  told_of_shutdown_ = line == kShutdownNotice;
  shown_ += colours_ ? coloured(line) : sanitised(line);
  shown_ += '\n';
}

void Session::print_shown() {
  const std::string lines = std::exchange(shown_, {});
  if (lines.empty() || state_ == State::ended) return;
  if (terminal_ ? terminal_->print(lines) : print_plainly(lines)) return;
  end(ExitStatus::failed, std::string("cannot write what the server says: ") + uv_strerror(-errno));
}

void Session::end(ExitStatus status, std::string message) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  farewell_ = {status, std::move(message)};
  loop_.stop();
}

}  // namespace banterd::client
