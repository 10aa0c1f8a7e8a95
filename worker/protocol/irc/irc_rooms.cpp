// The part of IrcProtocol that is about rooms.

#include <algorithm>

#include "base/take_part.h"
#include "chat/room_modes.h"
#include "worker/limits.h"
#include "worker/protocol/irc/irc_encoder.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/irc/limits.h"
#include "worker/protocol/irc/list_filter.h"
#include "worker/protocol/irc/mode_words.h"
#include "worker/protocol/irc/outgoing_line.h"
#include "worker/protocol/irc/targets.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

// Rooms in one JOIN, PART or NAMES: no line has more.
constexpr size_t kMaxRoomsInLine = kMaxRestBytes / 2;

// All words, also those that stand there twice.
std::vector<std::string_view> split_commas(std::string_view list) {
  std::vector<std::string_view> words;
  while (!list.empty()) {
    const std::string_view word = base::take_part(list, ',');
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

}  // namespace

// ---- what is known of a room ----

void IrcProtocol::with_room(std::string_view name, std::string list, bool members,
                            std::function<void(const Findings& found)> action) {
  if (const RoomView view = session_.room(name)) {
    Findings found;
    found.name = view.name;
    found.head = view.room->head();
    if (members) found.members = members_of(view);
    if (!list.empty()) {
      for (const auto& [number, entry] : view.room->lists().at(list[0]).entries())
        found.entries.push_back(entry);
    }
    return action(found);
  }
  ask(std::string(name), AboutRoom{std::string(name), members, std::move(list)},
      [this, name = std::string(name), action = std::move(action)](const Findings& found) {
        if (!found.head) return reply(kErrNoSuchChannel, {name});
        action(found);
      });
}

std::vector<chat::Member> IrcProtocol::members_of(const RoomView& view) const {
  std::vector<chat::Member> members;
  for (const chat::Member& member : view.room->members()) {
    if (!session_.has_gone(member.client)) members.push_back(member);
  }
  return members;
}

const chat::Member* IrcProtocol::member_with_nick(std::string_view room,
                                                  std::string_view nick) const {
  const RoomView view = session_.room(room);
  if (!view) return nullptr;
  const std::string key = chat::fold(nick);
  for (const chat::Member& member : view.room->members()) {
    if (member.profile->nick.key() == key && !session_.has_gone(member.client)) return &member;
  }
  return nullptr;
}

bool IrcProtocol::may_see(const chat::Profile& person, bool shares_room) const {
  return !person.invisible || shares_room || person.client == session_.profile().client ||
         session_.profile().server_operator;
}

// ---- JOIN, PART ----

void IrcProtocol::join(const Message& message) {
  if (message.params[0] == "0") return part_all();
  for (const RoomAndKey& one : split_joins(message.params[0], message.params[1], kMaxRoomsInLine)) {
    then([this, room = std::string(one.room), key = std::string(one.key)] { join_one(room, key); });
  }
}

void IrcProtocol::join_one(std::string_view name, std::string_view key) {
  const auto room = chat::RoomName::parse(name);
  if (!room) return reply(kErrNoSuchChannel, {name});
  if (session_.is_in(name)) return;
  if (session_.room_count() >= session_.config().limits.rooms_per_client)
    return reply(kErrTooManyChannels, {name});
  chat::Join join = join_of(session_.config(), name);
  join.key = key;
  // Who has draft/chathistory asks for what he wants; without times the past would look new.
  if (has(Capability::chathistory) || !has(Capability::server_time)) join.replay_lines = 0;
  session_.request(AskOwner{room->str(), std::move(join), true});
}

void IrcProtocol::show_joined(std::string_view name, std::string& lines) {
  const RoomView view = session_.room(name);
  if (!view) return;
  lines += written_apart([&] {
    show_topic(view.name, view.room->head());
    if (has(Capability::read_marker)) show_read_marker(view.name);
    show_names(view);
    append_end_of_names(response_.out(), to(), view.name);
  });
}

void IrcProtocol::part_all() {
  for (const std::string& room : session_.rooms()) leave_room(room, {});
}

void IrcProtocol::leave_room(const std::string& room, std::string reason) {
  ++open_parts_;
  session_.request(AskOwner{room, chat::Part{std::move(reason)}, false});
}

void IrcProtocol::part(const Message& message) {
  const std::string reason(beginning_of(message.params[1], chat::kMaxReasonBytes));
  for (const std::string_view name : split_targets(message.params[0], kMaxRoomsInLine).names) {
    const auto room = chat::RoomName::parse(name);
    if (room) {
      leave_room(room->str(), reason);
    } else {
      then([this, bad = std::string(name)] { reply(kErrNoSuchChannel, {bad}); });
    }
  }
}

// ---- TOPIC ----

void IrcProtocol::topic(const Message& message) {
  const auto room = chat::RoomName::parse(message.params[0]);
  if (!room) return reply(kErrNoSuchChannel, {message.params[0]});
  if (message.params.size() > 1) {
    // All who are there are to see what those who come later see.
    const size_t line = room_behind(session_.profile().mask_bytes(), "TOPIC", room->str());
    const std::string_view text =
        beginning_of(message.params[1], std::min(chat::kMaxTopicBytes, line - 1));  // and the ':'
    session_.request(AskOwner{room->str(), chat::SetTopic{std::string(text)}, false});
    return;
  }
  with_room(room->str(), {}, false, [this](const Findings& found) {
    const bool hidden = (found.head->flags & chat::secret) != 0 && !session_.is_in(found.name);
    if (hidden) return reply(kErrNotOnChannel, {found.name});
    if (found.head->topic.empty()) return reply(kRplNoTopic, {found.name});
    show_topic(found.name, *found.head);
  });
}

void IrcProtocol::show_topic(std::string_view name, const chat::RoomHead& head) {
  if (head.topic.empty()) return;
  reply(kRplTopic, {name, head.topic});
  reply(kRplTopicWhoTime, {name, head.topic_author, std::to_string(head.topic_at / 1000)});
}

// ---- NAMES ----

void IrcProtocol::names(const Message& message) {
  if (message.params.empty()) return append_end_of_names(response_.out(), to(), "*");
  for (const std::string_view name : split_targets(message.params[0], kMaxRoomsInLine).names) {
    then([this, name = std::string(name)] { names_of_one(name); });
  }
  // One end for all (RFC 2812 section 3.2.5).
  then([this, list = std::string(message.params[0])] {
    append_end_of_names(response_.out(), to(), list);
  });
}

void IrcProtocol::names_of_one(const std::string& name) {
  if (const RoomView view = session_.room(name)) return show_names(view);
  ask(name, AboutRoom{name, true, {}}, [this](const Findings& found) {
    const bool shown = found.head && (found.head->flags & chat::secret) == 0;
    if (!shown) return;
    std::vector<NamedMember> named;
    for (const chat::Member& member : found.members) {
      if (may_see(*member.profile, false)) named.push_back({member.profile.get(), member.prefixes});
    }
    append_names(response_.out(), to(), found.name, *found.head, named, names_style());
  });
}

void IrcProtocol::show_names(const RoomView& view) {
  std::vector<NamedMember> named;
  named.reserve(view.room->members().size());
  for (const chat::Member& member : view.room->members()) {
    if (!session_.has_gone(member.client)) named.push_back({member.profile.get(), member.prefixes});
  }
  append_names(response_.out(), to(), view.name, view.room->head(), named, names_style());
}

NamesStyle IrcProtocol::names_style() const {
  return {has(Capability::multi_prefix), has(Capability::userhost_in_names)};
}

// ---- LIST ----

void IrcProtocol::list(const Message& message) {
  std::vector<std::string> params(message.params.all().begin(), message.params.all().end());
  ask("", AboutRooms{}, [this, params = std::move(params)](Findings found) {
    list_rooms(std::move(found.rooms), params);
  });
}

void IrcProtocol::list_rooms(std::vector<RoomLine> rooms, std::span<const std::string> params) {
  std::sort(rooms.begin(), rooms.end(), [](const RoomLine& a, const RoomLine& b) {
    return chat::fold(a.name) < chat::fold(b.name);
  });
  const std::vector<std::string_view> views(params.begin(), params.end());
  const ListFilter filter(views);
  append_list_start(response_.out(), to());
  for (const RoomLine& room : rooms) {
    if (room.secret && !session_.is_in(room.name)) continue;
    const ListedRoom listed{room.name, room.members, room.created, room.topic_at, room.topic};
    if (filter.takes(listed, session_.now())) append_list_room(response_.out(), to(), listed);
  }
  append_list_end(response_.out(), to());
}

// ---- INVITE, KICK ----

void IrcProtocol::invite(const Message& message) {
  if (message.params.size() < 2) {
    if (!message.params.empty()) return reply(kErrNeedMoreParams, {message.command});
    return reply(kRplEndOfInviteList);
  }
  const auto nick = chat::Nick::parse(message.params[0]);
  const auto room = chat::RoomName::parse(message.params[1]);
  if (!room) return reply(kErrNoSuchChannel, {message.params[1]});
  if (!nick) return reply(kErrNoSuchNick, {message.params[0]});
  ask("", AboutPeople{{std::string(nick->str())}, {}},
      [this, nick = std::string(nick->str()), room = room->str()](const Findings& found) {
        if (found.people.empty()) return reply(kErrNoSuchNick, {nick});
        const chat::Profile& person = *found.people[0].profile;
        const RoomView view = session_.room(room);
        has_invited_ = false;
        session_.request(AskOwner{room, chat::Invite{person.client, std::string(person.nick.str()),
                                                     view ? std::string(view.name) : room}});
        if (person.away.made()) {
          then([this, nick, text = *person.away] {
            if (std::exchange(has_invited_, false)) reply(kRplAway, {nick, text});
          });
        }
      });
}

// One room and several people, or as many rooms as people (RFC 2812 section 3.2.8).
void IrcProtocol::kick(const Message& message) {
  const std::vector<std::string_view> rooms = split_commas(message.params[0]);
  std::vector<std::string_view> nicks = split_commas(message.params[1]);
  if (rooms.empty() || nicks.empty() || (rooms.size() > 1 && rooms.size() != nicks.size()))
    return reply(kErrNeedMoreParams, {message.command});
  const std::string reason(beginning_of(message.params[2], chat::kMaxReasonBytes));
  if (nicks.size() > kMaxTargets) {
    reply(kErrTooManyTargets, {nicks[kMaxTargets]});
    nicks.resize(kMaxTargets);
  }
  for (size_t i = 0; i < nicks.size(); ++i) {
    then([this, room = std::string(rooms[rooms.size() > 1 ? i : 0]), nick = std::string(nicks[i]),
          reason] { kick_one(room, nick, reason); });
  }
}

void IrcProtocol::kick_one(const std::string& room, const std::string& nick,
                           const std::string& reason) {
  if (!chat::RoomName::parse(room)) return reply(kErrNoSuchChannel, {room});
  if (const chat::Member* member = member_with_nick(room, nick)) {
    session_.request(AskOwner{room, chat::Kick{member->client, reason}});
  } else if (session_.is_in(room)) {
    refuse_target(room, nick);
  } else {
    // The owner says what is wrong: the room, or that he is not in it.
    session_.request(AskOwner{room, chat::Kick{{}, {}}});
  }
}

// Who is not in the room may be elsewhere, or nobody.
void IrcProtocol::refuse_target(const std::string& room, const std::string& nick) {
  ask("", AboutPeople{{nick}, {}}, [this, room, nick](const Findings& found) {
    if (found.people.empty()) return reply(kErrNoSuchNick, {nick});
    reply(kErrUserNotInChannel, {nick, room});
  });
}

// ---- MODE ----

void IrcProtocol::mode(const Message& message) {
  if (chat::names_room(message.params[0])) return room_mode(message);
  user_mode(message);
}

void IrcProtocol::room_mode(const Message& message) {
  const auto parsed = chat::RoomName::parse(message.params[0]);
  if (!parsed) return reply(kErrNoSuchChannel, {message.params[0]});
  const std::string& room = parsed->str();
  if (message.params.size() == 1) return show_modes(room);
  const RoomModeWords words = parse_room_modes(message.params.all().subspan(1));
  append_mode_errors(response_.out(), to(), room, words);
  for (const char letter : words.queries) show_list(room, letter);
  chat::SetModes modes;
  modes.max_entries = static_cast<uint32_t>(session_.config().limits.list_entries);
  for (const RoomModeChange& word : words.changes) {
    chat::ModeChange change{word.add, std::string(1, word.letter), std::string(word.argument), {}};
    if (chat::prefix_of(word.letter)) {
      const chat::Member* member = member_with_nick(room, word.argument);
      if (member == nullptr && session_.is_in(room)) {
        refuse_target(room, std::string(word.argument));
        continue;
      }
      if (member != nullptr) change.target = member->client;
    }
    modes.changes.push_back(std::move(change));
  }
  if (modes.changes.empty()) return;
  session_.request(AskOwner{room, std::move(modes)});
}

void IrcProtocol::show_modes(const std::string& room) {
  with_room(room, {}, false, [this](const Findings& found) {
    const bool is_in = session_.is_in(found.name);
    if ((found.head->flags & chat::secret) != 0 && !is_in)
      return reply(kErrNoSuchChannel, {found.name});
    append_room_modes(response_.out(), to(), found.name, *found.head, is_in);
  });
}

void IrcProtocol::show_list(const std::string& room, char letter) {
  with_room(room, std::string(1, letter), false, [this, letter](const Findings& found) {
    if ((found.head->flags & chat::secret) != 0 && !session_.is_in(found.name))
      return reply(kErrNoSuchChannel, {found.name});
    const bool is_bans = letter == 'b';
    const Numeric& entry = is_bans ? kRplBanList : letter == 'e' ? kRplExceptList : kRplInvexList;
    const Numeric& end = is_bans         ? kRplEndOfBanList
                         : letter == 'e' ? kRplEndOfExceptList
                                         : kRplEndOfInvexList;
    const RoomView view = session_.room(found.name);
    const chat::Member* himself = view ? view.room->member(session_.profile().client) : nullptr;
    // Who is excepted, or may come in unasked, is for those to know who decide it.
    if (!is_bans && (himself == nullptr || himself->prefixes < chat::half_operator))
      return reply(kErrChanOPrivsNeeded, {found.name});
    for (const chat::ListEntry& one : found.entries)
      reply(entry, {found.name, one.mask, one.author, std::to_string(one.at / 1000)});
    reply(end, {found.name});
  });
}

}  // namespace banterd::worker::irc
