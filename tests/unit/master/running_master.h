// A master in a process of its own, with fake workers (fake_worker.cpp), for tests: its log is read
// line by line, and it is ended with its test. What it reads (the configuration, the workers'
// manner, a fault to come) are files of a folder of its own, so that a test can change them while
// it runs.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

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
  // Sends a line and returns the next that comes; nothing at the end of the stream.
  std::optional<std::string> ask(const std::string& line = "who") {
    const std::string text = line + "\n";
    if (send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) return std::nullopt;
    return next();
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  base::UniqueFd fd_;
  std::string text_;
};

class RunningMaster {
 public:
  // `prepare` is done in the master's process, before it starts.
  RunningMaster(
      const std::string& config, const std::string& manner, rlim_t descriptors = 0,
      const std::string& binary = "/proc/self/exe", const std::function<void()>& prepare = [] {}) {
    char name[] = "/tmp/banterd-master-XXXXXX";
    folder_ = mkdtemp(name);
    configure(config);
    behave(manner);
    int ends[2];
    if (pipe(ends) < 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      // Also across an exec: nothing stays behind a test program that dies.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(ends[1], STDERR_FILENO);
      for (const int end : ends) close(end);
      setenv("BANTERD_FAKE_WORKER", file("manner").c_str(), 1);
      setenv("BANTERD_FAULT", file("fault").c_str(), 1);
      const rlimit limit{descriptors, descriptors};
      if (descriptors > 0) setrlimit(RLIMIT_NOFILE, &limit);
      Plan plan{conf::parse(config, "test").value(), config, "test", binary};
      plan.config_file = file("config");
      plan.arguments = {"banterd", "--start", file("config")};
      prepare();
      _exit(run(std::move(plan)));
    }
    close(ends[1]);
    log_.emplace(base::UniqueFd(ends[0]));
  }
  RunningMaster(const RunningMaster&) = delete;
  RunningMaster& operator=(const RunningMaster&) = delete;
  ~RunningMaster() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }
  // What the next reload finds.
  void configure(const std::string& config) const { store("config", config); }
  // From now on, of all workers.
  void behave(const std::string& manner) const { store("manner", manner); }
  // The next time that this step is done, it fails.
  void fail(const std::string& step) const { store("fault", step + " fail"); }

  // Reads the log up to a line that contains `text`, and returns that line.
  std::string await(const std::string& text) {
    while (const auto line = next_line()) {
      if (const size_t at = line->find(" port="); at != std::string::npos) {
        ports_.push_back(static_cast<uint16_t>(std::stoi(line->substr(at + 6))));
      }
      past_ += *line + "\n";
      if (line->find(text) != std::string::npos) return *line;
    }
    throw std::runtime_error("\"" + text + "\" is not in the log:\n" + past_);
  }
  // What was read of the log so far.
  [[nodiscard]] const std::string& past() const { return past_; }

  // The number after `key`= in a line of the log.
  static int number(const std::string& line, const std::string& key) {
    return std::stoi(line.substr(line.find(" " + key + "=") + key.size() + 2));
  }

  void signal(int number) const { kill(pid_, number); }
  [[nodiscard]] pid_t pid() const { return pid_; }

  // The exit code, once the process has ended by itself.
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // The ports that were logged so far.
  [[nodiscard]] const std::vector<uint16_t>& ports() const { return ports_; }
  // A connection to the listener that was logged last.
  [[nodiscard]] LineSource connect() const { return connect_to(ports_.back()).value(); }
  // Nothing when nobody listens there.
  [[nodiscard]] static std::optional<LineSource> connect_to(uint16_t port) {
    conf::Listener listener;
    listener.address = "127.0.0.1";
    listener.port = port;
    const SocketAddress to = address_of(listener).value();
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.length) < 0)
      return std::nullopt;
    return LineSource(std::move(fd));
  }

 private:
  std::optional<std::string> next_line() try {
    return log_->next();
  } catch (const std::exception&) {
    throw std::runtime_error("no line in time in this log:\n" + past_);
  }
  // At once, since it may be read at any time.
  void store(const std::string& name, const std::string& text) const {
    std::ofstream(file(name + ".new")) << text;
    std::filesystem::rename(file(name + ".new"), file(name));
  }

  pid_t pid_ = 0;
  std::string folder_;
  std::vector<uint16_t> ports_;
  std::optional<LineSource> log_;
  std::string past_;
};

}  // namespace banterd::master
