// The banterd under test: a copy of the program and its configuration in a temporary folder of its
// own, where both can be replaced while it runs, and its log, which tells ports, workers and
// reloads.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "tests/chaos/poller.h"

namespace banterd::chaos {

class ServerProcess {
 public:
  // How a reload ended.
  struct Reloaded {
    bool done = false;
    std::optional<double> pause_ms;  // as the server measured it
    std::string line;                // of the log
  };

  // `log_file` empty: the log is kept nowhere but its last lines.
  ServerProcess(Poller& poller, std::string binary, const std::string& log_file);
  // Kills the master, if it still runs; its workers leave then. Removes the folder.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Starts the master; ready() tells when it serves. Errors: no folder, no binary, no process.
  base::Result<void> start(const std::string& config_text);
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] pid_t master() const { return pid_; }
  // Those who are ready and have not left, as far as the log tells.
  [[nodiscard]] std::vector<pid_t> workers() const;

  // For the next reload. Each is there as a whole or not at all.
  base::Result<void> write_config(const std::string& text);
  base::Result<void> replace_binary();

  void signal(int number) const;
  // The outcomes of reloads since the last call, in their order.
  std::deque<Reloaded> take_reloads() { return std::exchange(reloads_, {}); }

  // The master has ended, and every process of the server has closed its log.
  [[nodiscard]] bool gone() const { return ended_ && !log_pipe_; }
  [[nodiscard]] bool ended() const { return ended_; }
  // "exit status 0", "signal 9".
  [[nodiscard]] const std::string& how_ended() const { return how_ended_; }
  [[nodiscard]] const std::deque<std::string>& last_log_lines() const { return last_lines_; }

 private:
  [[nodiscard]] std::filesystem::path file(const char* name) const { return folder_ / name; }
  base::Result<void> make_folder();
  base::Result<void> spawn();
  [[noreturn]] void become_server(int log) const;
  void read_log();
  void take_log_lines();
  void on_log_line(std::string_view line);
  void on_end();

  Poller& poller_;
  std::string binary_;
  std::filesystem::path folder_;
  std::ofstream log_file_;
  base::UniqueFd log_pipe_;
  base::UniqueFd end_;  // the master's pidfd
  ReadyCallback on_log_{[this] { read_log(); }};
  ReadyCallback on_end_{[this] { on_end(); }};
  std::string unread_log_;
  std::deque<std::string> last_lines_;
  pid_t pid_ = -1;
  bool ready_ = false;
  uint16_t port_ = 0;
  std::map<pid_t, uint32_t> workers_;  // with their slots
  std::deque<Reloaded> reloads_;
  bool ended_ = false;
  std::string how_ended_;
};

}  // namespace banterd::chaos
