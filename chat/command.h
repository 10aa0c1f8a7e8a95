// What is asked of the owner of a room or a person. All that a verdict depends on comes inside the
// command.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/mostly_zero.h"
#include "base/shared_text.h"
#include "chat/types.h"

namespace banterd::chat {

// Names a command for good: a connection's line, and the step where one line takes several. An
// owner takes each id once.
struct CommandId {
  uint64_t connection = 0;  // within the boot; 0: the owner itself
  uint64_t line = 0;
  uint32_t step = 0;
  auto operator<=>(const CommandId&) const = default;
  static void fields(auto& self, auto&& field) {
    field("connection", self.connection);
    field("line", self.line);
    field("step", base::mostly_zero(self.step));
  }
};

// `tags`: nothing but its tags (IRC's TAGMSG).
enum class Kind : uint8_t { message, notice, action, tags };
inline const auto& names_of(Kind) {
  static constexpr std::array<std::string_view, 4> kNames{"message", "notice", "action", "tags"};
  return kNames;
}

// What a member may do beyond speaking, lowest first; a member may hold several (RFC 2811
// section 2.4.1, Modern IRC).
enum Prefix : uint8_t {
  voice = 1,
  half_operator = 2,
  room_operator = 4,
  room_admin = 8,
  founder = 16
};

// One of a room's switches as bits of a set. The letters are IRC's.
enum RoomFlag : uint16_t {
  invite_only = 1,    // i
  moderated = 2,      // m
  no_external = 4,    // n
  secret = 8,         // s
  topic_locked = 16,  // t
  no_ctcp = 32,       // C
  no_colours = 64,    // c
};

// One change of a room's modes. Which fields count depends on the letter: b e I take a mask in
// `argument`, k a key, l a number in `argument`, q a o h v a member in `target`; the flags none.
struct ModeChange {
  bool add = true;
  std::string letter;    // one ASCII letter
  std::string argument;  // mask, key or limit
  ClientId target{};     // for prefixes
  static void fields(auto& self, auto&& field) {
    field("add", self.add);
    field("letter", self.letter);
    field("argument", self.argument);
    field("target", self.target);
  }
};

// ---- to a room ----

// Comes in. `profile` of the command must be set. If the room does not exist it is made with
// `flags`, and the client gets `grants`. `permanent`: the room stays when it is empty.
struct Join {
  static constexpr std::string_view kType = "join";
  std::string key;
  uint16_t flags = no_external | topic_locked;
  uint8_t grants = 0;
  bool permanent = false;
  uint32_t replay_lines = 0;  // how much of the history the client wants with it
  static void fields(auto& self, auto&& field) {
    field("key", self.key);
    field("flags", self.flags);
    field("grants", self.grants);
    field("permanent", self.permanent);
    field("replay_lines", self.replay_lines);
  }
};

struct Part {
  static constexpr std::string_view kType = "part";
  std::string reason;
  static void fields(auto& self, auto&& field) { field("reason", self.reason); }
};

struct SetTopic {
  static constexpr std::string_view kType = "set_topic";
  std::string text;  // empty: none
  static void fields(auto& self, auto&& field) { field("text", self.text); }
};

struct SetModes {
  static constexpr std::string_view kType = "set_modes";
  std::vector<ModeChange> changes;
  uint32_t max_entries = 100;  // that each list of the room may have (limits.list_entries)
  static void fields(auto& self, auto&& field) {
    field("changes", self.changes);
    field("max_entries", self.max_entries);
  }
};

struct Kick {
  static constexpr std::string_view kType = "kick";
  ClientId target{};
  std::string reason;
  static void fields(auto& self, auto&& field) {
    field("target", self.target);
    field("reason", self.reason);
  }
};

// To a room: that client may come in. To a person, as the second step: it is told him.
struct Invite {
  static constexpr std::string_view kType = "invite";
  ClientId target{};
  std::string nick;  // the target's, as the sender's slot knows it
  std::string room;  // as spelt by its maker
  static void fields(auto& self, auto&& field) {
    field("target", self.target);
    field("nick", self.nick);
    field("room", self.room);
  }
};

// Takes back what was said. `author` is filled in by the owner, out of the room's history: nothing
// if that has no such message.
struct Redact {
  static constexpr std::string_view kType = "redact";
  std::string message;  // its id
  std::string reason;
  std::optional<ClientId> author = {};
  static void fields(auto& self, auto&& field) {
    field("message", self.message);
    field("reason", self.reason);
    field("author", self.author);
  }
};

// Step of a quit: the client is gone from this room.
struct Quit {
  static constexpr std::string_view kType = "quit";
  std::string reason;
  static void fields(auto& self, auto&& field) { field("reason", self.reason); }
};

// ---- to a room or a person ----

// One of several lines that are said as one (IRCv3 "Multiline").
struct SaidLine {
  std::string text;
  bool joins = false;  // goes on where the one before ended
  bool operator==(const SaidLine&) const = default;
  static void fields(auto& self, auto&& field) {
    field("text", self.text);
    field("joins", self.joins);
  }
};

struct Say {
  static constexpr std::string_view kType = "say";
  Kind kind = Kind::message;
  base::SharedText text;  // with `lines`: all of them, joined by LF where a new one begins
  std::optional<std::vector<SaidLine>> lines = {};
  // What clients say to each other beside the text, as IRC writes it: `+typing=active;+draft/x=y`.
  std::optional<std::string> tags = {};
  // In a room: only for members of this rank (a Prefix) and above.
  std::optional<uint8_t> rank = {};
  static void fields(auto& self, auto&& field) {
    field("kind", base::mostly_zero(self.kind));
    field("text", self.text);
    field("lines", self.lines);
    field("tags", self.tags);
    field("rank", self.rank);
  }
};

// Step of a change of nick, host, account or away: the command's profile is the newer record.
struct Renew {
  static constexpr std::string_view kType = "renew";
  static void fields(auto&, auto&&) {}
};

// A worker has died: all who lived there, or in an earlier life of its slot, are gone. Made by the
// owner itself.
struct LoseSlot {
  static constexpr std::string_view kType = "lose_slot";
  Place place;
  static void fields(auto& self, auto&& field) { field("place", self.place); }
};

// ---- to a person (his nick's owner) ----

// Takes the nick for the client of the command's profile. Waits while its holder is leaving it.
struct Claim {
  static constexpr std::string_view kType = "claim";
  static void fields(auto&, auto&&) {}
};

// The holder is about to leave the nick: claims wait from now on.
struct Depart {
  static constexpr std::string_view kType = "depart";
  static void fields(auto&, auto&&) {}
};

// The nick is free.
struct Release {
  static constexpr std::string_view kType = "release";
  static void fields(auto&, auto&&) {}
};

// Tells the client, from now on, whether somebody has the nick (IRCv3 "Monitor"); and no more.
struct Watch {
  static constexpr std::string_view kType = "watch";
  static void fields(auto&, auto&&) {}
};
struct Unwatch {
  static constexpr std::string_view kType = "unwatch";
  static void fields(auto&, auto&&) {}
};

// An operator closes the connection of whoever has the nick.
struct Kill {
  static constexpr std::string_view kType = "kill";
  std::string reason;
  static void fields(auto& self, auto&& field) { field("reason", self.reason); }
};

// ---- to the server as a whole (chat/server.h) ----

// Keeps those out whom the mask matches, who are here already included (IRC's K-line).
struct Ban {
  static constexpr std::string_view kType = "ban";
  std::string mask;  // user@host, or nick!user@host
  std::string reason;
  TimeMs expires = 0;  // 0: never
  static void fields(auto& self, auto&& field) {
    field("mask", self.mask);
    field("reason", self.reason);
    field("expires", self.expires);
  }
};
struct Unban {
  static constexpr std::string_view kType = "unban";
  std::string mask;
  static void fields(auto& self, auto&& field) { field("mask", self.mask); }
};

using CommandBody =
    std::variant<Join, Part, SetTopic, SetModes, Kick, Invite, Quit, Say, Renew, LoseSlot, Claim,
                 Depart, Release, Redact, Watch, Unwatch, Kill, Ban, Unban>;

struct Command {
  CommandId id;
  ClientId client{};  // who asks
  Place from;         // where he lives
  TimeMs at = 0;
  // His record, when the owner cannot know it: joining, claiming, renewing, and speaking where he
  // is no member.
  std::optional<ProfilePtr> profile;
  CommandBody body;
  static void fields(auto& self, auto&& field) {
    field("id", self.id);
    field("client", self.client);
    field("from", self.from);
    field("at", self.at);
    field("profile", self.profile);
    field("body", self.body);
  }
};

}  // namespace banterd::chat
