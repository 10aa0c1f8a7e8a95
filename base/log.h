// Logs one event per line to standard error: time, level, role, pid, the event, key=value pairs; or
// the same as JSON. When that is the journal's stream (JOURNAL_STREAM) lines start with the
// priority journald picks up (sd-daemon(3)) and carry no time. Not thread-safe by need: each
// process has one loop. Never logs what people say, nor passwords.
//
// Nobody waits for whoever reads the log: a line that cannot be written at once is lost, and
// counted. The next one that can be comes after one that says how many were lost.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace banterd::base {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

// One key=value pair of a log line. Strings are quoted and escaped as needed when written.
struct LogField {
  std::string_view key;
  std::string value;
  bool is_number = false;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, const Error& e) : key(k), value(e.context) {}
  LogField(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), is_number(true) {}
  template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) LogField(std::string_view k, T v)
      : key(k), value(std::to_string(v)), is_number(true) {}
};
using LogFields = std::initializer_list<LogField>;

// Sets what every later line says of its process ("master", "worker 2"), and what is left out. Call
// once at start and again when the configuration is known; before it, level info and format text.
void log_setup(std::string_view role, LogLevel level, LogFormat format);

void log_event(LogLevel level, std::string_view event, LogFields fields = {});

inline void log_debug(std::string_view event, LogFields fields = {}) {
  log_event(LogLevel::debug, event, fields);
}
inline void log_info(std::string_view event, LogFields fields = {}) {
  log_event(LogLevel::info, event, fields);
}
inline void log_warning(std::string_view event, LogFields fields = {}) {
  log_event(LogLevel::warning, event, fields);
}
inline void log_error(std::string_view event, LogFields fields = {}) {
  log_event(LogLevel::error, event, fields);
}

// Our own state is impossible: says so, waiting for the log's reader if need be, and aborts; the
// master respawns the worker.
[[noreturn]] void panic(std::string_view event, LogFields fields = {});

}  // namespace banterd::base
