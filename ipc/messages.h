// What master and workers say to each other over the control channel: one struct per message,
// described once (ipc/json.h). docs/bus.md shows each with an example. Messages that carry
// descriptors say so; their number is in the frame's header. The workers' own bus messages speak of
// rooms and people and live in worker/bus_messages.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace banterd::ipc {

// ---- master to worker ----

// The first frame a worker gets: who it is. Carries the journal's memfd, the same for every
// incarnation of a slot; and, if clients are kept, that of the clients' memory
// (ipc/client_memory.h).
struct Start {
  static constexpr std::string_view kType = "start";
  uint64_t boot = 0;        // when this run of the server began, in milliseconds since 1970
  uint64_t generation = 0;  // grows with every reload
  uint32_t slot = 0;
  uint64_t incarnation = 0;  // grows with every spawn of this slot
  uint32_t slots = 0;        // N
  // How many exports of another generation's slots this worker will be given before `commit`; 0:
  // none, it serves as soon as it is ready, with what its journal holds.
  uint32_t imports = 0;
  uint64_t first_incarnation = 1;  // with which every slot of this generation began
  // The slot's last worker was ended by a SIGKILL that the master did not send, or there was none:
  // what that worker was deciding is not to blame.
  bool killed_from_outside = true;
  // Go on with the clients that the clients' memory knows; their sockets follow (`kept`). False: it
  // is given up, and they are gone.
  bool recovers = false;
  std::string config;       // the text of the configuration, as the master read it
  std::string config_name;  // its file name, for messages
  // Where files that outlive the server are kept; empty: nowhere.
  std::string state_directory;
  // Of cloaked hosts (base/cloak.h), the same for all workers; secret. Empty from a master that
  // knows of none.
  std::string cloak_key;
  static void fields(auto& self, auto&& field) {
    field("boot", self.boot);
    field("generation", self.generation);
    field("slot", self.slot);
    field("incarnation", self.incarnation);
    field("slots", self.slots);
    field("imports", self.imports);
    field("first_incarnation", self.first_incarnation);
    field("killed_from_outside", self.killed_from_outside);
    field("recovers", self.recovers);
    field("config", self.config);
    field("config_name", self.config_name);
    field("state_directory", self.state_directory);
    field("cloak_key", self.cloak_key);
  }
};

// One end of the bus pair with that slot's incarnation; carries it. Replaces an earlier one once
// that has been read to its end.
struct Peer {
  static constexpr std::string_view kType = "peer";
  uint32_t slot = 0;
  uint64_t incarnation = 0;
  static void fields(auto& self, auto&& field) {
    field("slot", self.slot);
    field("incarnation", self.incarnation);
  }
};

// Connections that the slot's last worker had, after `start` and before `meshed`; carries their
// sockets, in this order, at most kMaxFrameDescriptors.
struct Kept {
  static constexpr std::string_view kType = "kept";
  struct One {
    uint64_t id = 0;
    // As they came, for those who had not been served yet.
    std::optional<uint32_t> listener = {};  // none: it was another configuration's
    std::string peer;
    static void fields(auto& self, auto&& field) {
      field("id", self.id);
      field("listener", self.listener);
      field("peer", self.peer);
    }
  };
  std::vector<One> connections;
  static void fields(auto& self, auto&& field) { field("connections", self.connections); }
};

// All peers that exist have been sent: the worker may become ready.
struct Meshed {
  static constexpr std::string_view kType = "meshed";
  static void fields(auto&, auto&&) {}
};

// A client of a slot whose clients were given up, who begins anew: he was connection `was` there.
struct Anew {
  uint64_t was = 0;
  int64_t served_until = 0;  // milliseconds since 1970
  static void fields(auto& self, auto&& field) {
    field("was", self.was);
    field("served_until", self.served_until);
  }
};

// An accepted connection; carries its socket. The worker answers `taken` or `refused`.
//
// With `anew` the memory of that slot's clients (ipc/client_memory.h) comes behind the socket.
struct Connection {
  static constexpr std::string_view kType = "connection";
  uint64_t id = 0;        // the connection's number, never used twice in a run
  uint32_t listener = 0;  // index into the configuration's listeners
  std::string peer;       // "127.0.0.1", "::1" or "unix": workers never ask the socket
  std::optional<Anew> anew = {};
  static void fields(auto& self, auto&& field) {
    field("id", self.id);
    field("listener", self.listener);
    field("peer", self.peer);
    field("anew", self.anew);
  }
};

// Heartbeat; the worker answers with the same number from its loop.
struct Ping {
  static constexpr std::string_view kType = "ping";
  uint64_t number = 0;
  static void fields(auto& self, auto&& field) { field("number", self.number); }
};

// First half of a shutdown: read no more from clients, and answer `drained` when all they said
// stands in every client's send queue.
struct Drain {
  static constexpr std::string_view kType = "drain";
  static void fields(auto&, auto&&) {}
};

// Second half: tell the clients, flush, end their connections in order, leave. Sent when all
// workers have drained, or when time is short. `patience_ms` bounds all of it.
struct Leave {
  static constexpr std::string_view kType = "leave";
  uint64_t patience_ms = 0;
  static void fields(auto& self, auto&& field) { field("patience_ms", self.patience_ms); }
};

// That slot has no worker, and will have none for a second or more (it rests after failures), or
// its clients, who were kept until now, are lost: who speaks to what it owns is told so at once.
// The slot's next `hello` on the bus ends it.
struct SlotDown {
  static constexpr std::string_view kType = "slot_down";
  uint32_t slot = 0;
  // Its clients, if they were kept until now, are given up.
  bool lost = false;
  static void fields(auto& self, auto&& field) {
    field("slot", self.slot);
    field("lost", self.lost);
  }
};

