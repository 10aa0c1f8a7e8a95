#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/shared_output.h"

namespace banterd::base {

namespace {

// Whether standard error is the journal's stream: systemd says which file that is, and what the
// environment says may have been said to a parent whose standard error was another
// (systemd.exec(5)).
bool is_under_journald() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat about {};
  if (stream == nullptr || fstat(STDERR_FILENO, &about) < 0) return false;
  return stream == std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino);
}

// What every line repeats, and what is not written yet. One per process; a log is the one thing
// that is reached from everywhere.
struct Logger {
  std::string role = "banterd";
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  bool under_journald = is_under_journald();
  std::unique_ptr<spdlog::formatter> formatter;
  SharedOutput output{STDERR_FILENO};
  std::string begun;  // the rest of a line of which the reader has a part
  size_t lost = 0;    // lines, since one was written

  Logger() { set_pattern(); }
  void set_pattern() {
    formatter = std::make_unique<spdlog::pattern_formatter>(
        under_journald || format == LogFormat::json ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %v");
  }
};

Logger& logger() {
  static Logger instance;
  return instance;
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

// sd-daemon(3): SD_DEBUG, SD_INFO, SD_WARNING, SD_ERR.
std::string_view journald_prefix(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "<7>";
    case LogLevel::info:
      return "<6>";
    case LogLevel::warning:
      return "<4>";
    case LogLevel::error:
      return "<3>";
  }
  return "<3>";
}

// How many bytes at the start of `text`, valid UTF-8, are what JSON leaves as it is, but a terminal
// obeys, or ends a line at: DEL, a C1 control (U+0080 to U+009F), U+2028 or U+2029. Else 0.
size_t control_bytes(std::string_view text) {
  if (text.starts_with('\x7f')) return 1;
  if (text.starts_with('\xc2') && static_cast<unsigned char>(text[1]) < 0xa0) return 2;
  return text.starts_with("\u2028") || text.starts_with("\u2029") ? 3 : 0;
}

std::string to_json(std::string_view text, bool only_ascii) {
  return nlohmann::json(text).dump(-1, ' ', only_ascii, nlohmann::json::error_handler_t::replace);
}

std::string to_json_string(std::string_view text) {
  const std::string json = to_json(text, false);
  std::string escaped;
  for (std::string_view rest = json; !rest.empty();) {
    const size_t bytes = control_bytes(rest);
    if (bytes == 0) {
      escaped += rest[0];
      rest.remove_prefix(1);
      continue;
    }
    const std::string control = to_json(rest.substr(0, bytes), true);
    escaped.append(control, 1, control.size() - 2);
    rest.remove_prefix(bytes);
  }
  return escaped;
}

// Without quotes if it cannot be mistaken.
std::string to_value(std::string_view text) {
  std::string quoted = to_json_string(text);
  const bool is_plain = !text.empty() && text.find_first_of(" =") == std::string_view::npos &&
                        quoted == "\"" + std::string(text) + "\"";
  return is_plain ? std::string(text) : quoted;
}

std::string text_line(LogLevel level, std::string_view event, LogFields fields) {
  std::string line;
  line.append(name_of(level)).append(" ").append(logger().role);
  line.append("[").append(std::to_string(getpid())).append("]: ").append(event);
  for (const LogField& field : fields) {
    line.append(" ").append(field.key).append("=");
    line.append(field.is_number ? field.value : to_value(field.value));
  }
  return line;
}

std::string json_line(LogLevel level, std::string_view event, LogFields fields) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::string line = "{\"time_ms\":";
  line += std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  line.append(",\"level\":\"")
      .append(name_of(level))
      .append("\",\"role\":")
      .append(to_json_string(logger().role));
  line.append(",\"pid\":")
      .append(std::to_string(getpid()))
      .append(",\"event\":")
      .append(to_json_string(event));
  for (const LogField& field : fields) {
    line.append(",").append(to_json_string(field.key)).append(":");
    line.append(field.is_number ? field.value : to_json_string(field.value));
  }
  return line + "}";
}

std::string whole_line(LogLevel level, std::string_view event, LogFields fields) {
  std::string line = logger().format == LogFormat::json ? json_line(level, event, fields)
                                                        : text_line(level, event, fields);
  if (logger().under_journald) line.insert(0, journald_prefix(level));
  spdlog::memory_buf_t whole;
  logger().formatter->format({"", spdlog::level::info, {line.data(), line.size()}}, whole);
  return {whole.data(), whole.size()};
}

// False: nothing of the line is written, nor will be.
bool put(const std::string& line) {
  std::string& begun = logger().begun;
  begun.erase(0, logger().output.write_now(begun));
  if (!begun.empty()) return false;
  const size_t written = logger().output.write_now(line);
  if (written > 0) begun = line.substr(written);
  return written > 0;
}

}  // namespace

void log_setup(std::string_view role, LogLevel level, LogFormat format) {
  logger().role = role;
  logger().level = level;
  logger().format = format;
  logger().set_pattern();
}

void log_event(LogLevel level, std::string_view event, LogFields fields) {
  if (level < logger().level) return;
  size_t& lost = logger().lost;
  if (lost > 0 && put(whole_line(LogLevel::warning, "log lines were lost", {{"count", lost}})))
    lost = 0;
  if (lost > 0 || !put(whole_line(level, event, fields))) ++lost;
}

void panic(std::string_view event, LogFields fields) {
  // Nothing else is to be done: the reader is waited for.
  const std::string line = logger().begun + whole_line(LogLevel::error, event, fields);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  std::abort();
}

}  // namespace banterd::base
