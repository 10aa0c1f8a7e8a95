// The part of IrcProtocol that is about the connection: registration, its end, and silence.
#include <fmt/format.h>

#include "worker/protocol/irc/irc_facts.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/irc/outgoing_line.h"
#include "worker/protocol/irc/welcome.h"
#include "worker/protocol/words.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

using std::chrono::milliseconds;

}  // namespace

// ---- registration ----

void IrcProtocol::run_registration(const Message& message) {
  if (names_command("QUIT", message.command)) {
    session_.request(Leave{"Quit"});
    return;
  }
  begin_answer(message);
  const Row* row = find_row(message.command);
  if (row == nullptr && !Registration::takes(message.command)) {
    append_refusal(response_.out(), to(), kErrUnknownCommand, nullptr, message);
  } else {
    registration_->take(message, to(), response_.out());
  }
  response_.flush();
  response_.end();
  follow_capabilities();
  if (registration_->state() == Registration::State::refused)
    session_.request(Leave{"Password incorrect"});
  enter();
}

void IrcProtocol::enter() {
  const auto person = is_registered() ? std::nullopt : registration_->ready();
  if (!person) return;
  chat::Profile profile = session_.profile();
  profile.nick = person->nick;
  profile.user = person->user;
  profile.realname = person->realname;
  session_.request(Enter{std::move(profile), {}});
}

void IrcProtocol::on_entered() {
  // One who begins anew has been greeted.
  if (is_registered()) return;
  registration_->on_claimed();
  registration_.reset();
  const ServerFacts& facts = facts_of(session_);
  append_greeting(response_.out(), to(), facts, session_.profile().mask());
  show_numbers(session_.known_numbers());
  append_motd(response_.out(), to(), facts);
  append_user_modes(response_.out(), to(), user_modes());
  response_.flush();
  session_.wake_in(session_.config().limits.ping_timeout);
}

// ---- the connection ----

void IrcProtocol::cap(const Message& message) {
  caps_.take(message, to(), response_.out());
  follow_capabilities();
}

void IrcProtocol::nick(const Message& message) {
  const auto wanted = nick_to_claim(session_.config(), message.params[0]);
  if (!wanted) {
    return reply(kErrErroneusNickname,
                 {message.params[0], no_nick_text(session_.config(), message.params[0])});
  }
  if (*wanted == session_.profile().nick) return;
  session_.request(
      ChangeProfile{[nick = *wanted](chat::Profile& profile) { profile.nick = nick; }});
}

// Never run: the table refuses it.
void IrcProtocol::reregister(const Message&) { reply(kErrAlreadyRegistered); }

void IrcProtocol::ping(const Message& message) {
  append_line(response_.out(), to().server, "PONG", {to().server, message.params[0]});
}

void IrcProtocol::pong(const Message&) {}

void IrcProtocol::quit(const Message& message) {
  const std::string_view reason = beginning_of(message.params[0], chat::kMaxReasonBytes);
  session_.request(Leave{reason.empty() ? "Quit" : fmt::format("Quit: {}", reason)});
}

// Only servers send it: nothing to do (Modern IRC, "ERROR message").
void IrcProtocol::error(const Message&) {}

void IrcProtocol::on_dropped() {
  std::string line;
  append_line(line, to().server, "NOTICE",
              {to().nick, "What you asked last may not have been done: the server failed on it"});
  session_.send(line);
}

// He sees his rooms as one who joins them: what has changed in them meanwhile he knows then.
void IrcProtocol::begin_anew(const Former& former) {
  // Else restore() has asked for what there is to ask.
  if (!is_registered()) return;
  std::string lines;
  append_line(lines, former.profile, "NICK", {to().nick});
  append_line(lines, to().server, "NOTICE",
              {to().nick, begun_anew_text(former, session_.profile())});
  session_.send(lines);
  session_.request(Enter{session_.profile(), {}});
  for (const std::string& room : former.rooms) then([this, room] { join_one(room, ""); });
  for (const std::string& nick : former.watched)
    session_.request(AskOwner{nick, chat::Watch{}, false});
}

// Who says nothing is asked whether he is still there; who then says nothing either is not.
void IrcProtocol::on_wake() {
  const milliseconds patience = session_.config().limits.ping_timeout;
  if (!is_registered()) {
    session_.request(Leave{"Registration timed out"});
    return;
  }
  const milliseconds silent = session_.silent_for();
  if (awaits_pong_ && silent >= patience) {
    session_.request(Leave{fmt::format("Ping timeout: {} seconds", patience.count() / 1000)});
  } else if (silent >= patience) {
    awaits_pong_ = true;
    std::string line;
    append_line(line, {}, "PING", {to().server});
    session_.send(line);
    session_.wake_in(patience);
  } else {
    session_.wake_in(patience - silent);
  }
}

std::string IrcProtocol::goodbye(std::string_view reason, bool expelled) const {
  std::string line;
  if (expelled && !is_registered()) append_reply(line, to(), kErrYoureBannedCreep);
  append_line(line, {}, "ERROR",
              {fmt::format("Closing link: {} ({})",
                           is_registered() ? session_.profile().nick.str() : "*", reason)});
  return line;
}

std::string IrcProtocol::farewell(std::string_view text) const {
  std::string lines;
  if (is_registered())
    append_line(lines, to().server, "NOTICE", {to().nick, fmt::format("*** {}", text)});
  append_line(lines, {}, "ERROR", {text});
  return lines;
}

std::string IrcProtocol::cut_off(std::string_view why) const {
  std::string line;
  append_line(line, {}, "ERROR", {fmt::format("Closing link: {}", why)});
  return line;
}

}  // namespace banterd::worker::irc
