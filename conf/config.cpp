#include "conf/config.h"

#include <sched.h>

#include <algorithm>
#include <exception>
#include <set>
#include <variant>

#include "base/file.h"
#include "conf/listener.h"
#include "conf/object_reader.h"
#include "conf/rules.h"

namespace banterd::conf {

namespace {

constexpr uint64_t kMost = 1'000'000'000;  // of every rate and limit

void read_server(const Value& value, Server& server, Mistakes& mistakes) {
  ObjectReader reader(value, mistakes);
  reader.text("name", server.name, kServerName);
  reader.text("description", server.description, kDescription);
  reader.text_or_null("motd_file", server.motd_file, kPath);
  reader.text_or_null("password", server.password, kPassword);
  reader.text("network", server.network, kServerName);
  reader.flag("cloak_hosts", server.cloak_hosts);
  reader.text_or_null("admin", server.admin, kDescription);
  reader.refuse_unknown();
}

void read_workers(ObjectReader& reader, uint32_t& workers) {
  const Value* value = reader.find("workers");
  if (value == nullptr) return;
  if (value->kind == Value::Kind::string && value->text == "auto") {
    workers = 0;
  } else if (value->whole && *value->whole >= 1 && *value->whole <= kMaxWorkers) {
    workers = static_cast<uint32_t>(*value->whole);
  } else {
    reader.must_be("workers",
                   "\"auto\" or a whole number from 1 to " + std::to_string(kMaxWorkers));
  }
}

void read_rooms(const Value& value, Rooms& rooms, Mistakes& mistakes) {
  ObjectReader reader(value, mistakes);
  reader.text("default", rooms.default_room, kRoomName);
  reader.number("replay_lines", rooms.replay_lines, 0, kMost);
  reader.number("history_lines", rooms.history_lines, 0, kMost);
  reader.refuse_unknown();
  if (rooms.replay_lines <= rooms.history_lines) return;
  if (reader.find("replay_lines") != nullptr) {
    reader.must_be("replay_lines",
                   "at most \"history_lines\", " + std::to_string(rooms.history_lines));
  } else {
    reader.must_be("history_lines",
                   "at least \"replay_lines\", " + std::to_string(rooms.replay_lines));
  }
}

Operator read_operator(const Value& value, Mistakes& mistakes) {
  Operator result;
  ObjectReader reader(value, mistakes);
  reader.text("name", result.name, kOperatorName);
  reader.text("password_hash", result.password_hash, kPasswordHash);
  for (std::string_view key : {"name", "password_hash"}) {
    if (value.kind == Value::Kind::object && reader.find(key) == nullptr)
      reader.must_be(key, "given for an operator");
  }
  reader.refuse_unknown();
  return result;
}

void read_operators(ObjectReader& config, std::vector<Operator>& operators, Mistakes& mistakes) {
  const Value* list = config.find("operators");
  if (list == nullptr) return;
  if (list->kind != Value::Kind::list) return config.must_be("operators", "a list of objects");
  std::set<std::string> names;
  for (const Value& item : list->children) {
    operators.push_back(read_operator(item, mistakes));
    const std::string& name = operators.back().name;
    if (!name.empty() && !names.insert(name).second)
      mistakes.add(item.place, "duplicate operator " + quoted(name));
  }
}

void read_operator_commands(const Value& value, OperatorCommands& commands, Mistakes& mistakes) {
  ObjectReader reader(value, mistakes);
  reader.flag("die", commands.die);
  reader.flag("restart", commands.restart);
  reader.refuse_unknown();
}

void read_limits(const Value& value, Limits& limits, Mistakes& mistakes) {
  ObjectReader reader(value, mistakes);
  reader.number("max_connections", limits.max_connections, 1, kMost);
  reader.number("max_connections_per_address", limits.max_connections_per_address, 1, kMost);
  reader.number("connections_per_minute_per_address", limits.connections_per_minute_per_address, 0,
                kMost);
  reader.number("line_bytes", limits.line_bytes, 512, kMost);
  // At least the nicks that guests are given, at most what clients and logs can show in a line.
  reader.number("nick_bytes", limits.nick_bytes, 20, 64);
  reader.number("send_queue_bytes", limits.send_queue_bytes, 64 * 1024, kMost);
  reader.number("messages_per_second", limits.messages_per_second, 1, kMost);
  reader.number("message_burst", limits.message_burst, 1, kMost);
  reader.seconds("registration_timeout", limits.registration_timeout, 1, kMost);
  reader.seconds("ping_timeout", limits.ping_timeout, 1, kMost);
  reader.number("journal_bytes", limits.journal_bytes, 1024 * 1024, kMost);
  reader.number("rooms_per_client", limits.rooms_per_client, 1, kMost);
  reader.number("list_entries", limits.list_entries, 1, kMost);
  reader.number("monitor_entries", limits.monitor_entries, 1, kMost);
  reader.refuse_unknown();
}

void read_log(const Value& value, Log& log, Mistakes& mistakes) {
  using base::LogFormat;
  using base::LogLevel;
  ObjectReader reader(value, mistakes);
  reader.choice("level", log.level,
                {{"debug", LogLevel::debug},
                 {"info", LogLevel::info},
                 {"warning", LogLevel::warning},
                 {"error", LogLevel::error}});
  reader.choice("format", log.format, {{"text", LogFormat::text}, {"json", LogFormat::json}});
  reader.refuse_unknown();
}

Config read_config(const Value& value, Mistakes& mistakes) {
  Config config = defaults();
  ObjectReader reader(value, mistakes);
  if (const Value* server = reader.find("server")) read_server(*server, config.server, mistakes);
  read_workers(reader, config.workers);
  read_listeners(reader, config.listeners, mistakes);
  if (const Value* rooms = reader.find("rooms")) read_rooms(*rooms, config.rooms, mistakes);
  read_operators(reader, config.operators, mistakes);
  if (const Value* commands = reader.find("operator_commands"))
    read_operator_commands(*commands, config.operator_commands, mistakes);
  if (const Value* limits = reader.find("limits")) read_limits(*limits, config.limits, mistakes);
  reader.seconds("shutdown_timeout", config.shutdown_timeout, 1, kMost);
  reader.flag("keep_clients_on_crash", config.keep_clients_on_crash);
  reader.text_or_null("state_directory", config.state_directory, kPath);
  if (const Value* log = reader.find("log")) read_log(*log, config.log, mistakes);
  reader.refuse_unknown();
  return config;
}

}  // namespace

uint32_t Config::worker_count() const {
  if (workers != 0) return workers;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  // Not the CPUs of the machine: systemd's CPUAffinity= and taskset(1) shall count. It fails on
  // machines with more CPUs than a cpu_set_t has (sched_getaffinity(2), EINVAL): more than
  // kMaxWorkers in any case.
  if (sched_getaffinity(0, sizeof cpus, &cpus) != 0) return kMaxWorkers;
  return std::clamp<uint32_t>(static_cast<uint32_t>(CPU_COUNT(&cpus)), 1, kMaxWorkers);
}

Config defaults() {
  Config config;
  config.listeners = default_listeners();
  return config;
}

std::string default_text() { return "{}\n"; }

base::Result<Config> parse(std::string_view text, std::string_view file_name) try {
  Mistakes mistakes;
  Config config;
  const auto tree = read_json(text);
  if (const auto* mistake = std::get_if<Mistake>(&tree)) {
    mistakes.add(mistake->place, mistake->text);
  } else {
    config = read_config(std::get<Value>(tree), mistakes);
  }
  if (mistakes.count() > 0) return base::Error{base::Errc::invalid, mistakes.report(file_name)};
  return config;
} catch (const std::exception&
             error) {  // nlohmann's, should one of its checks pass us by; out of memory
  return base::Error{base::Errc::invalid, std::string(file_name) + ":1:1: " + error.what()};
}

base::Result<std::string> read_text(const std::string& path) {
  return base::read_file(path, kMaxTextBytes);
}

}  // namespace banterd::conf
