// The real banterd, started with a configuration of the test's in a folder of its own, on free
// ports. Its log is read whenever the test's loop runs, tells ports and workers, and is printed
// when the test case fails.
//
//   Server server({.workers = 3});
//   ... clients of server.port() ...
//   CHECK(server.stop().status == 0);      // or leave it to the destructor
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "tests/support/poll_loop.h"
#include "tests/support/temporary_folder.h"

namespace banterd::tests {

// Whether the programs under test carry sanitizers, which have a memory and a speed of their own.
inline constexpr bool kSanitized = !std::string_view(BANTERD_SANITIZE).empty();

// What a test wants of the configuration, each part as JSON. Without floods' delay and with room
// for many clients from one address, unless the test says otherwise.
struct ServerConfig {
  int workers = 3;
  std::string listeners = R"([{"protocol": "line", "port": 0}])";
  std::string limits =
      R"({"messages_per_second": 1000000, "message_burst": 1000000,
          "max_connections_per_address": 100000})";
  std::string rooms = "{}";
  int shutdown_timeout = 10;      // seconds
  uint64_t descriptor_limit = 0;  // RLIMIT_NOFILE of the master; 0: the test's own
  // The program; with own_copy, a copy of it in the server's folder, which can be replaced.
  std::string binary = BANTERD_BINARY;
  bool own_copy = false;
  std::string more = {};  // members of the configuration, each with a comma before it

  [[nodiscard]] std::string text() const;
};

// How a program ended.
struct Ended {
  std::optional<int> status;  // nothing: it was killed by `signal`
  int signal = 0;
  std::chrono::milliseconds took{};  // from what made it end
  rusage usage{};                    // its own and that of the children it waited for
};

class Server {
 public:
  // Returns once the server is ready; fails the test when it does not get so.
  explicit Server(const ServerConfig& config = {});
  // Stops the server, if the test has not, and checks that it ends with status 0 and leaves no
  // process behind.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  PollLoop& loop() { return loop_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  // Of the listeners on TCP, in the order of the configuration.
  [[nodiscard]] uint16_t port(size_t listener = 0) const { return ports_.at(listener); }

  [[nodiscard]] pid_t master() const { return pid_; }
  // The worker that serves slot `slot` now, or did last.
  [[nodiscard]] pid_t worker(int slot) const { return workers_.at(slot); }
  [[nodiscard]] std::vector<pid_t> workers() const;
  // The master first.
  [[nodiscard]] std::vector<pid_t> processes() const;

  // To the master.
  void signal(int number) const;
  void kill_worker(int slot) const;
  // Waits until another process serves the slot.
  void wait_for_respawn(int slot, pid_t before);
  // How many workers have become ready since the start.
  [[nodiscard]] size_t spawned() const { return worker_ends_.size(); }

  // ---- reloads ----
  // Writes another configuration; it counts at the next reload.
  void configure(const ServerConfig& config) const;
  // A new file in the place of the program.
  void replace_binary(const std::string& binary = BANTERD_BINARY) const;
  // For a server whose program is BANTERD_FAULTY_BINARY: what fails once, such as "export die".
  void inject(std::string_view fault) const;
  // SIGHUP, and waits until the master says how it went. True if it was done.
  bool reload();
  // Waits until the master, which has been told to reload, says how it went.
  bool wait_for_reload();

  // Signals the master and waits until it and all workers have gone.
  Ended stop(int number = SIGINT);
  // Waits for its end, which the caller has brought about.
  Ended wait_for_end();
  // Waits until no process of the server is left. False when one still is after `limit`.
  [[nodiscard]] bool all_gone(std::chrono::milliseconds limit = kDeadline);

  // Waits for a log line that contains `text`, also one of the past.
  void wait_for_log(std::string_view text);
  [[nodiscard]] size_t count_in_log(std::string_view text) const;
  [[nodiscard]] const std::string& log() const { return log_; }

 private:
  void start(const ServerConfig& config);
  void write_at_once(const std::string& name, std::string_view content) const;
  [[nodiscard]] std::filesystem::path copied_binary() const { return folder() / "banterd"; }
  [[nodiscard]] std::filesystem::path fault_file() const { return folder() / "fault"; }
  void read_log();
  void on_log_line(std::string_view line);
  void kill_what_is_left();

  TemporaryFolder folder_;
  PollLoop loop_;
  base::UniqueFd log_pipe_;  // ends when all processes of the server have gone
  PollLoop::Id log_watch_ = 0;
  std::string log_;
  size_t log_lines_end_ = 0;  // up to here whole lines were understood
  std::vector<uint16_t> ports_;
  int generation_ = 1;
  std::map<int, pid_t> workers_;             // by slot
  std::map<int, pid_t> coming_workers_;      // of a generation that does not serve yet
  std::vector<base::UniqueFd> worker_ends_;  // pidfds of all workers that were ever ready
  bool ready_ = false;
  size_t reloads_done_ = 0;  // of which the test has been told
  size_t reloads_failed_ = 0;
  base::UniqueFd end_;  // the master's pidfd
  pid_t pid_ = -1;
  bool ended_ = false;
};

// A run of a program to its end, standard input at its end.
struct Run {
  std::optional<int> status;
  std::string output;
  std::string errors;
};
Run run_program(const std::vector<std::string>& arguments);

// As many descriptors as the system allows, for tests with many clients.
void raise_descriptor_limit();

}  // namespace banterd::tests
