#include "tests/chaos/server_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>

namespace banterd::chaos {

namespace {

constexpr int kLogPipeBytes = 1024 * 1024;
constexpr size_t kLastLines = 200;
constexpr const char* kBinary = "banterd";
constexpr const char* kConfig = "banterd.json";

// The value of "key=value" in a log line; empty if there is none.
std::string_view field(std::string_view line, std::string_view key) {
  const std::string start = fmt::format(" {}=", key);
  const size_t at = line.find(start);
  if (at == std::string_view::npos) return {};
  const std::string_view value = line.substr(at + start.size());
  return value.substr(0, value.find(' '));
}

template <class Number>
std::optional<Number> number_field(std::string_view line, std::string_view key) {
  const std::string_view text = field(line, key);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

bool has(std::string_view line, std::string_view words) {
  return line.find(words) != std::string_view::npos;
}

base::Result<void> from_code(std::string_view what, const std::error_code& code) {
  if (!code) return {};
  return base::from_errno(what, code.value());
}

// A file that is there as a whole or not at all takes its name when it is complete.
base::Result<void> take_name(const std::filesystem::path& fresh,
                             const std::filesystem::path& name) {
  std::error_code error;
  std::filesystem::rename(fresh, name, error);
  return from_code(fmt::format("rename {}", fresh.string()), error);
}

}  // namespace

ServerProcess::ServerProcess(Poller& poller, std::string binary, const std::string& log_file)
    : poller_(poller), binary_(std::move(binary)) {
  if (!log_file.empty()) log_file_.open(log_file, std::ios::trunc);
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0 && !ended_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

// ---- the start ----

base::Result<void> ServerProcess::start(const std::string& config_text) {
  if (auto made = make_folder(); !made) return made;
  if (auto written = write_config(config_text); !written) return written;
  if (auto copied = replace_binary(); !copied) return copied;
  return spawn();
}

base::Result<void> ServerProcess::make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "banterd-chaos-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return base::from_errno("mkdtemp " + name, errno);
  folder_ = name;
  return {};
}

base::Result<void> ServerProcess::write_config(const std::string& text) {
  const std::filesystem::path fresh = file("banterd.json.new");
  std::ofstream stream(fresh, std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) return base::from_errno("write " + fresh.string(), errno);
  return take_name(fresh, file(kConfig));
}

base::Result<void> ServerProcess::replace_binary() {
  // A file that runs cannot be written to; another one can take its name.
  const std::filesystem::path fresh = file("banterd.new");
  std::error_code error;
  std::filesystem::copy_file(binary_, fresh, std::filesystem::copy_options::overwrite_existing,
                             error);
  if (error) return from_code("copy " + binary_, error);
  return take_name(fresh, file(kBinary));
}

base::Result<void> ServerProcess::spawn() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return base::from_errno("pipe2", errno);
  log_pipe_.reset(ends[0]);
  const base::UniqueFd write_end(ends[1]);
  fcntl(log_pipe_.get(), F_SETFL, O_NONBLOCK);
  // A pipe that is full would hold the server up while we are busy.
  fcntl(log_pipe_.get(), F_SETPIPE_SZ, kLogPipeBytes);
  pid_ = fork();
  if (pid_ < 0) return base::from_errno("fork", errno);
  if (pid_ == 0) become_server(write_end.get());
  end_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (!end_) return base::from_errno("pidfd_open", errno);
  poller_.add(log_pipe_.get(), EPOLLIN, on_log_);
  poller_.add(end_.get(), EPOLLIN, on_end_);
  return {};
}

void ServerProcess::become_server(int log) const {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Some other service's manager, if we are run by one, is not its.
  for (const char* name : {"NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES",
                           "WATCHDOG_PID", "WATCHDOG_USEC", "JOURNAL_STREAM", "STATE_DIRECTORY"})
    unsetenv(name);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  const std::string binary = file(kBinary).string();
  const std::string config = file(kConfig).string();
  execl(binary.c_str(), binary.c_str(), "-c", config.c_str(), nullptr);
  _exit(127);
}

// ---- the log ----

void ServerProcess::read_log() {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t bytes = read(log_pipe_.get(), buffer.data(), buffer.size());
    if (bytes < 0) break;
    if (bytes == 0) {
      poller_.remove(log_pipe_.get());
      log_pipe_.reset();
      break;
    }
    unread_log_.append(buffer.data(), static_cast<size_t>(bytes));
  }
  take_log_lines();
}

void ServerProcess::take_log_lines() {
  size_t begin = 0;
  for (;;) {
    const size_t end = unread_log_.find('\n', begin);
    if (end == std::string::npos) break;
    const std::string line = unread_log_.substr(begin, end - begin);
    on_log_line(line);
    log_file_ << line << '\n';
    last_lines_.push_back(line);
    if (last_lines_.size() > kLastLines) last_lines_.pop_front();
    begin = end + 1;
  }
  unread_log_.erase(0, begin);
  log_file_.flush();
}

void ServerProcess::on_log_line(std::string_view line) {
  if (has(line, " listening protocol=line ")) {
    port_ = number_field<uint16_t>(line, "port").value_or(0);
  } else if (has(line, " worker ready ")) {
    workers_[number_field<pid_t>(line, "pid").value_or(0)] =
        number_field<uint32_t>(line, "slot").value_or(0);
  } else if (has(line, " worker left ") || has(line, " worker died ")) {
    workers_.erase(number_field<pid_t>(line, "pid").value_or(0));
  } else if (has(line, " banterd ready ")) {
    ready_ = true;
  } else if (has(line, " reloaded ")) {
    reloads_.push_back({true, number_field<double>(line, "pause_ms"), std::string(line)});
  } else if (has(line, " reload failed")) {
    reloads_.push_back({false, std::nullopt, std::string(line)});
  }
}

std::vector<pid_t> ServerProcess::workers() const {
  std::vector<pid_t> pids;
  for (const auto& [pid, slot] : workers_) pids.push_back(pid);
  return pids;
}

// ---- the end ----

void ServerProcess::signal(int number) const {
  if (!ended_) kill(pid_, number);
}

void ServerProcess::on_end() {
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return;
  poller_.remove(end_.get());
  end_.reset();
  ended_ = true;
  how_ended_ = WIFEXITED(status) ? fmt::format("exit status {}", WEXITSTATUS(status))
                                 : fmt::format("signal {}", WTERMSIG(status));
}

}  // namespace banterd::chaos
