// What workers of one generation say to those of the next: the records of an export (ipc/export.h),
// and whose sockets come, as structs that describe themselves (ipc/json.h). Unknown fields are
// ignored and missing ones keep their default, so that two builds understand each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chat/types.h"
#include "conf/config.h"
#include "worker/bus_messages.h"
#include "worker/connection.h"

namespace banterd::worker {

// How the clients of a listener are served: they keep it, whatever becomes of the listener.
struct ListenerRecord {
  std::string protocol;
  bool raw = false;
  bool echo = false;
  bool upper = false;
  std::string suffix;
  std::optional<std::vector<std::string>> origins;
  std::vector<std::string> trusted_proxies;
  static void fields(auto& self, auto&& field) {
    field("protocol", self.protocol);
    field("raw", self.raw);
    field("echo", self.echo);
    field("upper", self.upper);
    field("suffix", self.suffix);
    field("origins", self.origins);
    field("trusted_proxies", self.trusted_proxies);
  }
};

ListenerRecord record_of(const conf::Listener& listener);
// A listener at no address that serves so; nothing for a protocol that this build does not know.
std::optional<conf::Listener> listener_of(const ListenerRecord& record);

// The payload of a `head`.
struct ExportHead {
  uint64_t last_position = 0;  // of its log: the next generation's begin above all of these
  static void fields(auto& self, auto&& field) { field("last_position", self.last_position); }
};

// The payload of a `former`.
struct FormerRecord {
  std::vector<FormerLine> lines;  // oldest first
  static void fields(auto& self, auto&& field) { field("lines", self.lines); }
};

// Bytes of a chunk.
struct RangeRecord {
  uint32_t chunk = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  static void fields(auto& self, auto&& field) {
    field("chunk", self.chunk);
    field("begin", self.begin);
    field("end", self.end);
  }
};

struct ConnectionRecord {
  Connection::Saved saved;
  std::vector<RangeRecord> input;
  std::vector<RangeRecord> output;
  uint64_t begun = 0;  // bytes at the front of `output` that are written: of a unit that is not
  static void fields(auto& self, auto&& field) {
    field("saved", self.saved);
    field("input", self.input);
    field("output", self.output);
    field("begun", self.begun);
  }
};

// What a client's flood limit has left, by the machine's clock that all processes share.
struct FloodRecord {
  uint64_t level = 0;  // thousandths of a line
  uint64_t at_ms = 0;
  bool told = false;
  static void fields(auto& self, auto&& field) {
    field("level", self.level);
    field("at_ms", self.at_ms);
    field("told", self.told);
  }
};

// The payload of a `client`.
struct ClientRecord {
  uint64_t connection = 0;
  ListenerRecord listener;
  chat::ProfilePtr profile;
  std::string address;
  chat::TimeMs since = 0;
  uint64_t idle_ms = 0;              // since he last said something
  std::vector<std::string> rooms;    // in the order in which he joined them
  std::vector<std::string> watched;  // nicks, as he spells them
  uint64_t line = 0;                 // the last command's number
  bool has_nick = false;
  bool leaving = false;  // he has quit; only his socket is still there
  std::optional<FloodRecord> flood;
  std::string protocol_state;                // the protocol's own
  std::optional<uint64_t> wakes_in_ms = {};  // when his protocol's time is up, if it runs
  ConnectionRecord socket;
  static void fields(auto& self, auto&& field) {
    field("connection", self.connection);
    field("listener", self.listener);
    field("profile", self.profile);
    field("address", self.address);
    field("since", self.since);
    field("idle_ms", self.idle_ms);
    field("rooms", self.rooms);
    field("watched", self.watched);
    field("line", self.line);
    field("has_nick", self.has_nick);
    field("leaving", self.leaving);
    field("flood", self.flood);
    field("protocol_state", self.protocol_state);
    field("wakes_in_ms", self.wakes_in_ms);
    field("socket", self.socket);
  }
};

// On the pipe from an old slot to a new one, beside the sockets: whose they are, in their order; at
// most kMaxFrameDescriptors.
struct Sockets {
  static constexpr std::string_view kType = "sockets";
  std::vector<uint64_t> connections;
  static void fields(auto& self, auto&& field) { field("connections", self.connections); }
};

}  // namespace banterd::worker
