#include "tests/support/pty.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <array>
#include <chrono>

namespace banterd::tests {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kDeadline = std::chrono::seconds(10);

int milliseconds_until(Clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

winsize window(int rows, int columns) {
  winsize size{};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  return size;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

Pty::Pty(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  const winsize size = window(kRows, kColumns);
  int master = -1;
  int slave = -1;
  REQUIRE(openpty(&master, &slave, nullptr, nullptr, &size) == 0);
  master_.reset(master);
  slave_.reset(slave);
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(slave, F_SETFD, FD_CLOEXEC);
  start(arguments, environment);
}

Pty::~Pty() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Pty::start(const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment) {
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    login_tty(slave_.release());
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  pidfd_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  REQUIRE(pidfd_);
}

void Pty::type(std::string_view keys) const {
  REQUIRE(write(master_.get(), keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
}

void Pty::resize(int rows, int columns) {
  screen_.resize(rows, columns);
  const winsize size = window(rows, columns);
  REQUIRE(ioctl(master_.get(), TIOCSWINSZ, &size) == 0);
}

bool Pty::shows(const std::function<bool(const Screen&)>& wanted) {
  const auto end = Clock::now() + kDeadline;
  while (!wanted(screen_)) {
    if (!read_more(milliseconds_until(end))) return false;
  }
  return true;
}

bool Pty::shows(const std::string& text) {
  return shows([&](const Screen& screen) { return screen.text().find(text) != std::string::npos; });
}

std::optional<int> Pty::exit_status() {
  const auto end = Clock::now() + kDeadline;
  std::array<pollfd, 2> watched{{{master_.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}}};
  // The terminal is read meanwhile: a program that writes to a full one would not end.
  while ((watched[1].revents & POLLIN) == 0) {
    if (poll(watched.data(), watched.size(), milliseconds_until(end)) <= 0) return std::nullopt;
    if ((watched[0].revents & POLLIN) != 0) read_more(0);
  }
  while (read_more(0)) {
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? std::optional<int>(WEXITSTATUS(status)) : std::nullopt;
}

bool Pty::is_cooked() const {
  termios modes{};
  REQUIRE(tcgetattr(slave_.get(), &modes) == 0);
  return (modes.c_lflag & ICANON) != 0 && (modes.c_lflag & ECHO) != 0;
}

bool Pty::read_more(int timeout_ms) {
  pollfd watched{.fd = master_.get(), .events = POLLIN, .revents = 0};
  if (poll(&watched, 1, timeout_ms) <= 0) return false;
  std::array<char, 4096> buffer;
  const ssize_t bytes = read(master_.get(), buffer.data(), buffer.size());
  if (bytes <= 0) return false;
  const std::string_view read_bytes(buffer.data(), static_cast<size_t>(bytes));
  output_ += read_bytes;
  screen_.feed(read_bytes);
  return true;
}

}  // namespace banterd::tests
