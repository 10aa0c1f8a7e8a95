#include "tests/support/server.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>

#include "tests/support/piped_program.h"
#include "tests/support/wait_readable.h"

namespace banterd::tests {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLogPipeBytes = 1024 * 1024;
constexpr size_t kShownLogBytes = 16 * 1024;

// The ends of the logs of this test case's servers.
std::vector<std::string>& recent_logs() {
  static std::vector<std::string> logs;
  return logs;
}

// Prints what the servers of a failed test case have logged; with --success, of each.
class LogPrinter final : public doctest::IReporter {
 public:
  explicit LogPrinter(const doctest::ContextOptions& options) : options_(options) {}

  void test_case_start(const doctest::TestCaseData&) override { recent_logs().clear(); }
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (stats.failure_flags == 0 && !options_.success) return;
    for (const std::string& log : recent_logs())
      *options_.cout << "---- the server's log ----\n" << log;
  }
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  const doctest::ContextOptions& options_;
};
REGISTER_LISTENER("server_log", 1, LogPrinter);

// The value of "key=value" in a log line.
std::optional<std::string> field(std::string_view line, std::string_view key) {
  const std::string start = " " + std::string(key) + "=";
  const size_t at = line.find(start);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view value = line.substr(at + start.size());
  return std::string(value.substr(0, value.find(' ')));
}

int open_pidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

// Without what systemd, or another server's test, has left in ours.
std::vector<char*> environment_of_server() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const bool of_systemd = text.starts_with("LISTEN_") || text.starts_with("NOTIFY_SOCKET=") ||
                            text.starts_with("WATCHDOG_") || text.starts_with("JOURNAL_STREAM=") ||
                            text.starts_with("STATE_DIRECTORY=");
    if (!of_systemd) kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// In the child: becomes `arguments`, which does not outlive the test.
[[noreturn]] void become(const std::vector<std::string>& arguments, int output, int errors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execve(arguments[0].c_str(), pointers(arguments).data(), environment_of_server().data());
  _exit(127);
}

std::string content_of(const base::UniqueFd& file) {
  std::string content(static_cast<size_t>(lseek(file.get(), 0, SEEK_END)), '\0');
  REQUIRE(pread(file.get(), content.data(), content.size(), 0) ==
          static_cast<ssize_t>(content.size()));
  return content;
}

}  // namespace

// ---- the folder and the configuration ----

std::string ServerConfig::text() const {
  return "{\"workers\": " + std::to_string(workers) + ",\n \"listeners\": " + listeners +
         ",\n \"limits\": " + limits + ",\n \"rooms\": " + rooms +
         ",\n \"shutdown_timeout\": " + std::to_string(shutdown_timeout) + more + "}\n";
}

// ---- the start ----

Server::Server(const ServerConfig& config) {
  start(config);
  if (loop_.run_until([this] { return ready_ || ended_; }) && ready_) return;
  kill_what_is_left();
  recent_logs().push_back(log_);
  FAIL("banterd does not get ready");
}

void Server::start(const ServerConfig& config) {
  configure(config);
  if (config.own_copy) replace_binary(config.binary);
  const std::string binary = config.own_copy ? copied_binary().string() : config.binary;
  const std::string config_file = (folder() / "banterd.json").string();
  const std::string fault = "BANTERD_FAULT=" + fault_file().string();
  const uint64_t descriptor_limit = config.descriptor_limit;
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  log_pipe_.reset(ends[0]);
  const base::UniqueFd write_end(ends[1]);
  fcntl(log_pipe_.get(), F_SETFL, O_NONBLOCK);
  // A pipe that is full would hold the server up while the test is busy.
  fcntl(log_pipe_.get(), F_SETPIPE_SZ, kLogPipeBytes);
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    const rlimit limit{descriptor_limit, descriptor_limit};
    if (descriptor_limit > 0) setrlimit(RLIMIT_NOFILE, &limit);
    putenv(const_cast<char*>(fault.c_str()));
    become({binary, "-c", config_file}, write_end.get(), write_end.get());
  }
  end_.reset(open_pidfd(pid_));
  REQUIRE(end_);
  log_watch_ = loop_.watch(log_pipe_.get(), EPOLLIN, [this](uint32_t) { read_log(); });
}

Server::~Server() {
  const bool failing = std::uncaught_exceptions() > 0;
  if (!ended_ && !failing) {
    const Ended end = stop();
    CHECK(end.status == 0);
  }
  kill_what_is_left();
  const size_t shown = std::min(log_.size(), kShownLogBytes);
  recent_logs().push_back(log_.substr(log_.size() - shown));
}

void Server::kill_what_is_left() {
  for (const base::UniqueFd& worker : worker_ends_)
    syscall(SYS_pidfd_send_signal, worker.get(), SIGKILL, nullptr, 0);
  if (!ended_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    ended_ = true;
  }
}

// ---- the log ----

void Server::read_log() {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t bytes = read(log_pipe_.get(), buffer.data(), buffer.size());
    if (bytes < 0) break;
    if (bytes == 0) {
      loop_.forget(log_watch_, log_pipe_.get());
      log_pipe_.reset();
      break;
    }
    log_.append(buffer.data(), static_cast<size_t>(bytes));
  }
  for (;;) {
    const size_t end = log_.find('\n', log_lines_end_);
    if (end == std::string::npos) return;
    on_log_line(std::string_view(log_).substr(log_lines_end_, end - log_lines_end_));
    log_lines_end_ = end + 1;
  }
}

