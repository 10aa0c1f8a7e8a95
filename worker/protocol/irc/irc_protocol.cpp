#include "worker/protocol/irc/irc_protocol.h"

#include <fmt/format.h>

#include <utility>

#include "base/fault.h"
#include "ipc/json.h"
#include "worker/protocol/irc/irc_encoder.h"
#include "worker/protocol/irc/outgoing_line.h"
#include "worker/protocol/irc/standard_reply.h"
#include "worker/protocol/irc/welcome.h"
#include "worker/protocol/words.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

CapabilitySet offered(const conf::Config& config) {
  CapabilitySet set = CapabilitySet::all();
  // Nothing is kept that could be asked for.
  if (config.rooms.history_lines == 0) set.remove(Capability::chathistory);
  return set;
}

}  // namespace

struct IrcProtocol::Saved {
  std::string capabilities;
  std::string registration;
  bool swallowing = false;
  bool hears_wallops = false;
  bool awaits_pong = false;
  std::optional<IncomingBatch> batch;
  std::vector<std::string> read_markers;  // target, timestamp, target …
  static void fields(auto& self, auto&& field) {
    field("capabilities", self.capabilities);
    field("registration", self.registration);
    field("swallowing", self.swallowing);
    field("hears_wallops", self.hears_wallops);
    field("awaits_pong", self.awaits_pong);
    field("batch", self.batch);
    field("read_markers", self.read_markers);
  }
};

const IrcProtocol::Row* IrcProtocol::find_row(std::string_view command) {
  using P = IrcProtocol;
  constexpr When kRegistered = When::registered;
  static constexpr Row kRows[] = {
      // The connection
      {{.name = "CAP", .needed = 1}, &P::cap},
      {{.name = "NICK", .needed = 1, .missing = {kErrNoNicknameGiven}, .last_not_empty = true},
       &P::nick},
      {{.name = "PASS", .when = When::before_registration}, &P::reregister},
      {{.name = "USER", .when = When::before_registration}, &P::reregister},
      {{.name = "PING", .needed = 1, .missing = {kErrNoOrigin}}, &P::ping},
      {{.name = "PONG", .counts = false}, &P::pong},
      {{.name = "QUIT"}, &P::quit},
      {{.name = "ERROR"}, &P::error},
      // Rooms
      {{.name = "JOIN", .needed = 1, .last_not_empty = true, .when = kRegistered}, &P::join},
      {{.name = "PART", .needed = 1, .when = kRegistered}, &P::part},
      {{.name = "TOPIC", .needed = 1, .when = kRegistered}, &P::topic},
      {{.name = "NAMES", .when = kRegistered}, &P::names},
      {{.name = "LIST", .when = kRegistered}, &P::list},
      {{.name = "INVITE", .when = kRegistered}, &P::invite},
      {{.name = "KICK", .needed = 2, .when = kRegistered}, &P::kick},
      {{.name = "MODE", .needed = 1, .when = kRegistered}, &P::mode},
      // Talk
      {{.name = "PRIVMSG",
        .needed = 2,
        .missing = {kErrNoRecipient, kErrNoTextToSend},
        .last_not_empty = true,
        .when = kRegistered},
       &P::privmsg,
       true},
      {{.name = "NOTICE",
        .needed = 2,
        .last_not_empty = true,
        .when = kRegistered,
        .answers_errors = false},
       &P::notice,
       true},
      {{.name = "TAGMSG", .needed = 1, .missing = {kErrNoRecipient}, .when = kRegistered},
       &P::tagmsg,
       true},
      {{.name = "BATCH", .needed = 1, .when = kRegistered}, &P::batch},
      {{.name = "REDACT", .needed = 2, .when = kRegistered}, &P::redact},
      {{.name = "CHATHISTORY", .when = kRegistered}, &P::chathistory},
      {{.name = "MARKREAD", .when = kRegistered}, &P::markread},
      // People
      {{.name = "WHO", .when = kRegistered}, &P::who},
      {{.name = "WHOIS", .needed = 1, .missing = {kErrNoNicknameGiven}, .when = kRegistered},
       &P::whois},
      {{.name = "WHOWAS",
        .needed = 1,
        .missing = {kErrNoNicknameGiven},
        .last_not_empty = true,
        .when = kRegistered},
       &P::whowas},
      {{.name = "ISON", .needed = 1, .when = kRegistered}, &P::ison},
      {{.name = "USERHOST", .needed = 1, .when = kRegistered}, &P::userhost},
      {{.name = "MONITOR", .needed = 1, .when = kRegistered}, &P::monitor},
      {{.name = "AWAY", .when = kRegistered}, &P::away},
      {{.name = "SETNAME", .needed = 1, .when = kRegistered}, &P::setname},
      // The server
      {{.name = "MOTD", .when = kRegistered}, &P::motd},
      {{.name = "LUSERS", .when = kRegistered}, &P::lusers},
      {{.name = "VERSION", .when = kRegistered}, &P::version},
      {{.name = "TIME", .when = kRegistered}, &P::time},
      {{.name = "INFO", .when = kRegistered}, &P::info},
      {{.name = "HELP", .when = kRegistered}, &P::help},
      {{.name = "HELPOP", .when = kRegistered}, &P::help},
      {{.name = "LINKS", .when = kRegistered}, &P::links},
      {{.name = "ADMIN", .when = kRegistered}, &P::admin},
      {{.name = "STATS", .needed = 1, .when = kRegistered}, &P::stats},
      // Operators
      {{.name = "OPER", .needed = 2, .when = kRegistered}, &P::oper},
      {{.name = "KILL", .needed = 1, .when = kRegistered, .for_operators = true}, &P::kill},
      {{.name = "WALLOPS",
        .needed = 1,
        .last_not_empty = true,
        .when = kRegistered,
        .for_operators = true},
       &P::wallops},
      {{.name = "REHASH", .when = kRegistered, .for_operators = true}, &P::rehash},
      {{.name = "DIE", .when = kRegistered, .for_operators = true}, &P::die},
      {{.name = "RESTART", .when = kRegistered, .for_operators = true}, &P::restart},
      {{.name = "KLINE", .needed = 1, .when = kRegistered, .for_operators = true}, &P::kline},
      {{.name = "UNKLINE", .needed = 1, .when = kRegistered, .for_operators = true}, &P::unkline},
  };
  static constexpr CommandTable kCommands(kRows);
  return kCommands.find(command);
}

