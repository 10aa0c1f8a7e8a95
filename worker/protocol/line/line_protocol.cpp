#include "worker/protocol/line/line_protocol.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/fault.h"
#include "base/utf8.h"
#include "ipc/json.h"
#include "worker/limits.h"
#include "worker/protocol/line/line_encoder.h"
#include "worker/protocol/line/line_words.h"
#include "worker/protocol/words.h"
#include "worker/text.h"

namespace banterd::worker::line {

namespace {

struct Saved {
  std::string current;
  bool swallowing = false;
  static void fields(auto& self, auto&& field) {
    field("current", self.current);
    field("swallowing", self.swallowing);
  }
};

}  // namespace

const LineProtocol::Command LineProtocol::kCommands[] = {
    {"nick", "NAME", "be called NAME", 1, &LineProtocol::nick},
    {"join", "ROOM [KEY]", "go to ROOM and talk there", 1, &LineProtocol::join},
    {"part", "[ROOM] [REASON]", "leave this room, or ROOM", 0, &LineProtocol::part},
    {"msg", "NICK TEXT", "say TEXT to NICK alone", 2, &LineProtocol::msg},
    {"me", "TEXT", "say what you do", 1, &LineProtocol::me},
    {"topic", "[TEXT]", "show or set this room's topic", 0, &LineProtocol::topic},
    {"who", "[ROOM]", "show who is in this room, or in ROOM", 0, &LineProtocol::who},
    {"rooms", "", "show all rooms", 0, &LineProtocol::rooms},
    {"quit", "[REASON]", "leave the server", 0, &LineProtocol::quit},
    {"help", "", "show this", 0, &LineProtocol::help},
};

LineProtocol::LineProtocol(const conf::Listener& listener, Session& session)
    : session_(session),
      raw_(listener.format == conf::LineFormat::raw),
      echo_(listener.echo),
      cutter_(longest_line(session.config())) {}

void LineProtocol::on_open() {
  const std::string& room = session_.config().rooms.default_room;
  if (raw_) return enter(room);
  const conf::Server& server = session_.config().server;
  notice(fmt::format("Welcome to {}, {}. You are {}: type to talk, /help for more.", server.name,
                     server.description, session_.profile().nick.str()));
  enter(room);
}

void LineProtocol::enter(const std::string& room) {
  session_.request(Enter{session_.profile(), room});
}

void LineProtocol::begin_anew(const Former& former) {
  const base::CompactText talked_in = std::exchange(current_, {});
  session_.send(fmt::format("! {}\n", begun_anew_text(former, session_.profile())));
  enter(former.entered ? std::string() : session_.config().rooms.default_room);
  // The room in which he talked comes last, and he talks there again.
  std::vector<std::string> rooms = former.rooms;
  std::stable_partition(rooms.begin(), rooms.end(), [&](const std::string& room) {
    return chat::fold(room) != chat::fold(talked_in);
  });
  for (const std::string& room : rooms) join_room(room, "");
}

// ---- what he types ----

Protocol::Taken LineProtocol::take(std::string_view input, bool ended) {
  const size_t telnet = cutter_.swallowing() ? 0 : telnet_command_length(input);
  if (telnet > 0) {
    cutter_.begin_anew();
    on_telnet(input.substr(0, telnet));
    return {telnet, true};
  }
  const LineCutter::Cut cut = ended ? cutter_.last(input) : cutter_.next(input);
  if (!cut.line) return {cut.consumed, false};
  const bool is_first = std::exchange(is_first_line_, false);
  if (is_first && begins_http_request(cut.line->text)) {
    send_away(std::string(kNoHttp));
  } else if (cut.line->too_long) {
    answer(fmt::format("! your line was dropped: it is longer than {} bytes\n",
                       longest_line(session_.config())));
  } else {
    on_line(cut.line->text, is_first);
  }
  return {cut.consumed, true};
}

// No line end follows what telnet sends for a key. Of Ctrl-C and the like it waits for an answer,
// and shows nothing until it comes (RFC 860).
void LineProtocol::on_telnet(std::string_view command) {
  constexpr std::string_view kDoTimingMark = "\xff\xfd\x06";
  constexpr std::string_view kWillTimingMark = "\xff\xfb\x06";
  if (command == kDoTimingMark) answer(std::string(kWillTimingMark));
}

void LineProtocol::send_away(const std::string& why) {
  answer(fmt::format("! {}\n", why));
  session_.request(Leave{why});
}

void LineProtocol::on_line(std::string_view line, bool is_first) {
  // A filter for each line: a negotiation that is never finished must not swallow the next ones.
  std::string without_telnet;
  line = TelnetFilter().filter(line, without_telnet);
  if (!base::is_valid_utf8(line)) return answer("! your line was dropped: it is not valid UTF-8\n");
  std::string without_control;
  line = without_controls(line, without_control);
  if (line.find_first_not_of(' ') == std::string_view::npos) return;
  static_cast<void>(base::fault(line));
  if (is_first && begins_irc(line)) return send_away(no_irc_text(session_.config()));
  if (is_first && is_irc_nick(line)) {
    // Of a person, or USER comes next.
    is_first_line_ = true;
    return answer(fmt::format("! use: /nick {}\n", split_word(line).second));
  }
  if (line.starts_with("//")) return say(line.substr(1), chat::Kind::message);
  if (line.starts_with('/')) return on_command(line.substr(1));
  say(line, chat::Kind::message);
}

void LineProtocol::on_command(std::string_view line) {
  const auto [name, arguments] = split_word(line);
  const std::string folded = chat::fold(name);
  for (const Command& command : kCommands) {
    if (command.name != folded) continue;
    const auto [first, rest] = split_word(arguments);
    const size_t given = first.empty() ? 0 : rest.empty() ? 1 : 2;
    if (given < command.needed)
      return answer(fmt::format("! use: /{} {}\n", command.name, command.arguments));
    return (this->*command.run)(first, rest);
  }
  answer(fmt::format("! unknown command: /{} (see /help; //{} says it)\n", name, name));
}

void LineProtocol::say(std::string_view text, chat::Kind kind) {
  if (current_.empty()) return answer("! you are in no room: /join one\n");
  session_.request(
      AskOwner{std::string(current_), chat::Say{kind, text}, !session_.is_in(current_)});
}

// ---- his commands ----

void LineProtocol::nick(std::string_view first, std::string_view) {
  const size_t longest = session_.config().limits.nick_bytes;
  const auto wanted = chat::Nick::parse(first);
  if (!wanted || first.size() > longest) {
    return answer(fmt::format("! {} is no nick: {}\n", first, nick_rule(session_.config())));
  }
  if (is_guest_nick(*wanted) && wanted->key() != session_.profile().nick.key()) {
    return answer(fmt::format("! {}\n", kGuestNickRule));
  }
  if (*wanted == session_.profile().nick) return;
  session_.request(
      ChangeProfile{[nick = *wanted](chat::Profile& profile) { profile.nick = nick; }});
}

void LineProtocol::join(std::string_view first, std::string_view rest) {
  const auto room = room_or_error(first);
  if (!room) return;
  // Decided once nothing that he asked before is open: he may be about to leave it.
  session_.request(DoLocally{[this, name = *room, key = std::string(rest)] {
    if (session_.is_in(name)) {
      make_current(session_.room(name).name);
      if (!raw_) notice(fmt::format("You talk in {}", current_.view()));
    } else if (session_.room_count() >= session_.config().limits.rooms_per_client) {
      session_.send(
          fmt::format("! you are in {} rooms, which is as many as you may be in: /part one\n",
                      session_.room_count()));
    } else {
      join_room(name, key);
      wait_for_what_was_asked();
    }
  }});
}

void LineProtocol::join_room(const std::string& name, const std::string& key) {
  chat::Join join = join_of(session_.config(), name);
  join.key = key;
  if (raw_) join.replay_lines = 0;
  session_.request(AskOwner{name, std::move(join), true});
}

void LineProtocol::part(std::string_view first, std::string_view rest) {
  // "/part see you" leaves the current room with a reason: a room is meant only if he names one
  // with '#'.
  const bool names_room = first.starts_with('#');
  const auto room = room_or_error(names_room ? first : std::string_view());
  if (!room) return;
  std::string reason(rest);
  if (!names_room && !first.empty())
    reason = rest.empty() ? std::string(first) : fmt::format("{} {}", first, rest);
  session_.request(
      AskOwner{*room, chat::Part{std::string(beginning_of(reason, chat::kMaxReasonBytes))}, false});
  wait_for_what_was_asked();
}

void LineProtocol::msg(std::string_view first, std::string_view rest) {
  const auto to = chat::Nick::parse(first);
  if (!to) return answer(fmt::format("! nobody can be called {}\n", first));
  session_.request(AskOwner{std::string(to->str()), chat::Say{chat::Kind::message, rest}, true});
}

void LineProtocol::me(std::string_view first, std::string_view rest) {
  say(rest.empty() ? std::string(first) : fmt::format("{} {}", first, rest), chat::Kind::action);
}

void LineProtocol::topic(std::string_view first, std::string_view rest) {
  const auto room = room_or_error("");
  if (!room) return;
  if (first.empty()) {
    session_.request(
        DoLocally{[this, name = *room] { session_.send(topic_line(name, head_of(name))); }});
    return;
  }
  const std::string text = rest.empty() ? std::string(first) : fmt::format("{} {}", first, rest);
  if (text.size() > chat::kMaxTopicBytes) {
    return answer(fmt::format("! a topic has at most {} bytes\n", chat::kMaxTopicBytes));
  }
  session_.request(AskOwner{*room, chat::SetTopic{text}, false});
}

void LineProtocol::who(std::string_view first, std::string_view) {
  const auto room = room_or_error(first);
  if (!room) return;
  session_.request(DoLocally{[this, name = *room] {
    if (session_.is_in(name)) {
      std::vector<chat::ProfilePtr> members;
      for (const chat::Member& member : session_.room(name).room->members()) {
        if (!session_.has_gone(member.client)) members.push_back(member.profile);
      }
      session_.send_answer(who_lines(name, members));
    } else {
      session_.send(fmt::format("! you are not in {}\n", name));
    }
  }});
}

void LineProtocol::rooms(std::string_view, std::string_view) {
  session_.request(Ask{"", AboutRooms{}, [this](Findings found, bool complete) {
                         if (!complete)
                           session_.send("! not all rooms can be shown now: try again later\n");
                         session_.send_answer(rooms_lines(std::move(found.rooms)));
                       }});
}

void LineProtocol::quit(std::string_view first, std::string_view rest) {
  const std::string reason = rest.empty() ? std::string(first) : fmt::format("{} {}", first, rest);
  session_.request(Leave{std::string(beginning_of(reason, chat::kMaxReasonBytes))});
}

void LineProtocol::help(std::string_view, std::string_view) {
  std::string text = "* What you type is said in the room you talk in. Beside that:\n";
  for (const Command& command : kCommands) {
    const std::string usage = fmt::format("/{} {}", command.name, command.arguments);
    text += fmt::format("*   {:<24} {}\n", usage, command.help);
  }
  answer(text + "*   //TEXT                   say /TEXT\n");
}

// ---- what he is told ----

void LineProtocol::answer(std::string text) {
  session_.request(DoLocally{[this, text = std::move(text)] { session_.send(text); }});
}

// Nothing is done by it, but nothing more is taken of what he types before it: the next line is for
// the room he then talks in.
void LineProtocol::wait_for_what_was_asked() { session_.request(DoLocally{}); }

void LineProtocol::notice(std::string_view text) { session_.send(fmt::format("* {}\n", text)); }

std::optional<std::string> LineProtocol::room_or_error(std::string_view name) {
  if (name.empty()) {
    if (current_.empty()) answer("! you are in no room: /join one\n");
    return current_.empty() ? std::nullopt : std::optional(std::string(current_));
  }
  const auto room =
      chat::RoomName::parse(chat::names_room(name) ? std::string(name) : fmt::format("#{}", name));
  if (room) return room->str();
  answer(fmt::format(
      "! {} cannot be a room's name: use up to {} bytes without spaces, commas and colons\n", name,
      chat::kMaxRoomNameBytes - 1));
  return std::nullopt;
}

const Encoder& LineProtocol::encoder(std::string_view room) const {
  if (raw_) return line::encoder(Style::raw);
  return line::encoder(chat::fold(room) == chat::fold(current_) ? Style::current : Style::other);
}

const Encoder& LineProtocol::encoder() const {
  return line::encoder(raw_ ? Style::raw : Style::current);
}

void LineProtocol::make_current(std::string_view room) {
  const base::CompactText before = std::exchange(current_, room);
  if (!before.empty()) session_.reshape(before);
  if (!current_.empty()) session_.reshape(current_);
}

void LineProtocol::on_joined(std::string_view room) {
  make_current(room);
  if (raw_) return;
  const chat::RoomHead* head = head_of(room);
  if (head != nullptr && !head->topic.empty()) session_.send(topic_line(room, head));
}

void LineProtocol::on_left(std::string_view room) {
  if (chat::fold(room) != chat::fold(current_)) return;
  const std::vector<std::string> others = session_.rooms();
  make_current(others.empty() ? std::string_view() : std::string_view(others.back()));
  if (raw_) return;
  notice(current_.empty() ? "You are in no room now: /join one"
                          : fmt::format("You talk in {}", current_.view()));
}

void LineProtocol::on_refused(const std::string& object, const chat::CommandBody& asked,
                              chat::Refusal why) {
  const std::string text = refusal_line(object, asked, why);
  if (!text.empty()) session_.send(text);
}

void LineProtocol::on_renewed(const chat::Profile& before) {
  const std::string_view now = session_.profile().nick.str();
  if (!raw_ && before.nick.str() != now)
    notice(fmt::format("{} is now {}", before.nick.str(), now));
}

void LineProtocol::on_answered(const std::string& object, const chat::CommandBody&,
                               const chat::Event& event) {
  const auto* said = std::get_if<chat::Said>(&event.body);
  if (said == nullptr || !said->away || raw_) return;
  std::string scratch;
  notice(fmt::format("{} is away: {}", object, without_controls(*said->away, scratch)));
}

const chat::RoomHead* LineProtocol::head_of(std::string_view room) const {
  const RoomView view = session_.room(room);
  return view ? &view.room->head() : nullptr;
}

void LineProtocol::on_dropped() {
  session_.send("! what you asked last may not have been done: the server failed on it\n");
}

void LineProtocol::on_flood() {
  const conf::Limits& limits = session_.config().limits;
  session_.send(
      fmt::format("! you send faster than {} lines a second: what you send is read more slowly "
                  "now, none of it is lost\n",
                  limits.messages_per_second));
}

std::string LineProtocol::save() const {
  return ipc::to_json(Saved{std::string(current_), cutter_.swallowing()});
}

bool LineProtocol::restore(std::string_view saved) {
  auto state = ipc::from_json<Saved>(saved);
  if (!state) return false;
  current_ = std::move(state->current);
  if (state->swallowing) cutter_.swallow();
  is_first_line_ = false;
  return true;
}

std::string LineProtocol::goodbye(std::string_view reason, bool expelled) const {
  return expelled ? fmt::format("! {}\n", reason) : "";
}

std::string LineProtocol::farewell(std::string_view text) const {
  return raw_ ? fmt::format("{}\n", text) : fmt::format("* {}\n", text);
}

std::string LineProtocol::cut_off(std::string_view why) const { return fmt::format("! {}\n", why); }

}  // namespace banterd::worker::line
