// What workers say to each other on the bus: one struct per message, described once (ipc/json.h).
// docs/bus.md shows each with an example. "Your log" and "my log" are seen from the sender.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/mostly_zero.h"
#include "base/result.h"
#include "chat/command.h"
#include "chat/event.h"
#include "chat/person.h"
#include "chat/room.h"
#include "chat/server.h"
#include "ipc/contract.h"

namespace banterd::worker {

using ipc::Slot;

// The first message on a new pipe, both ways.
struct Hello {
  static constexpr std::string_view kType = "hello";
  chat::Place place;    // who speaks
  uint64_t stands = 0;  // up to here I have taken your log: go on above it
  // People of my slot's lives from this one on live on with me; none: of the life that speaks.
  std::optional<uint64_t> kept_since = {};
  // I have lost what I knew of your objects: tell me first how those that I follow were where I
  // stand, then `recalled`.
  std::optional<bool> recalls = {};
  static void fields(auto& self, auto&& field) {
    field("place", self.place);
    field("stands", self.stands);
    field("kept_since", self.kept_since);
    field("recalls", self.recalls);
  }
};

// Answers a hello that `recalls`: you know now what you followed where you stood; my log goes on.
struct Recalled {
  static constexpr std::string_view kType = "recalled";
  static void fields(auto&, auto&&) {}
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
    field("begins", base::mostly_zero(self.begins));
    field("event", self.event);
  }
};

// Nobody waits for it but its sender, in whose slot it stands at once.
inline bool concerns_sender_alone(const LogEvent& event) {
  return event.event.cause.connection != 0 &&
         event.to == chat::SlotSet::of(event.event.from.slot).bits();
}

// A part of an object's state, as it stands just before the next event of the sender's log. In the
// journal: as it stands after everything before it.
struct Snapshot {
  static constexpr std::string_view kType = "snapshot";
  std::string object;
  bool first = false;  // forget what you know of the object
  bool last = false;
  std::variant<chat::Room::Part, chat::Person::Part, chat::Server::Part> part;
  static void fields(auto& self, auto&& field) {
    field("object", self.object);
    field("first", self.first);
    field("last", self.last);
    field("part", self.part);
  }
};

// What was said in a room, as it is told later.
struct PastEvent {
  uint64_t position = 0;
  chat::Event event;  // with its profile
  static void fields(auto& self, auto&& field) {
    field("position", self.position);
    field("event", self.event);
  }
};
// What was said in a room before a client came, told to him alone; follows his `joined`. His slot
// keeps it instead of what it kept so far, and what is said from then on, while it follows the
// room.
struct History {
  static constexpr std::string_view kType = "history";
  std::string object;
  chat::ClientId client{};
  std::vector<PastEvent> lines;      // oldest first
  std::optional<bool> goes_on = {};  // with what the message before began
  static void fields(auto& self, auto&& field) {
    field("object", self.object);
    field("client", self.client);
    field("lines", self.lines);
    field("goes_on", self.goes_on);
  }
};

// The same where the client's slot keeps it already: the last `lines` of what it keeps.
struct Replay {
  static constexpr std::string_view kType = "replay";
  std::string object;
  chat::ClientId client{};
  uint64_t lines = 0;
  static void fields(auto& self, auto&& field) {
    field("object", self.object);
    field("client", self.client);
    field("lines", self.lines);
  }
  bool operator==(const Replay&) const = default;
};

// At most once per iteration of the loop. `taken`: up to here your log stands in my clients' send
// queues. `settled`: up to here my log stands in everybody's, but for what concerns its sender
// alone.
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

// ---- questions: what is known elsewhere and changes nothing ----

// All rooms that you own.
struct AboutRooms {
  static constexpr std::string_view kType = "about_rooms";
  static void fields(auto&, auto&&) {}
};
// One room that you own: its head, and what else is wanted.
struct AboutRoom {
  static constexpr std::string_view kType = "about_room";
  std::string room;
  bool members = false;
  std::string list;  // the letter of a list; empty: none
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("members", self.members);
    field("list", self.list);
  }
};
// Those of your clients who have these nicks, or else whom `mask` matches in anything that
// everybody may know of them. Of several nicks the rooms are left out.
struct AboutPeople {
  static constexpr std::string_view kType = "about_people";
  std::vector<std::string> nicks;
  std::string mask;
  static void fields(auto& self, auto&& field) {
    field("nicks", self.nicks);
    field("mask", self.mask);
  }
};
// How much there is of everything with you.
struct AboutNumbers {
  static constexpr std::string_view kType = "about_numbers";
  static void fields(auto&, auto&&) {}
};
// Who has had that nick, which you own.
struct AboutFormer {
  static constexpr std::string_view kType = "about_former";
  std::string nick;
  static void fields(auto& self, auto&& field) { field("nick", self.nick); }
};
// A place in a history: a moment, or a message's id.
struct HistoryPoint {
  chat::TimeMs at = 0;
  std::string message;  // empty: `at` counts
  static void fields(auto& self, auto&& field) {
    field("at", self.at);
    field("message", self.message);
  }
};
// What was said in a room that you own: lines above `after` and below `before`, where they are
// given. Of those that are too many the newest are left, or, with `oldest`, the oldest.
struct AboutHistory {
  static constexpr std::string_view kType = "about_history";
  using Point = HistoryPoint;
  std::string room;
  std::optional<Point> after;
  std::optional<Point> before;
  std::optional<Point> around;  // instead of both
  bool oldest = false;
  uint32_t most = 0;
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("after", self.after);
    field("before", self.before);
    field("around", self.around);
    field("oldest", self.oldest);
    field("most", self.most);
  }
};
using Question =
    std::variant<AboutRooms, AboutRoom, AboutPeople, AboutNumbers, AboutFormer, AboutHistory>;

