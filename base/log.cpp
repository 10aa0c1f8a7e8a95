#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

namespace banterd::base {

namespace {

// The sink and what every line repeats. One per process; a log is the one thing that is reached
// from everywhere.
struct Logger {
  std::shared_ptr<spdlog::logger> sink = spdlog::stderr_logger_st("banterd");
  std::string role = "banterd";
  LogFormat format = LogFormat::text;
  bool under_journald = std::getenv("JOURNAL_STREAM") != nullptr;

  Logger() { set_pattern(); }
  void set_pattern() {
    sink->set_pattern(under_journald || format == LogFormat::json ? "%v"
                                                                  : "%Y-%m-%dT%H:%M:%S.%e %v");
    sink->flush_on(spdlog::level::trace);
  }
};

Logger& logger() {
  static Logger instance;
  return instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
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

std::string to_json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  }
  return !text.empty();
}

std::string text_line(LogLevel level, std::string_view event, LogFields fields) {
  std::string line;
  line.append(name_of(level)).append(" ").append(logger().role);
  line.append("[").append(std::to_string(getpid())).append("]: ").append(event);
  for (const LogField& field : fields) {
    line.append(" ").append(field.key).append("=");
    line.append(field.is_number || is_plain(field.value) ? field.value
                                                         : to_json_string(field.value));
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

}  // namespace

void log_setup(std::string_view role, LogLevel level, LogFormat format) {
  logger().role = role;
  logger().format = format;
  logger().sink->set_level(to_spdlog(level));
  logger().set_pattern();
}

void log_event(LogLevel level, std::string_view event, LogFields fields) {
  if (!logger().sink->should_log(to_spdlog(level))) return;
  std::string line = logger().format == LogFormat::json ? json_line(level, event, fields)
                                                        : text_line(level, event, fields);
  if (logger().under_journald) line.insert(0, journald_prefix(level));
  logger().sink->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void panic(std::string_view event, LogFields fields) {
  log_event(LogLevel::error, event, fields);
  std::abort();
}

}  // namespace banterd::base