IrcProtocol::IrcProtocol(const conf::Listener&, Session& session)
    : session_(session),
      cutter_(kMaxLineBytes),
      caps_(offered(session.config())),
      registration_(std::make_unique<Registration>(session.config(), caps_)),
      response_(session),
      encoder_(&encoder_for({})) {}

void IrcProtocol::on_open() { session_.wake_in(session_.config().limits.registration_timeout); }

const Encoder& IrcProtocol::encoder(std::string_view) const { return *encoder_; }

// ---- lines ----

Protocol::Taken IrcProtocol::take(std::string_view input, bool) {
  // A line that lost its end may have lost more: it is not run (RFC 1459 section 2.3).
  const LineCutter::Cut cut = cutter_.next(input);
  return {cut.consumed, cut.line && take_line(*cut.line)};
}

bool IrcProtocol::take_line(const LineCutter::Line& line) {
  awaits_pong_ = false;
  const Parsed parsed = line.too_long ? Parsed{Flaw::rest_too_long, {}} : parse(line.text);
  if (parsed.flaw == Flaw::empty) return false;
  if (!parsed) {
    on_flaw(parsed);
    return true;
  }
  const Message& message = parsed.message;
  if (!is_registered()) {
    if (begins_http_request(line.text)) {
      session_.request(Leave{std::string(kNoHttp)});
    } else {
      run_registration(message);
    }
    return true;
  }
  const Row* row = find_row(message.command);
  // Talk need not wait for what he has said before.
  const bool at_once = row != nullptr && row->at_once && !batch_ &&
                       !(has(Capability::labeled_response) && message.tags.value("label"));
  if (at_once) {
    run(message, row);
    reply_in_turn();
  } else {
    run_in_turn(line.text);
  }
  return row == nullptr || row->rules.counts;
}

void IrcProtocol::run_in_turn(std::string_view line) {
  session_.request(DoLocally{[this, text = std::string(line)] {
    const Parsed parsed = parse(text);
    const Message& message = parsed.message;
    // What begins a message of several lines is answered at its end.
    if (!names_command("BATCH", message.command)) begin_answer(message);
    if (!take_for_batch(message)) run(message);
    response_.flush();
  }});
}

