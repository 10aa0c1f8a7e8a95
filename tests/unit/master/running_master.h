// A master in a process of its own, with fake workers (fake_worker.cpp), for tests: its log is read
// line by line, and it is ended with its test.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/unique_fd.h"
#include "conf/config.h"
#include "master/address.h"
#include "master/master.h"

namespace banterd::master {

// Reads lines from a descriptor, waiting for each no longer than kPatience.
class LineSource {
 public:
  static constexpr std::chrono::seconds kPatience{20};
  explicit LineSource(base::UniqueFd fd) : fd_(std::move(fd)) {}

  // The next line without its end; nothing at the end of the stream. Throws when it takes too long.
  std::optional<std::string> next() {
    for (;;) {
      if (const size_t end = text_.find('\n'); end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      pollfd ready{fd_.get(), POLLIN, 0};
      if (poll(&ready, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) <= 0) {
        throw std::runtime_error("no line in time; so far: " + text_);
      }
      char buffer[4096];
      const ssize_t got = read(fd_.get(), buffer, sizeof buffer);
      if (got < 0) throw std::runtime_error("the stream was reset");
      if (got == 0) return std::nullopt;
      text_.append(buffer, static_cast<size_t>(got));
    }
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  base::UniqueFd fd_;
  std::string text_;
};

class RunningMaster {
 public:
  RunningMaster(const std::string& config, const std::string& manner, rlim_t descriptors = 0,
                const std::string& binary = "/proc/self/exe") {
    int ends[2];
    if (pipe(ends) < 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDERR_FILENO);
      for (const int end : ends) close(end);
      setenv("BANTERD_FAKE_WORKER", manner.c_str(), 1);
      const rlimit limit{descriptors, descriptors};
      if (descriptors > 0) setrlimit(RLIMIT_NOFILE, &limit);
      _exit(run({conf::parse(config, "test").value(), config, "test", binary}));
    }
    close(ends[1]);
    log_.emplace(base::UniqueFd(ends[0]));
  }
  RunningMaster(const RunningMaster&) = delete;
  RunningMaster& operator=(const RunningMaster&) = delete;
  ~RunningMaster() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  // Reads the log up to a line that contains `text`, and returns that line.
  std::string await(const std::string& text) {
    while (const auto line = log_->next()) {
      if (const size_t at = line->find(" port="); at != std::string::npos) {
        port_ = static_cast<uint16_t>(std::stoi(line->substr(at + 6)));
      }
      if (line->find(text) != std::string::npos) return *line;
    }
    throw std::runtime_error("the log ended without: " + text);
  }

  // The number after `key`= in a line of the log.
  static int number(const std::string& line, const std::string& key) {
    return std::stoi(line.substr(line.find(" " + key + "=") + key.size() + 2));
  }

  void signal(int number) const { kill(pid_, number); }

  // The exit code, once the process has ended by itself.
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // A connection to the listener that was logged last.
  [[nodiscard]] LineSource connect() const {
    conf::Listener listener;
    listener.address = "127.0.0.1";
    listener.port = port_;
    const SocketAddress to = address_of(listener).value();
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.length) < 0) {
      throw std::runtime_error("connect");
    }
    return LineSource(std::move(fd));
  }

 private:
  pid_t pid_ = 0;
  uint16_t port_ = 0;
  std::optional<LineSource> log_;
};

}  // namespace banterd::master