void Server::on_log_line(std::string_view line) {
  if (line.find(" listening ") != std::string_view::npos) {
    if (const auto port = field(line, "port"))
      ports_.push_back(static_cast<uint16_t>(std::stoi(*port)));
  } else if (line.find(" worker ready ") != std::string_view::npos) {
    const pid_t pid = std::stoi(field(line, "pid").value());
    const int generation = std::stoi(field(line, "generation").value());
    auto& workers = generation == generation_ ? workers_ : coming_workers_;
    workers[std::stoi(field(line, "slot").value())] = pid;
    worker_ends_.emplace_back(open_pidfd(pid));  // invalid when it has ended meanwhile
  } else if (line.find(" reloaded ") != std::string_view::npos) {
    generation_ = std::stoi(field(line, "generation").value());
    workers_ = std::exchange(coming_workers_, {});
  } else if (line.find(" reload failed ") != std::string_view::npos) {
    coming_workers_.clear();
  } else if (line.find(" banterd ready ") != std::string_view::npos) {
    ready_ = true;
  }
}

void Server::wait_for_log(std::string_view text) {
  INFO("waiting for the log line: ", std::string(text));
  REQUIRE(loop_.run_until([&] { return log_.find(text) != std::string::npos; }));
}

size_t Server::count_in_log(std::string_view text) const {
  size_t count = 0;
  for (size_t at = log_.find(text); at != std::string::npos; at = log_.find(text, at + 1)) ++count;
  return count;
}

// ---- processes ----

std::vector<pid_t> Server::workers() const {
  std::vector<pid_t> pids;
  for (const auto& [slot, pid] : workers_) pids.push_back(pid);
  return pids;
}

std::vector<pid_t> Server::processes() const {
  std::vector<pid_t> pids = workers();
  pids.insert(pids.begin(), pid_);
  return pids;
}

void Server::signal(int number) const { REQUIRE(kill(pid_, number) == 0); }

void Server::kill_worker(int slot) const { REQUIRE(kill(worker(slot), SIGKILL) == 0); }

void Server::wait_for_respawn(int slot, pid_t before) {
  INFO("waiting for another worker in slot ", slot);
  REQUIRE(loop_.run_until([&] { return worker(slot) != before; }));
}

// ---- reloads ----

void Server::configure(const ServerConfig& config) const {
  write_at_once("banterd.json", config.text());
}

// A process may read the file at any time.
void Server::write_at_once(const std::string& name, std::string_view content) const {
  const std::string fresh = folder_.write(name + ".new", content);
  std::filesystem::rename(fresh, folder() / name);
}

void Server::replace_binary(const std::string& binary) const {
  // A file that runs cannot be written to; another one can take its name.
  const std::filesystem::path fresh = folder() / "banterd.new";
  std::filesystem::copy_file(binary, fresh, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::rename(fresh, copied_binary());
}

void Server::inject(std::string_view fault) const { write_at_once("fault", fault); }

bool Server::reload() {
  signal(SIGHUP);
  return wait_for_reload();
}

bool Server::wait_for_reload() {
  INFO("waiting for the end of a reload");
  REQUIRE(loop_.run_until([this] {
    return count_in_log(" reloaded ") > reloads_done_ ||
           count_in_log(" reload failed ") > reloads_failed_;
  }));
  reloads_failed_ = count_in_log(" reload failed ");
  const size_t done_before = std::exchange(reloads_done_, count_in_log(" reloaded "));
  return reloads_done_ > done_before;
}

// ---- the end ----

Ended Server::stop(int number) {
  const auto begin = Clock::now();
  signal(number);
  Ended end = wait_for_end();
  end.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  CHECK_MESSAGE(all_gone(), "a process of the server is left");
  return end;
}

Ended Server::wait_for_end() {
  const auto begin = Clock::now();
  bool has_ended = false;
  const PollLoop::Id watch =
      loop_.watch(end_.get(), EPOLLIN, [&has_ended](uint32_t) { has_ended = true; });
  const bool in_time = loop_.run_until([&] { return has_ended; });
  loop_.forget(watch, end_.get());
  REQUIRE_MESSAGE(in_time, "the master does not end");
  Ended end;
  end.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  int status = 0;
  REQUIRE(wait4(pid_, &status, 0, &end.usage) == pid_);
  ended_ = true;
  if (WIFEXITED(status)) end.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

bool Server::all_gone(std::chrono::milliseconds limit) {
  // Every process of the server has the log open, also one that the log does not tell of.
  if (!loop_.run_until([this] { return !log_pipe_; }, limit)) return false;
  return std::all_of(worker_ends_.begin(), worker_ends_.end(), [](const base::UniqueFd& worker) {
    return !worker || wait_readable(worker.get());
  });
}

// ---- other programs ----

Run run_program(const std::vector<std::string>& arguments) {
  const base::UniqueFd output = memory_file();
  const base::UniqueFd errors = memory_file();
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) become(arguments, output.get(), errors.get());
  const base::UniqueFd end(open_pidfd(pid));
  REQUIRE(end);
  const bool in_time = wait_readable(end.get());
  if (!in_time) kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  REQUIRE_MESSAGE(in_time, arguments[0], " does not end");
  Run run{std::nullopt, content_of(output), content_of(errors)};
  if (WIFEXITED(status)) run.status = WEXITSTATUS(status);
  return run;
}

void raise_descriptor_limit() {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

}  // namespace banterd::tests
