#include "tests/fuzz/irc_reader.h"

#include <algorithm>

#include "chat/types.h"
#include "tests/fuzz/require.h"
#include "worker/protocol/irc/command_table.h"

namespace banterd::fuzz {

namespace {

using worker::irc::Capability;
using worker::irc::Message;

// Nothing: no tag of that name is ever sent.
std::optional<Capability> capability_for(std::string_view tag) {
  if (tag == "time") return Capability::server_time;
  if (tag == "label") return Capability::labeled_response;
  if (tag == "batch") return Capability::batch;
  if (tag == "account") return Capability::account_tag;
  if (tag == "draft/multiline-concat") return Capability::multiline;
  if (tag == "msgid" || tag == "bot" || tag.starts_with('+')) return Capability::message_tags;
  return std::nullopt;
}

std::string nick_in(std::string_view mask) { return chat::fold(mask.substr(0, mask.find('!'))); }

}  // namespace

void IrcReader::take(std::string_view lines) {
  require(lines.ends_with("\r\n"));
  while (!lines.empty()) {
    const size_t end = lines.find("\r\n");
    take_line(lines.substr(0, end));
    lines.remove_prefix(end + 2);
  }
}

void IrcReader::take_line(std::string_view line) {
  // Finds a NUL, a CR or a LF inside, bad UTF-8, and too many bytes.
  const worker::irc::Parsed parsed = worker::irc::parse(line, worker::irc::kMaxTagBytes);
  require(static_cast<bool>(parsed));
  const Message& message = parsed.message;
  check_tags(message.tags);
  if (message.command == "001") {
    require(!registered_);
    registered_ = true;
    self_ = chat::fold(message.params[0]);
  } else if (message.command == "BATCH") {
    follow_batch(message);
  } else if (message.command == "CAP") {
    follow_capabilities(message);
  } else {
    follow_room(message);
  }
}

void IrcReader::check_tags(const worker::irc::Tags& tags) {
  tags.each([&](const worker::irc::Tag& tag) {
    const auto capability = capability_for(tag.key);
    require(capability && has(*capability));
    const std::string value = worker::irc::unescape_tag_value(tag.escaped);
    if (tag.key == "batch") require(batches_.contains(value));
    if (tag.key == "label") check_label(value);
  });
}

void IrcReader::check_label(const std::string& label) {
  if (label == label_ && labelled_ == 0) {
    ++labelled_;
    return;
  }
  const auto of_batch = batch_labels_.find(label);
  require(of_batch != batch_labels_.end());
  batch_labels_.erase(of_batch);
}

void IrcReader::follow_batch(const Message& message) {
  const std::string reference(message.params[0].substr(1));
  if (message.params[0].starts_with('+')) {
    const std::string outer = message.tags.value("batch").value_or("");
    require(batches_.emplace(reference, outer).second);
    return;
  }
  require(batches_.erase(reference) == 1);
  require(
      std::ranges::none_of(batches_, [&](const auto& open) { return open.second == reference; }));
}

void IrcReader::follow_capabilities(const Message& message) {
  if (message.params[1] != "ACK") return;
  const auto agreed = worker::irc::requested(agreed_, worker::irc::CapabilitySet::all(),
                                             message.params[message.params.size() - 1], 0);
  require(agreed.has_value());
  agreed_ = *agreed;
}

void IrcReader::follow_room(const Message& message) {
  const std::string who = nick_in(message.source);
  const std::string room = chat::fold(message.params[0]);
  if (message.command == "JOIN") {
    if (who == self_) {
      require(rooms_.emplace(room, std::set<std::string>()).second);
    } else {
      require(rooms_.contains(room) && rooms_[room].insert(who).second);
    }
  } else if (message.command == "PART" || message.command == "KICK") {
    const std::string gone = message.command == "KICK" ? chat::fold(message.params[1]) : who;
    require(rooms_.contains(room) && rooms_[room].erase(gone) == 1);
    if (gone == self_) rooms_.erase(room);
  } else if (message.command == "353") {
    add_names(message);
  } else {
    follow_person(message, who);
  }
}

void IrcReader::follow_person(const Message& message, const std::string& key) {
  if (message.command != "QUIT" && message.command != "NICK") return;
  size_t places = key == self_ ? 1 : 0;
  const std::string renamed = chat::fold(message.params[0]);
  for (auto& [room, members] : rooms_) {
    if (members.erase(key) == 0) continue;
    ++places;
    if (message.command == "NICK") require(members.insert(renamed).second);
  }
  // He would not know who that is.
  require(places > 0);
  if (message.command == "NICK" && key == self_) self_ = renamed;
}

void IrcReader::add_names(const Message& message) {
  const auto room = rooms_.find(chat::fold(message.params[2]));
  if (room == rooms_.end()) return;
  std::string_view names = message.params[3];
  while (!names.empty()) {
    std::string_view name = names.substr(0, names.find(' '));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    name.remove_prefix(std::min(name.find_first_not_of("~&@%+"), name.size()));
    room->second.insert(nick_in(name));
  }
}

void IrcReader::on_taken(std::string_view unit) {
  if (unit.ends_with('\n')) unit.remove_suffix(1);
  if (unit.ends_with('\r')) unit.remove_suffix(1);
  on_command(unit.substr(unit.rfind('\n') + 1));
}

void IrcReader::on_command(std::string_view line) {
  if (!has(Capability::labeled_response)) return;
  if (line.size() > worker::irc::kMaxLineBytes) return;
  const worker::irc::Parsed parsed = worker::irc::parse(line);
  auto label = parsed.message.tags.value("label");
  if (!label || label->empty() || parsed.flaw == worker::irc::Flaw::empty) return;
  answer_due_ = registered_;
  // Where a message of several lines begins nothing is answered before its end, or what breaks it.
  if (worker::irc::names_command("BATCH", parsed.message.command)) {
    batch_labels_.insert(*std::move(label));
  } else {
    label_ = std::move(label);
  }
}

void IrcReader::on_answered() {
  require(batches_.empty());
  require(!label_ || !answer_due_ || labelled_ == 1);
  label_.reset();
  labelled_ = 0;
}

void IrcReader::check_rooms(const Rooms& rooms) const { require(rooms == rooms_); }

}  // namespace banterd::fuzz