// Whether the answer may be as large as all that the server knows of rooms, or of people.
inline bool concerns_all(const Question& question) {
  const auto* people = std::get_if<AboutPeople>(&question);
  return std::holds_alternative<AboutRooms>(question) ||
         (people != nullptr && people->nicks.empty());
}

struct Query {
  static constexpr std::string_view kType = "query";
  uint64_t query = 0;  // the asker's own number
  Question question;
  static void fields(auto& self, auto&& field) {
    field("query", self.query);
    field("question", self.question);
  }
};

struct RoomLine {
  std::string name;
  uint64_t members = 0;
  std::string topic;
  chat::TimeMs created = 0;
  chat::TimeMs topic_at = 0;
  bool secret = false;
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("members", self.members);
    field("topic", self.topic);
    field("created", self.created);
    field("topic_at", self.topic_at);
    field("secret", self.secret);
  }
};
// A client, as his own worker knows him.
struct PersonLine {
  struct InRoom {
    std::string name;
    uint8_t prefixes = 0;
    bool secret = false;
    static void fields(auto& self, auto&& field) {
      field("name", self.name);
      field("prefixes", self.prefixes);
      field("secret", self.secret);
    }
  };
  chat::ProfilePtr profile;
  std::vector<InRoom> rooms;  // in the order in which he joined them
  std::string address;        // for himself and for operators only
  chat::TimeMs since = 0;     // when he came
  uint64_t idle_s = 0;        // since he last said something
  static void fields(auto& self, auto&& field) {
    field("profile", self.profile);
    field("rooms", self.rooms);
    field("address", self.address);
    field("since", self.since);
    field("idle_s", self.idle_s);
  }
};
struct FormerLine {
  chat::ProfilePtr profile;
  chat::TimeMs until = 0;
  static void fields(auto& self, auto&& field) {
    field("profile", self.profile);
    field("until", self.until);
  }
};
// Also sent to all by itself, when it has changed but for `settled`: who comes is greeted with it.
struct Numbers {
  static constexpr std::string_view kType = "numbers";
  uint64_t slot = 0;
  uint64_t visible = 0;
  uint64_t invisible = 0;
  uint64_t operators = 0;
  uint64_t unregistered = 0;
  uint64_t rooms = 0;
  uint64_t most = 0;     // users on the server at once, as far as this slot has seen
  uint64_t settled = 0;  // the position up to which the owner's log stands everywhere
  bool operator==(const Numbers&) const = default;
  static void fields(auto& self, auto&& field) {
    field("slot", self.slot);
    field("visible", self.visible);
    field("invisible", self.invisible);
    field("operators", self.operators);
    field("unregistered", self.unregistered);
    field("rooms", self.rooms);
    field("most", self.most);
    field("settled", self.settled);
  }
};

// What is said in answer to a question: of each kind what there is, in parts that can be put
// together in any order but for one room's members and lines, which come from one owner.
struct Findings {
  std::vector<RoomLine> rooms;
  std::string name;  // of the room asked about, as spelt by its maker
  std::optional<chat::RoomHead> head;
  std::vector<chat::Member> members;
  std::vector<chat::ListEntry> entries;
  std::vector<PersonLine> people;
  std::vector<FormerLine> former;  // newest first
  std::vector<PastEvent> past;     // oldest first
  std::vector<Numbers> numbers;    // one for each slot
  static void fields(auto& self, auto&& field) {
    field("rooms", self.rooms);
    field("name", self.name);
    field("head", self.head);
    field("members", self.members);
    field("entries", self.entries);
    field("people", self.people);
    field("former", self.former);
    field("past", self.past);
    field("numbers", self.numbers);
  }
};

struct Answer {
  static constexpr std::string_view kType = "answer";
  uint64_t query = 0;
  bool last = false;
  Findings found;
  static void fields(auto& self, auto&& field) {
    field("query", self.query);
    field("last", self.last);
    field("found", self.found);
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

using BusMessage =
    std::variant<LogEvent, CommandMessage, Standing, Snapshot, History, Replay, Hello, Ended,
                 SlotSettled, Query, Answer, Seen, Barrier, Living, Numbers, Recalled>;

// JSON, not yet a frame.
std::string encode(const BusMessage& message);
// Appends a frame of it. `Message` is one of BusMessage's alternatives.
template <class Message>
void append_message(std::string& frames, const Message& message);

// Errc::invalid, saying which field is wrong.
base::Result<BusMessage> decode_bus_message(std::string_view payload);
// The same into `message`, whose memory is used again: for many messages, one after the other.
base::Result<void> read_bus_message(std::string_view payload, BusMessage& message);

}  // namespace banterd::worker