void IrcProtocol::begin_answer(const Message& message) {
  if (!has(Capability::labeled_response)) return;
  const auto label = message.tags.value("label");
  if (!label || label->empty()) return;
  const bool leaves_all = names_command("JOIN", message.command) && message.params[0] == "0";
  const bool one = !leaves_all && message.params[0].find(',') == std::string_view::npos &&
                   message.params[1].find(',') == std::string_view::npos;
  response_.begin(escape_tag_value(*label), one ? 1 : 2);
}

void IrcProtocol::run(const Message& message, const Row* row) {
  static_cast<void>(base::fault(message.command));
  const CommandRules* rules = row == nullptr ? nullptr : &row->rules;
  const Caller caller{true, session_.profile().server_operator};
  if (const auto why = check(rules, message, caller)) {
    append_refusal(response_.out(), to(), *why, rules, message);
  } else {
    (this->*row->run)(message);
  }
}

void IrcProtocol::on_flaw(const Parsed& parsed) {
  std::string answer;
  switch (parsed.flaw) {
    case Flaw::tags_too_long:
    case Flaw::rest_too_long:
      append_reply(answer, to(), kErrInputTooLong);
      break;
    case Flaw::forbidden_byte:
      append_reply(answer, to(), kErrUnknownError,
                   {parsed.message.command.empty() ? "*" : parsed.message.command,
                    "A line may not have NUL or CR in it"});
      break;
    case Flaw::invalid_utf8:
      append_fail(answer, to(), parsed.message.command, "INVALID_UTF8", {},
                  "Message rejected, your client must use UTF-8 on this server");
      break;
    case Flaw::none:
    case Flaw::empty:
      return;
  }
  session_.request(
      DoLocally{[this, answer = std::move(answer), label = parsed.message.tags.value("label")] {
        if (label && !label->empty() && has(Capability::labeled_response))
          response_.begin(escape_tag_value(*label), 1);
        response_.out() += answer;
        response_.flush();
      }});
}

// ---- answers ----

ReplyTo IrcProtocol::to() const {
  return {session_.config().server.name,
          is_registered() ? session_.profile().nick.str() : std::string_view(),
          {}};
}

void IrcProtocol::reply(const Numeric& numeric, std::initializer_list<std::string_view> params) {
  append_reply(response_.out(), to(), numeric, params);
}

void IrcProtocol::reply_in_turn() {
  std::string answer = response_.take();
  if (answer.empty()) return;
  session_.request(DoLocally{[this, lines = std::move(answer)] {
    response_.out() += lines;
    response_.flush();
  }});
}

void IrcProtocol::fail(std::string_view command, std::string_view code,
                       const std::vector<std::string_view>& context, std::string_view text) {
  append_fail(response_.out(), to(), command, code, context, text);
}

void IrcProtocol::then(std::function<void()> action) {
  session_.request(DoLocally{[this, action = std::move(action)] {
    action();
    response_.flush();
  }});
}

void IrcProtocol::ask(const std::string& object, Question question,
                      std::function<void(Findings found)> action) {
  session_.request(Ask{object, std::move(question),
                       [this, object, action = std::move(action)](Findings found, bool complete) {
                         if (!complete) tell_incomplete(object);
                         if (complete || object.empty()) action(std::move(found));
                         response_.flush();
                       }});
}

// A worker has failed again and again: the answer lacks its part, or there is none. Or too much is
// asked for, or a hand-over waits.
void IrcProtocol::tell_incomplete(const std::string& object) {
  constexpr std::string_view kText =
      "A part of the server does not answer just now: try again later";
  if (!object.empty()) {
    reply(kErrUnavailResource, {object});
  } else if (has(Capability::standard_replies)) {
    append_note(response_.out(), to(), "", "INCOMPLETE", {}, kText);
  } else {
    append_line(response_.out(), to().server, "NOTICE", {to().nick, kText});
  }
}

void IrcProtocol::on_all_done() { response_.end(); }

