// What workers say to each other on the bus: one struct per message, described once (ipc/json.h).
// docs/bus.md shows each with an example. "Your log" and "my log" are seen from the sender.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "chat/command.h"
#include "chat/event.h"
#include "chat/person.h"
#include "chat/room.h"
#include "ipc/contract.h"

namespace banterd::worker {

using ipc::Slot;

// The first message on a new pipe, both ways.
struct Hello {
  static constexpr std::string_view kType = "hello";
  chat::Place place;    // who speaks
  uint64_t stands = 0;  // up to here I have taken your log: go on above it
  static void fields(auto& self, auto&& field) {
    field("place", self.place);
    field("stands", self.stands);
  }
};

// To the owner of `object`. Answered by an event (or refusal) with its id in your log.
struct CommandMessage {
  static constexpr std::string_view kType = "command";
  std::string object;  // as spelt by the sender
  chat::Command command;
  static void fields(auto& self, auto&& field) {
    field("object", self.object);
    field("command", self.command);
  }
};

// One entry of the sender's log, and of his journal.
struct LogEvent {
  static constexpr std::string_view kType = "event";
  uint64_t position = 0;
  std::string object;   // as spelt by its maker
  uint64_t to = 0;      // slots it goes to, as bits
  uint64_t begins = 0;  // those of them that begin to follow with it and get a snapshot just before
  chat::Event event;
  static void fields(auto& self, auto&& field) {
    field("position", self.position);
    field("object", self.object);
    field("to", self.to);
    field("begins", self.begins);
    field("event", self.event);
  }
};

// A part of an object's state, as it stands just before the next event of the sender's log. In the
// journal: as it stands after everything before it.
struct Snapshot {
  static constexpr std::string_view kType = "snapshot";
  std::string object;
  bool first = false;  // forget what you know of the object
  bool last = false;
  std::variant<chat::Room::Part, chat::Person::Part> part;
  static void fields(auto& self, auto&& field) {
    field("object", self.object);
    field("first", self.first);
    field("last", self.last);
    field("part", self.part);
  }
};

// What was said in a room before a client came, for him alone; follows his `joined`.
struct PastEvent {
  uint64_t position = 0;
  chat::Event event;  // with its profile
  static void fields(auto& self, auto&& field) {
    field("position", self.position);
    field("event", self.event);
  }
};
struct History {
  static constexpr std::string_view kType = "history";
  std::string object;
  chat::ClientId client{};
  std::vector<PastEvent> lines;  // oldest first
  static void fields(auto& self, auto&& field) {
    field("object", self.object);
    field("client", self.client);
    field("lines", self.lines);
  }
};

// At most once per iteration of the loop. `taken`: up to here your log stands in my clients' send
// queues. `settled`: up to here my log stands in everybody's.
struct Standing {
  static constexpr std::string_view kType = "standing";
  uint64_t taken = 0;
  uint64_t settled = 0;
  static void fields(auto& self, auto&& field) {
    field("taken", self.taken);
    field("settled", self.settled);
  }
};

// These connections have ended and none of their commands is open: their ids may be forgotten.
struct Ended {
  static constexpr std::string_view kType = "ended";
  std::vector<uint64_t> connections;
  static void fields(auto& self, auto&& field) { field("connections", self.connections); }
};

// The first after a hello: of my connections above `after`, up to `up_to`, these live, and no
// others; in ascending order. The ids of the rest may be forgotten: `ended` may have been missed.
struct Living {
  static constexpr std::string_view kType = "living";
  uint64_t after = 0;
  uint64_t up_to = 0;
  std::vector<uint64_t> connections;
  static void fields(auto& self, auto&& field) {
    field("after", self.after);
    field("up_to", self.up_to);
    field("connections", self.connections);
  }
};

// In all my rooms those who lived at `place` (or in an earlier life of that slot) have quit, and
// everybody has been told.
struct SlotSettled {
  static constexpr std::string_view kType = "slot_settled";
  chat::Place place;
  static void fields(auto& self, auto&& field) { field("place", self.place); }
};

// In a hand-over, when all slots are frozen: whatever I had to say before has come to you.
struct Barrier {
  static constexpr std::string_view kType = "barrier";
  uint64_t attempt = 0;  // the master's number of the hand-over
  static void fields(auto& self, auto&& field) { field("attempt", self.attempt); }
};

// Asks for the rooms that you own; answered by `room_list`, in parts.
struct ListRooms {
  static constexpr std::string_view kType = "list_rooms";
  uint64_t query = 0;  // the asker's own number
  static void fields(auto& self, auto&& field) { field("query", self.query); }
};
struct RoomLine {
  std::string name;
  uint64_t members = 0;
  std::string topic;
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("members", self.members);
    field("topic", self.topic);
  }
};
struct RoomList {
  static constexpr std::string_view kType = "room_list";
  uint64_t query = 0;
  bool last = false;
  std::vector<RoomLine> rooms;
  static void fields(auto& self, auto&& field) {
    field("query", self.query);
    field("last", self.last);
    field("rooms", self.rooms);
  }
};

// The ids that an owner has taken, some of them: in the journal only.
struct Seen {
  static constexpr std::string_view kType = "seen";
  struct Entry {
    chat::CommandId id;
    chat::Place place;
    static void fields(auto& self, auto&& field) {
      field("id", self.id);
      field("place", self.place);
    }
  };
  std::vector<Entry> entries;
  static void fields(auto& self, auto&& field) { field("entries", self.entries); }
};

using BusMessage = std::variant<LogEvent, CommandMessage, Standing, Snapshot, History, Hello, Ended,
                                SlotSettled, ListRooms, RoomList, Seen, Barrier, Living>;

// JSON, not yet a frame.
std::string encode(const BusMessage& message);
// Errc::invalid, saying which field is wrong.
base::Result<BusMessage> decode_bus_message(std::string_view payload);

}  // namespace banterd::worker
