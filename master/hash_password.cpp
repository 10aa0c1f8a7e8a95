#include "master/hash_password.h"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <string>

#include "base/password.h"
#include "base/utf8.h"
#include "ipc/contract.h"

namespace banterd::master {

namespace {

constexpr size_t kMostBytes = 200;

volatile sig_atomic_t caught_signal = 0;

// What is typed is not shown while it lives. A signal that ends the process does so once the
// terminal is as it was: nobody likes a shell that does not show what he types.
class HiddenTyping {
 public:
  HiddenTyping() {
    caught_signal = 0;
    sigset_t signals;
    sigemptyset(&signals);
    struct sigaction note {};
    note.sa_handler = [](int number) { caught_signal = number; };
    for (size_t i = 0; i < std::size(kSignals); ++i) {
      sigaddset(&signals, kSignals[i]);
      sigaction(kSignals[i], &note, &actions_before_[i]);
    }
    sigprocmask(SIG_BLOCK, &signals, &mask_before_);
    tcgetattr(STDIN_FILENO, &shown_);
    termios hidden = shown_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;
  ~HiddenTyping() {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown_);
    for (size_t i = 0; i < std::size(kSignals); ++i)
      sigaction(kSignals[i], &actions_before_[i], nullptr);
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    if (caught_signal != 0) raise(caught_signal);
  }

  // Waits for a line. False: a signal has come. Only here do they come, so that none is met right
  // before a read that it would not end.
  [[nodiscard]] bool await_line() const {
    pollfd typed{STDIN_FILENO, POLLIN, 0};
    while (ppoll(&typed, 1, nullptr, &mask_before_) < 0) {
      if (caught_signal != 0) return false;
    }
    return true;
  }

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  struct sigaction actions_before_[std::size(kSignals)] = {};
  sigset_t mask_before_{};
  termios shown_{};
};

// Up to the end of a line, or of the input. What is far too long is not read to its end.
base::Result<std::string> read_line() {
  std::string line;
  while (line.size() <= kMostBytes + 1) {
    char byte = 0;
    const ssize_t got = read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::from_errno("read the password", errno);
    if (got == 0 || byte == '\n') break;
    line += byte;
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

base::Result<std::string> ask(const char* question, const HiddenTyping& hidden) {
  std::fputs(question, stderr);
  const bool typed = hidden.await_line();
  std::fputc('\n', stderr);  // the one that was typed is not shown either
  if (!typed) return base::Error{base::Errc::closed, "given up"};
  return read_line();
}

base::Result<std::string> ask_twice() {
  // Before the first question: who is asked may type at once.
  const HiddenTyping hidden;
  auto first = ask("Password: ", hidden);
  if (!first) return first;
  // Before it is typed a second time for nothing.
  if (auto good = check_password(*first); !good) return good.error();
  auto second = ask("Again: ", hidden);
  if (!second) return second;
  if (*first != *second) return base::Error{base::Errc::invalid, "the two passwords differ"};
  return first;
}

base::Result<std::string> hash_of_input() {
  auto text = isatty(STDIN_FILENO) == 1 ? ask_twice() : read_line();
  if (!text) return text;
  if (auto good = check_password(*text); !good) return good.error();
  return base::hash_password(*text);
}

}  // namespace

base::Result<void> check_password(std::string_view text) {
  const bool has_controls = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (text.empty()) return base::Error{base::Errc::invalid, "the password is empty"};
  if (text.size() > kMostBytes || has_controls || !base::is_valid_utf8(text)) {
    return base::Error{base::Errc::invalid,
                       "a password is at most 200 bytes of UTF-8 without control characters"};
  }
  return {};
}

int hash_password() {
  const auto hash = hash_of_input();
  if (!hash) {
    std::fprintf(stderr, "banterd: %s\n", hash.error().context.c_str());
    return ipc::exit_bad_config;
  }
  std::printf("%s\n", hash->c_str());
  return ipc::exit_ok;
}

}  // namespace banterd::master