// ---- master to worker: handing over to another generation (docs/architecture.md, "Reload") ----

// Read no more from clients and begin nothing new; when all that is under way has settled, leave
// their sockets alone altogether and answer `frozen`.
struct Freeze {
  static constexpr std::string_view kType = "freeze";
  static void fields(auto&, auto&&) {}
};

// Go on as before: the hand-over was given up. Sent at any time after `freeze`.
struct Thaw {
  static constexpr std::string_view kType = "thaw";
  static void fields(auto&, auto&&) {}
};

// All slots are frozen: write down all that you have, answer `exported`, and send each client's
// socket to his new slot. Carries one pipe to each slot of the new generation, in their order.
struct Export {
  static constexpr std::string_view kType = "export";
  uint64_t attempt = 0;  // grows with every hand-over that is tried
  static void fields(auto& self, auto&& field) { field("attempt", self.attempt); }
};

// To a new worker: what a slot of the old generation has written down. Carries the export (a memfd)
// and the pipe by which the sockets of those clients come whose new slot this is. Answered, when
// all `imports` of them are complete, by `imported`.
struct Import {
  static constexpr std::string_view kType = "import";
  uint32_t slot = 0;
  static void fields(auto& self, auto&& field) { field("slot", self.slot); }
};

// To a new worker: all new workers have imported; serve from now on.
struct Commit {
  static constexpr std::string_view kType = "commit";
  // The master is to keep sockets of all, and has none of some: answer with `copies`.
  bool wants_copies = false;
  static void fields(auto& self, auto&& field) { field("wants_copies", self.wants_copies); }
};

// To an old worker, after `commit`: your clients are another's. Close your copies and exit; nobody
// is told.
struct Retire {
  static constexpr std::string_view kType = "retire";
  static void fields(auto&, auto&&) {}
};

// ---- worker to master ----

struct Ready {
  static constexpr std::string_view kType = "ready";
  static void fields(auto&, auto&&) {}
};

// The connection is the worker's: the master closes its copy.
struct Taken {
  static constexpr std::string_view kType = "taken";
  uint64_t id = 0;
  static void fields(auto& self, auto&& field) { field("id", self.id); }
};

// The worker cannot have the connection (no descriptor arrived, no room): it goes to another
// worker.
struct Refused {
  static constexpr std::string_view kType = "refused";
  uint64_t id = 0;
  std::string why;
  static void fields(auto& self, auto&& field) {
    field("id", self.id);
    field("why", self.why);
  }
};

// Connections that have ended, gathered over one iteration of the worker's loop.
struct Closed {
  static constexpr std::string_view kType = "closed";
  std::vector<uint64_t> ids;
  static void fields(auto& self, auto&& field) { field("ids", self.ids); }
};

// Of connections that the worker serves: their sockets, in this order, for the master to keep. At
// most kMaxFrameDescriptors.
struct Copies {
  static constexpr std::string_view kType = "copies";
  std::vector<uint64_t> ids;
  static void fields(auto& self, auto&& field) { field("ids", self.ids); }
};

struct Pong {
  static constexpr std::string_view kType = "pong";
  uint64_t number = 0;
  // Connections that it has, so that the master finds copies of sockets that nobody needs.
  std::optional<uint64_t> connections = {};
  static void fields(auto& self, auto&& field) {
    field("number", self.number);
    field("connections", self.connections);
  }
};

struct Drained {
  static constexpr std::string_view kType = "drained";
  static void fields(auto&, auto&&) {}
};

// Answers `freeze`.
struct Frozen {
  static constexpr std::string_view kType = "frozen";
  static void fields(auto&, auto&&) {}
};

// Answers `export`; carries the export, a memfd. The sockets may still be on their way.
struct Exported {
  static constexpr std::string_view kType = "exported";
  uint64_t clients = 0;
  static void fields(auto& self, auto&& field) { field("clients", self.clients); }
};

// Everything of all exports that is for this slot has come, sockets included.
struct Imported {
  static constexpr std::string_view kType = "imported";
  uint64_t clients = 0;
  static void fields(auto& self, auto&& field) { field("clients", self.clients); }
};

// This worker cannot export or import: the hand-over is to be given up.
struct HandoverFailed {
  static constexpr std::string_view kType = "handover_failed";
  std::string why;
  static void fields(auto& self, auto&& field) { field("why", self.why); }
};

enum class OperatorAction {
  reload,   // as SIGHUP
  stop,     // as SIGTERM
  restart,  // a stop, and a start from the very beginning
};
constexpr std::array<std::string_view, 3> names_of(OperatorAction) {
  return {"reload", "stop", "restart"};
}

// A chat operator asks for what a signal does. That he may, the worker has checked.
struct OperatorRequest {
  static constexpr std::string_view kType = "operator_request";
  OperatorAction what = OperatorAction::reload;
  std::string who;  // nick!user@host, for the log
  static void fields(auto& self, auto&& field) {
    field("what", self.what);
    field("who", self.who);
  }
};

using ToWorker = std::variant<Start, Peer, Kept, Meshed, Connection, Ping, Drain, Leave, SlotDown,
                              Freeze, Thaw, Export, Import, Commit, Retire>;
using ToMaster = std::variant<Ready, Taken, Refused, Closed, Copies, Pong, Drained, Frozen,
                              Exported, Imported, HandoverFailed, OperatorRequest>;

std::string encode(const ToWorker& message);
std::string encode(const ToMaster& message);
// Errc::invalid, saying which field is wrong. An unknown type is an error too: the reader logs and
// drops the message.
base::Result<ToWorker> decode_to_worker(std::string_view payload);
base::Result<ToMaster> decode_to_master(std::string_view payload);

}  // namespace banterd::ipc
