// What has happened to a room or a person: the owner's decisions, in the order of its log. Applying
// them one after the other to an empty object gives the same state everywhere.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/mostly_zero.h"
#include "base/shared_text.h"
#include "chat/command.h"
#include "chat/types.h"

namespace banterd::chat {

// Why a command changed nothing.
enum class Refusal : uint8_t {
  nothing_changed,  // it was so already; nobody needs to be told
  no_such_room,
  no_such_nick,
  nick_in_use,
  not_a_member,      // the sender is not in the room
  target_not_there,  // whom it is about is not in the room
  cannot_speak,      // moderated, banned, or from outside
  need_operator,
  invite_only,
  wrong_key,
  full,
  banned,
  list_full,
  no_such_message,   // or too long ago
  invalid,           // the command makes no sense for this object
  target_is_member,  // whom it is about is in the room already
  crashed,           // an owner has failed on it before: it is not decided again
  unavailable,       // the owner is down: never in a log
};
inline const auto& names_of(Refusal) {
  static constexpr std::array<std::string_view, 18> kNames{
      "nothing_changed", "no_such_room",     "no_such_nick", "nick_in_use",
      "not_a_member",    "target_not_there", "cannot_speak", "need_operator",
      "invite_only",     "wrong_key",        "full",         "banned",
      "list_full",       "no_such_message",  "invalid",      "target_is_member",
      "crashed",         "unavailable"};
  return kNames;
}

// The client of the command came in. `creates`: the room began with it, with these flags.
struct Joined {
  static constexpr std::string_view kType = "joined";
  uint8_t prefixes = 0;
  bool creates = false;
  uint16_t flags = 0;
  bool permanent = false;
  Place place;
  static void fields(auto& self, auto&& field) {
    field("prefixes", self.prefixes);
    field("creates", self.creates);
    field("flags", self.flags);
    field("permanent", self.permanent);
    field("place", self.place);
  }
};

struct Parted {
  static constexpr std::string_view kType = "parted";
  std::string reason;
  static void fields(auto& self, auto&& field) { field("reason", self.reason); }
};

struct TopicSet {
  static constexpr std::string_view kType = "topic_set";
  std::string text;
  std::string author;
  static void fields(auto& self, auto&& field) {
    field("text", self.text);
    field("author", self.author);
  }
};

struct ModesSet {
  static constexpr std::string_view kType = "modes_set";
  std::vector<ModeChange> changes;  // only those that changed something
  std::string author;
  std::optional<Refusal> refused = {};  // why the first of the others did not
  static void fields(auto& self, auto&& field) {
    field("changes", self.changes);
    field("author", self.author);
    field("refused", self.refused);
  }
};

struct Kicked {
  static constexpr std::string_view kType = "kicked";
  ClientId target{};
  std::string reason;
  static void fields(auto& self, auto&& field) {
    field("target", self.target);
    field("reason", self.reason);
  }
};

struct Invited {
  static constexpr std::string_view kType = "invited";
  ClientId target{};
  std::string nick;
  std::string room;
  static void fields(auto& self, auto&& field) {
    field("target", self.target);
    field("nick", self.nick);
    field("room", self.room);
  }
};

struct Redacted {
  static constexpr std::string_view kType = "redacted";
  std::string message;
  std::string reason;
  static void fields(auto& self, auto&& field) {
    field("message", self.message);
    field("reason", self.reason);
  }
};

struct HasQuit {
  static constexpr std::string_view kType = "has_quit";
  std::string reason;
  static void fields(auto& self, auto&& field) { field("reason", self.reason); }
};

// The same as in Say.
struct Said {
  static constexpr std::string_view kType = "said";
  Kind kind = Kind::message;
  base::SharedText text;
  std::optional<std::vector<SaidLine>> lines = {};
  std::optional<std::string> tags = {};
  std::optional<uint8_t> rank = {};
  std::optional<std::string> away = {};  // why he to whom it is said may not answer
  static void fields(auto& self, auto&& field) {
    field("kind", base::mostly_zero(self.kind));
    field("text", self.text);
    field("lines", self.lines);
    field("tags", self.tags);
    field("rank", self.rank);
    field("away", self.away);
  }
};

struct Renewed {
  static constexpr std::string_view kType = "renewed";
  static void fields(auto&, auto&&) {}
};

struct SlotLost {
  static constexpr std::string_view kType = "slot_lost";
  Place place;
  std::optional<bool> holder = {};  // of a nick: whether its holder is gone, and not watchers alone
  static void fields(auto& self, auto&& field) {
    field("place", self.place);
    field("holder", self.holder);
  }
};

struct Claimed {
  static constexpr std::string_view kType = "claimed";
  Place place;
  static void fields(auto& self, auto&& field) { field("place", self.place); }
};

struct Departing {
  static constexpr std::string_view kType = "departing";
  static void fields(auto&, auto&&) {}
};

struct Released {
  static constexpr std::string_view kType = "released";
  static void fields(auto&, auto&&) {}
};

// The client of the command is told of the nick from now on. `holder`: who has it.
struct Watching {
  static constexpr std::string_view kType = "watching";
  Place place;
  std::optional<ProfilePtr> holder = {};
  static void fields(auto& self, auto&& field) {
    field("place", self.place);
    field("holder", self.holder);
  }
};
struct Unwatched {
  static constexpr std::string_view kType = "unwatched";
  static void fields(auto&, auto&&) {}
};

struct Killed {
  static constexpr std::string_view kType = "killed";
  std::string reason;
  static void fields(auto& self, auto&& field) { field("reason", self.reason); }
};

struct Banned {
  static constexpr std::string_view kType = "banned";
  std::string mask;
  std::string reason;
  TimeMs expires = 0;
  std::string author;
  static void fields(auto& self, auto&& field) {
    field("mask", self.mask);
    field("reason", self.reason);
    field("expires", self.expires);
    field("author", self.author);
  }
};
struct Unbanned {
  static constexpr std::string_view kType = "unbanned";
  std::string mask;
  static void fields(auto& self, auto&& field) { field("mask", self.mask); }
};

// Changes nothing; for the sender's slot alone.
struct Refused {
  static constexpr std::string_view kType = "refused";
  Refusal why{};
  static void fields(auto& self, auto&& field) { field("why", self.why); }
};

using EventBody = std::variant<Said, Joined, Parted, HasQuit, Renewed, TopicSet, ModesSet, Kicked,
                               Invited, SlotLost, Claimed, Departing, Released, Refused, Redacted,
                               Watching, Unwatched, Killed, Banned, Unbanned>;

struct Event {
  CommandId cause;    // the command that made it
  ClientId client{};  // who did it
  Place from;         // where he lived then
  TimeMs at = 0;
  // His record, where those who follow the object may not have it: joined, claimed, renewed, said
  // from outside.
  std::optional<ProfilePtr> profile;
  EventBody body;
  static void fields(auto& self, auto&& field) {
    field("cause", self.cause);
    field("client", self.client);
    field("from", self.from);
    field("at", self.at);
    field("profile", self.profile);
    field("body", self.body);
  }
};

}  // namespace banterd::chat
