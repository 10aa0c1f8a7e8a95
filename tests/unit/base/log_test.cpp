#include "base/log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "base/unique_fd.h"

using namespace banterd::base;

namespace {

std::string content(const UniqueFd& file) {
  std::string text(static_cast<size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
  REQUIRE(::pread(file.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  return text;
}

// What `write` writes to standard error.
template <class Write>
std::string standard_error_of(Write write) {
  const UniqueFd file(::memfd_create("log_test", MFD_CLOEXEC));
  const UniqueFd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  REQUIRE(::dup2(file.get(), STDERR_FILENO) == STDERR_FILENO);
  write();
  REQUIRE(::dup2(before.get(), STDERR_FILENO) == STDERR_FILENO);
  return content(file);
}

// The line without its time.
std::string line_of(LogLevel level, std::string_view event, LogFields fields) {
  const std::string line = standard_error_of([&] { log_event(level, event, fields); });
  const std::regex time(
      "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}[+-][0-9]{2}:[0-9]{2} ");
  CHECK(std::regex_search(line, time));
  return std::regex_replace(line, time, "");
}

std::string pid() { return std::to_string(::getpid()); }

// The environment counts at the first line of a process only.
std::string lines_with_stream(const UniqueFd& file, const std::string& stream, pid_t& child) {
  child = ::fork();
  if (child == 0) {
    ::dup2(file.get(), STDERR_FILENO);
    ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
    ::execl("/proc/self/exe", "unit_base", "--no-skip", "--test-case=writes one line of each level",
            "--out=/dev/null", nullptr);
    ::_exit(127);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  return content(file);
}

struct Setup {
  explicit Setup(LogLevel level, LogFormat format = LogFormat::text) {
    log_setup("worker 2", level, format);
  }
  ~Setup() { log_setup("banterd", LogLevel::info, LogFormat::text); }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
};

}  // namespace

TEST_SUITE("base/log") {
  TEST_CASE("a line has time, level, role, pid, the event and its fields") {
    const Setup setup(LogLevel::debug);
    CHECK(line_of(LogLevel::warning, "client cut off", {{"connection", 7}, {"why", "flood"}}) ==
          "warning worker 2[" + pid() + "]: client cut off connection=7 why=flood\n");
    CHECK(line_of(LogLevel::debug, "x", {}) == "debug worker 2[" + pid() + "]: x\n");
    CHECK(line_of(LogLevel::info, "x", {}) == "info worker 2[" + pid() + "]: x\n");
    CHECK(line_of(LogLevel::error, "x", {{"open", true}, {"error", Error{Errc::system, "oops"}}}) ==
          "error worker 2[" + pid() + "]: x open=true error=oops\n");
  }

  TEST_CASE("a value that could be mistaken is quoted and escaped: no value forges a line") {
    const Setup setup(LogLevel::info);
    CHECK(line_of(LogLevel::info, "x",
                  {{"a", ""},
                   {"b", "two words"},
                   {"c", "k=v"},
                   {"d", "say \"hi\""},
                   {"e", "1\n2\x1b"}}) ==
          "info worker 2[" + pid() +
              R"(]: x a="" b="two words" c="k=v" d="say \"hi\"" e="1\n2\u001b")" + "\n");
  }

  TEST_CASE("what a terminal would obey, or end a line at, is escaped; other text is left alone") {
    const std::string bad = "\x7f \u0080\u009b\u009f\u2028\u2029";
    const std::string good = "\u00a0\u00e9\u2027\u202a";
    const std::string escaped = R"(\u007f \u0080\u009b\u009f\u2028\u2029)";
    {
      const Setup setup(LogLevel::info);
      CHECK(line_of(LogLevel::info, "x", {{"a", bad}, {"b", "\u009b"}, {"c", good}}) ==
            "info worker 2[" + pid() + "]: x a=\"" + escaped + R"(" b="\u009b" c=)" + good + "\n");
    }
    const Setup setup(LogLevel::info, LogFormat::json);
    const std::string line = standard_error_of([&] { log_info("x", {{"a", bad + good}}); });
    CHECK(line.find("\"a\":\"" + escaped + good + "\"") != std::string::npos);
  }

  TEST_CASE("bytes that are no UTF-8 are replaced, not thrown at the caller") {
    const Setup setup(LogLevel::info);
    CHECK(line_of(LogLevel::info, "x", {{"a", "\xff b"}}) ==
          "info worker 2[" + pid() + "]: x a=\"\xef\xbf\xbd b\"\n");
  }

  TEST_CASE("lines below the level are left out") {
    const Setup setup(LogLevel::warning);
    CHECK(standard_error_of([] {
            log_debug("no");
            log_info("no");
          }).empty());
    CHECK_FALSE(standard_error_of([] { log_warning("yes"); }).empty());
    CHECK_FALSE(standard_error_of([] { log_error("yes"); }).empty());
  }

  TEST_CASE("the same as JSON: one object per line, numbers as numbers") {
    const Setup setup(LogLevel::info, LogFormat::json);
    const std::string line = standard_error_of([] {
      log_warning("client \"x\"", {{"connection", 7}, {"up", false}, {"why", "a\nb"}});
    });
    CHECK(line.back() == '\n');
    CHECK(line.find('\n') == line.size() - 1);
    const auto json = nlohmann::json::parse(line, nullptr, false);
    REQUIRE(json.is_object());
    CHECK(json["level"] == "warning");
    CHECK(json["role"] == "worker 2");
    CHECK(json["pid"] == ::getpid());
    CHECK(json["event"] == "client \"x\"");
    CHECK(json["connection"] == 7);
    CHECK(json["up"] == false);
    CHECK(json["why"] == "a\nb");
    CHECK(json["time_ms"] > 1'600'000'000'000);
  }

  TEST_CASE("lines that the reader does not take are lost, and it is told how many") {
    const Setup setup(LogLevel::info);
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    const int room = ::fcntl(writer.get(), F_SETPIPE_SZ, 4096);
    std::string seen(static_cast<size_t>(room), '\0');
    const UniqueFd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
    REQUIRE(::dup2(writer.get(), STDERR_FILENO) == STDERR_FILENO);
    for (int i = 0; i < 1000; ++i) log_info("line", {{"number", i}});
    const ssize_t first = ::read(reader.get(), seen.data(), seen.size());
    log_info("last");
    log_info("very last");
    REQUIRE(::dup2(before.get(), STDERR_FILENO) == STDERR_FILENO);
    REQUIRE(first > 0);
    const std::string early = seen.substr(0, static_cast<size_t>(first));
    const auto lines = std::count(early.begin(), early.end(), '\n');
    CHECK(early.ends_with("line number=" + std::to_string(lines - 1) + "\n"));
    const ssize_t second = ::read(reader.get(), seen.data(), seen.size());
    REQUIRE(second > 0);
    const std::string from = " worker 2[" + pid() + "]: ";
    const std::regex time("[^ ]+ ([^\n]*\n)");
    CHECK(std::regex_replace(seen.substr(0, static_cast<size_t>(second)), time, "$1") ==
          "warning" + from + "log lines were lost count=" + std::to_string(1000 - lines) +
              "\ninfo" + from + "last\ninfo" + from + "very last\n");
  }

  TEST_CASE("a panic says why and aborts") {
    const UniqueFd file(::memfd_create("log_test", MFD_CLOEXEC));
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(file.get(), STDERR_FILENO);
      std::signal(SIGABRT, SIG_DFL);  // doctest's handler would report it as a failure
      panic("impossible", {{"slot", 3}});
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
    CHECK(content(file).find(": impossible slot=3\n") != std::string::npos);
  }

  // Runs in a process of its own, started by the next test.
  TEST_CASE("writes one line of each level" * doctest::skip()) {
    log_setup("master", LogLevel::debug, LogFormat::text);
    log_debug("d");
    log_info("i");
    log_warning("w");
    log_error("e");
  }

  // sd-daemon(3).
  TEST_CASE("under journald lines start with their priority and carry no time") {
    const UniqueFd file(::memfd_create("log_test", MFD_CLOEXEC));
    struct stat about {};
    REQUIRE(::fstat(file.get(), &about) == 0);
    pid_t child = 0;
    const std::string lines = lines_with_stream(
        file, std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino), child);
    const std::string from = "master[" + std::to_string(child) + "]: ";
    CHECK(lines == "<7>debug " + from + "d\n<6>info " + from + "i\n<4>warning " + from +
                       "w\n<3>error " + from + "e\n");
  }

  // systemd.exec(5).
  TEST_CASE("a JOURNAL_STREAM that is not standard error does not count") {
    const UniqueFd file(::memfd_create("log_test", MFD_CLOEXEC));
    pid_t child = 0;
    const std::string lines = lines_with_stream(file, "8:12345", child);
    CHECK(lines.find('<') == std::string::npos);
    CHECK(lines.find(" debug master[" + std::to_string(child) + "]: d\n") != std::string::npos);
  }
}
