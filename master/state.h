// What a master leaves to the image of itself that an exec in place puts in its stead: all that it
// knows, as JSON in a memfd, and the numbers of the descriptors that stay open. The process, its
// children and its sockets are the same before and after.
//
// Fields that this version does not know are ignored and missing ones have their defaults, so that
// versions can follow each other both ways; kStateVersion grows when that is not enough.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "ipc/export_version.h"
#include "ipc/journal.h"
#include "master/worker_table.h"

namespace banterd::master {

inline constexpr uint32_t kStateVersion = 1;
inline constexpr uint32_t kOldestStateVersion = 1;

// Arguments by which this program is told to go on as a master (with the state's descriptor), and,
// together with -t, to prove that it could (with the state on kStateDescriptor). Not for people.
inline constexpr const char* kResumeArgument = "--resume";
inline constexpr const char* kReadStateArgument = "--read-state";
inline constexpr int kStateDescriptor = 3;

// The forms that workers write: whoever replaces them must read these.
struct FormatVersions {
  uint32_t export_written = ipc::export_version().written;
  uint32_t export_readable_since = ipc::export_version().readable_since;
  uint32_t journal = ipc::kJournalVersion;
  static void fields(auto& self, auto&& field) {
    field("export_written", self.export_written);
    field("export_readable_since", self.export_readable_since);
    field("journal", self.journal);
  }
};

struct SlotRecord {
  WorkerState state = WorkerState::down;
  int64_t pid = 0;
  uint64_t incarnation = 0;
  uint64_t started_ms = 0;  // by a clock that the exec does not touch
  bool became_ready = false;
  int channel = -1;  // none while down
  int journal = -1;
  int clients = -1;                 // their memory; none: they are not kept
  unsigned failures = 0;            // for the back-off
  bool killed_from_outside = true;  // its last worker
  // Of a slot whose clients are kept (Supervisor::Recoveries)
  unsigned unready_deaths = 0;
  int64_t served_until = 0;
  bool clients_lost = false;
  static void fields(auto& self, auto&& field) {
    field("state", self.state);
    field("pid", self.pid);
    field("incarnation", self.incarnation);
    field("started_ms", self.started_ms);
    field("became_ready", self.became_ready);
    field("channel", self.channel);
    field("journal", self.journal);
    field("clients", self.clients);
    field("failures", self.failures);
    field("killed_from_outside", self.killed_from_outside);
    field("unready_deaths", self.unready_deaths);
    field("served_until", self.served_until);
    field("clients_lost", self.clients_lost);
  }
};

// Connections from one host that one slot serves.
struct ServedRecord {
  uint32_t slot = 0;
  std::string host;
  std::vector<uint64_t> ids;
  std::vector<int> sockets;  // of these, where they are kept: as many as ids, or none
  // Where they are kept, and came since the last reload.
  std::optional<uint32_t> listener;
  static void fields(auto& self, auto&& field) {
    field("slot", self.slot);
    field("host", self.host);
    field("ids", self.ids);
    field("sockets", self.sockets);
    field("listener", self.listener);
  }
};

struct ListenerRecord {
  int fd = -1;
  uint32_t index = 0;
  bool inherited = false;
  std::string name;  // of an inherited one
  // A Unix socket of our own: its file.
  std::string path;
  uint64_t device = 0;
  uint64_t inode = 0;
  static void fields(auto& self, auto&& field) {
    field("fd", self.fd);
    field("index", self.index);
    field("inherited", self.inherited);
    field("name", self.name);
    field("path", self.path);
    field("device", self.device);
    field("inode", self.inode);
  }
};

// An address that has connected lately (master/throttle.h).
struct ThrottledRecord {
  std::string address;
  uint64_t full_at_ms = 0;  // by a clock that the exec does not touch
  static void fields(auto& self, auto&& field) {
    field("address", self.address);
    field("full_at_ms", self.full_at_ms);
  }
};

// A refused connection that is read to its end.
struct RefusedRecord {
  int fd = -1;
  uint64_t rest_ms = 0;
  static void fields(auto& self, auto&& field) {
    field("fd", self.fd);
    field("rest_ms", self.rest_ms);
  }
};

struct MasterState {
  uint32_t version = kStateVersion;
  FormatVersions formats;
  // The server
  uint64_t boot = 0;
  std::vector<std::string> arguments;      // of the command line, the program's name first
  std::string binary_path;                 // where the next program is found
  std::optional<std::string> config_file;  // where the next configuration is found
  // The generation
  uint64_t generation = 0;
  uint64_t first_incarnation = 1;
  std::string config_text;
  std::string config_name;
  std::string cloak_key;  // of cloaked hosts, as text (base/cloak.h)
  std::vector<SlotRecord> slots;
  // Connections and sockets
  uint64_t last_connection = 0;
  std::vector<ServedRecord> served;
  std::vector<ListenerRecord> listeners;
  std::vector<RefusedRecord> refused;
  std::vector<ThrottledRecord> throttled;
  // Reloads
  uint64_t reloads = 0;     // tried so far
  std::string last_reload;  // "reload 3 done at …", for the status; empty: none
  bool reload_wanted = false;
  std::optional<uint32_t> warned_of_limit;  // a max_connections that cannot be had

  static void fields(auto& self, auto&& field) {
    field("version", self.version);
    field("formats", self.formats);
    field("boot", self.boot);
    field("arguments", self.arguments);
    field("binary_path", self.binary_path);
    field("config_file", self.config_file);
    field("generation", self.generation);
    field("first_incarnation", self.first_incarnation);
    field("config_text", self.config_text);
    field("config_name", self.config_name);
    field("cloak_key", self.cloak_key);
    field("slots", self.slots);
    field("last_connection", self.last_connection);
    field("served", self.served);
    field("listeners", self.listeners);
    field("refused", self.refused);
    field("throttled", self.throttled);
    field("reloads", self.reloads);
    field("last_reload", self.last_reload);
    field("reload_wanted", self.reload_wanted);
    field("warned_of_limit", self.warned_of_limit);
  }
};

std::string encode(const MasterState& state);
// Errc::invalid: no such text, or of a version that this program cannot read, or of workers whose
// exports or journals its own could not.
base::Result<MasterState> decode_state(std::string_view text);

// A memfd that holds `text`.
base::Result<base::UniqueFd> write_state(std::string_view text);
// Reads it whole, from its beginning.
base::Result<std::string> read_state(int memory);

// What -t --read-state does beyond -t: whether this program can go on from the state on
// kStateDescriptor. The forms that its workers write, for whoever asked (find_formats); an Error if
// it cannot.
base::Result<FormatVersions> prove_state_readable();
std::string describe_formats(const FormatVersions& formats);
// Out of a check's output: what a generation of the program that was checked will write.
std::optional<FormatVersions> find_formats(std::string_view output);

}  // namespace banterd::master
