// The part of IrcProtocol that is about what is said, and what was.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "worker/message_id.h"
#include "worker/protocol/irc/batch_lines.h"
#include "worker/protocol/irc/chathistory_words.h"
#include "worker/protocol/irc/ctcp.h"
#include "worker/protocol/irc/irc_encoder.h"
#include "worker/protocol/irc/irc_protocol.h"
#include "worker/protocol/irc/limits.h"
#include "worker/protocol/irc/outgoing_line.h"
#include "worker/protocol/irc/targets.h"
#include "worker/text.h"

namespace banterd::worker::irc {

namespace {

constexpr std::string_view kMultiline = "draft/multiline";
constexpr size_t kMaxReadMarkers = 1000;

AboutHistory::Point point_of(const HistoryReference& reference) {
  if (const auto* at = std::get_if<chat::TimeMs>(&reference)) return {*at, {}};
  return {0, std::get<std::string>(reference)};
}

// By the time, or the position that an id begins with; of two kinds nobody can tell.
bool comes_before(const HistoryReference& a, const HistoryReference& b) {
  if (a.index() != b.index()) return true;
  if (const auto* at = std::get_if<chat::TimeMs>(&a)) return *at <= std::get<chat::TimeMs>(b);
  return position_in(std::get<std::string>(a)) <= position_in(std::get<std::string>(b));
}

AboutHistory question_of(const ChatHistoryWords& words, std::string_view room) {
  AboutHistory question;
  question.room = room;
  question.most = static_cast<uint32_t>(words.limit);
  switch (words.action) {
    case ChatHistoryAction::before:
      question.before = point_of(*words.from);
      break;
    case ChatHistoryAction::after:
      question.oldest = true;
      question.after = point_of(*words.from);
      break;
    case ChatHistoryAction::around:
      question.around = point_of(*words.from);
      break;
    case ChatHistoryAction::targets:  // asks for the last line of each room
      break;
    case ChatHistoryAction::between:
      question.oldest = comes_before(*words.from, *words.to);
      question.after = point_of(question.oldest ? *words.from : *words.to);
      question.before = point_of(question.oldest ? *words.to : *words.from);
      break;
    case ChatHistoryAction::latest:
      if (words.from) question.after = point_of(*words.from);
      break;
  }
  return question;
}

}  // namespace

// ---- PRIVMSG, NOTICE, TAGMSG ----

void IrcProtocol::privmsg(const Message& message) { talk(message, chat::Kind::message); }
void IrcProtocol::notice(const Message& message) { talk(message, chat::Kind::notice); }

void IrcProtocol::tagmsg(const Message& message) {
  if (!has(Capability::message_tags)) return reply(kErrUnknownCommand, {message.command});
  // What no other client can see is not sent.
  if (!message.tags.client_only().empty()) talk(message, chat::Kind::tags);
}

void IrcProtocol::talk(const Message& message, chat::Kind kind) {
  chat::Say say;
  say.kind = kind;
  if (kind != chat::Kind::tags) {
    const Spoken said = spoken(kind == chat::Kind::notice, message.params[1]);
    say.kind = said.kind;
    say.text = said.text;
  }
  if (has(Capability::message_tags) && !message.tags.empty()) {
    std::string tags = message.tags.client_only();
    if (!tags.empty()) say.tags = std::move(tags);
  }
  const TargetList targets = split_targets(message.params[0], kMaxTargets);
  for (const std::string_view target : targets.names) say_to(target, say);
  if (!targets.too_many.empty() && kind != chat::Kind::notice)
    reply(kErrTooManyTargets, {targets.too_many});
}

void IrcProtocol::say_to(std::string_view target, chat::Say say) {
  if (!say.lines && say.kind != chat::Kind::tags && !say.text.view().starts_with('\x01')) {
    // He knows that a line has 512 bytes, and does not expect two of one.
    const size_t most = said_bytes(session_.profile().mask_bytes(), target, say.kind);
    if (say.text.size() > most) say.text = beginning_of(say.text, most);
  }
  const bool answers = say.kind != chat::Kind::notice;
  if (const auto in_room = room_target(target)) {
    if (in_room->rank > 0) say.rank = in_room->rank;
    const auto room = chat::RoomName::parse(in_room->room);
    if (room) {
      // He may not be in it any more when that is decided.
      const bool from_outside = open_parts_ > 0 || !session_.is_in(room->str());
      session_.request(AskOwner{room->str(), std::move(say), from_outside});
    } else if (answers) {
      reply(kErrNoSuchChannel, {target});
    }
    return;
  }
  const auto nick = chat::Nick::parse(target);
  if (nick) {
    session_.request(AskOwner{std::string(nick->str()), std::move(say), true});
  } else if (answers) {
    reply(kErrNoSuchNick, {target});
  }
}

// ---- messages of several lines ----

void IrcProtocol::batch(const Message& message) {
  const bool begins = message.params[0].starts_with('+');
  const std::string_view reference =
      message.params[0].substr(begins || message.params[0].starts_with('-') ? 1 : 0);
  if (!begins || reference.empty()) {
    begin_answer(message);
    return fail("BATCH", "INVALID_REFTAG", {reference}, "No such batch is open");
  }
  // One at a time: what he has not ended is not said.
  if (batch_ && !batch_->refused) fail_batch(IncomingBatch::invalid());
  batch_ = std::make_unique<IncomingBatch>();
  batch_->reference = reference;
  if (!has(Capability::multiline) || message.params[1] != kMultiline || message.params[2].empty()) {
    batch_->refused = true;
    begin_answer(message);
    return fail("BATCH", "UNKNOWN_TYPE", {reference, message.params[1]}, "No such type of batch");
  }
  batch_->target = message.params[2];
  if (has(Capability::message_tags)) batch_->tags = message.tags.client_only();
  if (const auto label = message.tags.value("label"); label && has(Capability::labeled_response))
    batch_->label = escape_tag_value(*label);
}

bool IrcProtocol::take_for_batch(const Message& message) {
  if (!batch_) return false;
  const bool ends =
      names_command("BATCH", message.command) && message.params[0] == "-" + batch_->reference;
  if (ends) {
    send_batch();
    return true;
  }
  const auto reference = message.tags.value("batch");
  if (batch_->refused) return reference == batch_->reference;
  const bool talks =
      names_command("PRIVMSG", message.command) || names_command("NOTICE", message.command);
  if (!reference && !talks) return false;
  std::optional<IncomingBatch::Failure> failure;
  if (reference == batch_->reference) {
    failure = batch_->add(message);
  } else {
    failure = IncomingBatch::invalid();
  }
  if (failure) fail_batch(*failure);
  return true;
}

// The line that has broken it may have a label of its own, and is not said either.
void IrcProtocol::fail_batch(const IncomingBatch::Failure& failure) {
  batch_->refused = true;
  batch_->lines.clear();
  const std::string label = std::exchange(batch_->label, {});
  const std::vector<std::string_view> context(failure.context.begin(), failure.context.end());
  const auto tell = [&] { fail("BATCH", failure.code, context, failure.text); };
  if (!label.empty()) {
    if (response_.is_labelled()) {
      tell();
      response_.end();
    }
    response_.begin(label, 1);
  }
  tell();
}

void IrcProtocol::send_batch() {
  const IncomingBatch complete = std::move(*std::exchange(batch_, nullptr));
  if (complete.refused) return;
  if (!complete.label.empty()) response_.begin(complete.label, 1);
  auto say = complete.said();
  if (!say)
    return fail("BATCH", "MULTILINE_INVALID", {}, "Invalid multiline batch with blank lines only");
  // One line is none of several, and may be an action.
  if (say->lines->size() == 1) {
    const Spoken said = spoken(say->kind == chat::Kind::notice, say->lines->front().text);
    say->kind = said.kind;
    say->text = said.text;
    say->lines.reset();
  }
  say_to(complete.target, *std::move(say));
}

// ---- REDACT ----

void IrcProtocol::redact(const Message& message) {
  if (!has(Capability::message_redaction)) return reply(kErrUnknownCommand, {message.command});
  const auto room = chat::RoomName::parse(message.params[0]);
  if (!room) {
    return fail("REDACT", "INVALID_TARGET", {message.params[0]},
                "Messages can be taken back in rooms that you are in");
  }
  session_.request(
      AskOwner{room->str(),
               chat::Redact{std::string(message.params[1]),
                            std::string(beginning_of(message.params[2], chat::kMaxReasonBytes)),
                            std::nullopt},
               false});
}

// ---- CHATHISTORY ----

void IrcProtocol::chathistory(const Message& message) {
  if (!has(Capability::chathistory)) return reply(kErrUnknownCommand, {message.command});
  const auto parsed = parse_chathistory(message.params.all(), kMaxHistoryLines);
  if (const auto* failure = std::get_if<ChatHistoryFailure>(&parsed)) {
    return append_failure(response_.out(), to(), *failure);
  }
  const auto& words = std::get<ChatHistoryWords>(parsed);
  if (words.action == ChatHistoryAction::targets) return history_targets(words);
  const RoomView view = session_.room(words.target);
  if (!view) {
    return fail("CHATHISTORY", "INVALID_TARGET", {message.params[0], words.target},
                "Messages could not be retrieved");
  }
  ask(std::string(view.name), question_of(words, view.name),
      [this, target = std::string(view.name)](Findings found) {
        show_history(target, std::move(found.past));
      });
}

// Rooms that he is in: what is said to people is kept nowhere.
void IrcProtocol::history_targets(const ChatHistoryWords& words) {
  const chat::TimeMs from = std::get<chat::TimeMs>(*words.from);
  const chat::TimeMs to_time = std::get<chat::TimeMs>(*words.to);
  // When something was said last in which room.
  const auto latest = std::make_shared<std::vector<std::pair<chat::TimeMs, std::string>>>();
  AboutHistory question = question_of(words, {});
  question.most = 1;
  for (const std::string& room : session_.rooms()) {
    question.room = room;
    ask(room, question, [=](const Findings& found) {
      if (found.past.empty()) return;
      const chat::TimeMs at = found.past.back().event.at;
      if (at > std::min(from, to_time) && at < std::max(from, to_time))
        latest->emplace_back(at, room);
    });
  }
  then([this, latest, limit = words.limit, newest = from > to_time] {
    std::ranges::sort(*latest);
    const size_t count = std::min(limit, latest->size());
    const size_t first = newest ? latest->size() - count : 0;
    std::string lines;
    for (const auto& [at, room] : std::span(*latest).subspan(first, count))
      append_line(lines, to().server, "CHATHISTORY", {"TARGETS", room, server_time(at)});
    send_history("draft/chathistory-targets", {}, lines);
  });
}

void IrcProtocol::show_history(std::string_view target, std::vector<PastEvent> lines) {
  std::string inner;
  for (const PastEvent& line : lines) {
    if (!line.event.profile) continue;
    Delivery delivery{line.event, target, line.event.profile->get()};
    delivery.position = line.position;
    delivery.past = true;
    encoder_->encode(delivery, inner);
  }
  send_history("chathistory", {target}, inner);
}

// In a batch, if he knows of such.
void IrcProtocol::send_history(std::string_view type,
                               std::initializer_list<std::string_view> params,
                               std::string_view lines) {
  if (!has(Capability::batch)) {
    response_.out() += lines;
    return;
  }
  const std::string reference = fmt::format("h{}", ++last_history_);
  append_batch_start(response_.out(), to(), reference, type, params);
  put_in_batch(response_.out(), lines, reference);
  append_batch_end(response_.out(), to(), reference);
}

// ---- MARKREAD ----

void IrcProtocol::markread(const Message& message) {
  if (!has(Capability::read_marker)) return reply(kErrUnknownCommand, {message.command});
  const std::string_view target = message.params[0];
  if (target.empty()) return fail("MARKREAD", "NEED_MORE_PARAMS", {}, "Missing parameters");
  const std::string key = chat::fold(target);
  if (message.params.size() > 1) {
    const auto time = parse_marker(message.params[1]);
    if (!time) {
      return fail("MARKREAD", "INVALID_PARAMS", {target, message.params[1]}, "Invalid timestamp");
    }
    auto& markers = read_markers_.make();
    const auto known = markers.find(key);
    if (known == markers.end() && markers.size() >= kMaxReadMarkers)
      return fail("MARKREAD", "INTERNAL_ERROR", {target}, "Too many read markers");
    // Only ever forwards.
    const std::string timestamp = server_time(*time);
    if (known == markers.end() || known->second < timestamp) markers[key] = timestamp;
  }
  show_read_marker(target);
}

void IrcProtocol::show_read_marker(std::string_view target) {
  const auto known = read_markers_->find(chat::fold(target));
  append_line(response_.out(), to().server, "MARKREAD",
              {target, known == read_markers_->end() ? "*" : "timestamp=" + known->second});
}

}  // namespace banterd::worker::irc
