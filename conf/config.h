// The configuration: plain structs, their defaults, and the functions that read them from text.
//
// The text is JSON with // and /* */ comments; conf/banterd.json shows and explains every key,
// docs/banterd.json.5 lists them. A key left out has the default written below; `listeners`, once
// given, replaces the default list whole.
//
// The master reads the file once per generation and passes the *text* to its workers, who parse it
// again: both sides share one definition of what it means and no second format exists. Hence
// parse() is a pure function of its text.
//
// No exception leaves this file's functions. Nothing here opens sockets, resolves names or reads
// the clock.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace banterd::conf {

constexpr uint32_t kMaxWorkers = 64;

enum class ProtocolName { line, irc, http, echo };
std::string_view to_string(ProtocolName protocol);
// Nothing when no protocol has that name.
std::optional<ProtocolName> protocol_named(std::string_view name);

enum class LineFormat {
  named,  // "<nick> text", greetings and notices
  raw,    // the bare text, as typed
};
enum class EchoTransform { none, upper };

struct Listener {
  ProtocolName protocol = ProtocolName::line;

  // Where: either address and port, or unix_path and mode.
  std::string address;  // a literal IPv4 or IPv6 address: "127.0.0.1", "::"; empty with unix_path
  uint16_t port = 0;    // 0: the kernel picks a free one, and the log says which
  std::optional<std::string> unix_path;  // absolute, short enough for sockaddr_un; key "unix"
  mode_t mode = 0660;                    // of the Unix socket's file

  // protocol line
  LineFormat format = LineFormat::named;
  bool echo = false;  // the sender gets its own lines too

  // protocol echo
  EchoTransform transform = EchoTransform::none;
  std::string suffix;  // appended to each answer

  // protocol http
  // Whose pages may open a WebSocket, "https://chat.example.org" or "*"; nothing: those of the very
  // host that is asked.
  std::optional<std::vector<std::string>> origins;
  // Whose word on where a client comes from counts: addresses, networks ("10.0.0.0/8"), "unix".
  std::vector<std::string> trusted_proxies;

  // "line 127.0.0.1:7000", "echo [::1]:7007", "line unix:/run/x.sock": for logs and messages.
  std::string describe() const;

  bool operator==(const Listener&) const = default;
};

struct Server {
  std::string name = "banter.local";
  std::string description = "a banter server";
  std::optional<std::string> motd_file;
  std::optional<std::string> password;  // clear text; asked for by irc and http only. Never log it.
  std::string network = "banter";       // of which this is a server; shown by irc
  bool cloak_hosts = true;              // others see a name for a client's address (base/cloak.h)
  std::optional<std::string> admin;     // who runs it and how to reach him; shown by irc

  bool operator==(const Server&) const = default;
};

struct Rooms {
  std::string default_room = "#lobby";  // key "default"; '#' and 1..63 bytes
  uint32_t replay_lines = 20;           // shown to a member who joins; at most history_lines
  uint32_t history_lines = 1000;        // kept in memory per room

  bool operator==(const Rooms&) const = default;
};

struct Operator {
  std::string name;
  std::string password_hash;  // "$argon2id$…"

  bool operator==(const Operator&) const = default;
};

// What an operator may do beside what he always may; key "operator_commands".
struct OperatorCommands {
  bool die = false;      // end the server
  bool restart = false;  // end it and start it anew

  bool operator==(const OperatorCommands&) const = default;
};

struct Limits {
  uint32_t max_connections = 100'000;  // the whole server
  // From one IP address; peers on Unix sockets have none and are not counted.
  uint32_t max_connections_per_address = 256;
  // New ones from one IP address, in the long run and at once; 0: as many as it likes.
  uint32_t connections_per_minute_per_address = 0;
  uint64_t line_bytes = 4096;  // a client's line without its end
  uint64_t nick_bytes = 32;
  uint64_t send_queue_bytes = 1'048'576;  // per client; above it the client is cut off
  // Per client, in the long run; a client that sends faster is read more slowly.
  uint32_t messages_per_second = 10;
  uint32_t message_burst = 40;  // so many at once before that
  std::chrono::seconds registration_timeout{30};
  std::chrono::seconds ping_timeout{120};
  uint64_t journal_bytes = 16'777'216;  // a slot's journal when it starts
  uint32_t rooms_per_client = 100;
  uint32_t list_entries = 100;     // of each of a room's lists: bans, exceptions, invitations
  uint32_t monitor_entries = 100;  // nicks that a client may have watched

  bool operator==(const Limits&) const = default;
};

struct Log {
  base::LogLevel level = base::LogLevel::info;
  base::LogFormat format = base::LogFormat::text;

  bool operator==(const Log&) const = default;
};

struct Config {
  Server server;
  uint32_t workers = 0;  // 0: key is "auto"
  std::vector<Listener> listeners;
  Rooms rooms;
  std::vector<Operator> operators;
  OperatorCommands operator_commands;
  Limits limits;
  std::chrono::seconds shutdown_timeout{10};
  bool keep_clients_on_crash = false;  // those of a worker that dies stay connected
  std::optional<std::string>
      state_directory;  // null: systemd's $STATE_DIRECTORY, else nothing is kept on disk
  Log log;

  // The workers to start: `workers`, or for "auto" the CPUs this process may run
  // on; 1..kMaxWorkers.
  uint32_t worker_count() const;

  bool operator==(const Config&) const = default;
};

// The built-in default of a run without -c: every default above, and one TCP listener for each
// protocol.
Config defaults();

// A text that parse() reads as defaults().
std::string default_text();

// Reads and checks a configuration. The Error's context is one line per mistake, each
// "FILE:LINE:COLUMN: what is wrong" in the order of the text; FILE is `file_name`, LINE and COLUMN
// count from 1, COLUMN in characters. Broken JSON gives that one mistake alone. Errc::invalid.
[[nodiscard]] base::Result<Config> parse(std::string_view text, std::string_view file_name);

// The text of a file, for passing on: at most 1 MiB. The Error names the path.
[[nodiscard]] base::Result<std::string> read_text(const std::string& path);

}  // namespace banterd::conf