bool IrcProtocol::tell_own(const Delivery& delivery) {
  const bool joined = std::holds_alternative<chat::Joined>(delivery.event.body);
  if (!joined && !response_.is_labelled()) return false;
  // Nobody is told of himself that he is away.
  Delivery own = delivery;
  chat::Profile himself;
  if (joined && delivery.actor != nullptr && delivery.actor->away.made()) {
    himself = *delivery.actor;
    himself.away = {};
    own.actor = &himself;
  }
  std::string lines;
  encoder_->encode(own, lines);
  // What a room is like is told right behind the JOIN, and part of the same answer.
  if (joined) show_joined(delivery.room, lines);
  response_.send_event(lines);
  return true;
}

void IrcProtocol::follow_capabilities() {
  in_force_ = worker::irc::in_force(caps_.agreed());
  echoes_ = has(Capability::echo_message);
  encoder_ = &encoder_for(in_force_);
  for (const std::string& room : session_.rooms()) session_.reshape(room);
}

// ---- what happens to him ----

void IrcProtocol::on_renewed(const chat::Profile& before) {
  // His own record, told as all others are; that he is away is told by a number instead.
  chat::Profile older = before;
  older.away = session_.profile().away;
  chat::Event renewed;
  renewed.client = before.client;
  renewed.at = session_.now();
  renewed.body = chat::Renewed{};
  Delivery delivery{renewed};
  delivery.actor = &older;
  delivery.renewed = &session_.profile();
  std::string lines;
  encoder_->encode(delivery, lines);
  if (!lines.empty()) response_.send_event(lines);
  const std::string modes_before = modes_of(before);
  const std::string modes_now = modes_of(session_.profile());
  if (modes_before == modes_now) return;
  const auto missing = [](const std::string& from, const std::string& in) {
    std::string letters;
    for (const char letter : from) {
      if (in.find(letter) == std::string::npos) letters += letter;
    }
    return letters;
  };
  const std::string gained = missing(modes_now, modes_before);
  const std::string lost = missing(modes_before, modes_now);
  append_user_mode_change(
      response_.out(), to(), session_.profile(),
      fmt::format("{}{}{}{}", gained.empty() ? "" : "+", gained, lost.empty() ? "" : "-", lost));
  response_.flush();
}

void IrcProtocol::on_server_said(const Delivery& delivery) {
  if (!hears_wallops_ || delivery.actor == nullptr) return;
  const auto& said = std::get<chat::Said>(delivery.event.body);
  std::string line;
  append_line(line, *delivery.actor, "WALLOPS", {said.text});
  session_.send(line);
}

void IrcProtocol::on_killed(const Delivery& delivery) {
  const auto& killed = std::get<chat::Killed>(delivery.event.body);
  std::string line;
  append_line(line, delivery.actor == nullptr ? Source(to().server) : Source(*delivery.actor),
              "KILL", {to().nick, killed.reason});
  session_.send(line);
}

// ---- moving to another process ----

std::string IrcProtocol::save() const {
  Saved saved{caps_.save(),
              is_registered() ? Registration::save_registered() : registration_->save(),
              cutter_.swallowing(),
              hears_wallops_,
              awaits_pong_,
              batch_ == nullptr ? std::nullopt : std::optional(*batch_),
              {}};
  for (const auto& [target, timestamp] : *read_markers_) {
    saved.read_markers.push_back(target);
    saved.read_markers.push_back(timestamp);
  }
  return ipc::to_json(saved);
}

bool IrcProtocol::restore(std::string_view text) {
  auto saved = ipc::from_json<Saved>(text);
  if (!saved || !registration_->restore(saved->registration)) return false;
  if (registration_->state() == Registration::State::registered) registration_.reset();
  std::string news;
  if (!caps_.restore(saved->capabilities, to(), news)) return false;
  if (saved->swallowing) cutter_.swallow();
  hears_wallops_ = saved->hears_wallops;
  awaits_pong_ = saved->awaits_pong;
  if (saved->batch) batch_ = std::make_unique<IncomingBatch>(*std::move(saved->batch));
  for (size_t i = 0; i + 1 < saved->read_markers.size(); i += 2)
    read_markers_.make()[saved->read_markers[i]] = saved->read_markers[i + 1];
  follow_capabilities();
  session_.wake_in(is_registered() ? session_.config().limits.ping_timeout
                                   : session_.config().limits.registration_timeout);
  if (!news.empty()) session_.request(DoLocally{[this, news] { session_.send(news); }});
  enter();
  return true;
}

}  // namespace banterd::worker::irc
