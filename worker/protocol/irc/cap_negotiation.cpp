#include "worker/protocol/irc/cap_negotiation.h"

#include <algorithm>
#include <utility>

#include "ipc/json.h"
#include "worker/protocol/irc/command_table.h"
#include "worker/protocol/irc/outgoing_line.h"

namespace banterd::worker::irc {

namespace {

struct Saved {
  uint32_t version = 0;
  bool open = false;
  std::string agreed;   // names
  std::string offered;  // likewise: what he has been told of, or could have been
  static void fields(auto& self, auto&& field) {
    field("version", self.version);
    field("open", self.open);
    field("agreed", self.agreed);
    field("offered", self.offered);
  }
};

std::string_view take_word(std::string_view& list) {
  list.remove_prefix(std::min(list.find_first_not_of(' '), list.size()));
  const std::string_view word = list.substr(0, list.find(' '));
  list.remove_prefix(word.size());
  return word;
}

void add_word(std::string& list, std::string_view word) {
  if (!list.empty()) list.push_back(' ');
  list.append(word);
}

void append_cap(std::string& out, const ReplyTo& to, std::string_view subcommand,
                std::string_view list) {
  const std::string_view params[] = {to.nick.empty() ? "*" : to.nick, subcommand, list};
  append_line(out, {.tags = to.tags, .source = to.server, .command = "CAP", .params = params});
}

// A list that must arrive whole: in as many lines as it needs, none of which ends within a name.
void append_whole(std::string& out, const ReplyTo& to, std::string_view subcommand,
                  std::string_view list) {
  std::string empty_line;
  append_cap(empty_line, {to.server, to.nick, {}}, subcommand, {});
  const size_t room = kMaxRestBytes + 2 - empty_line.size();
  if (list.size() <= room) return append_cap(out, to, subcommand, list);
  std::string part;
  for (std::string_view word = take_word(list); !word.empty(); word = take_word(list)) {
    if (!part.empty() && part.size() + 1 + word.size() > room)
      append_cap(out, to, subcommand, std::exchange(part, {}));
    add_word(part, word);
  }
  append_cap(out, to, subcommand, part);
}

// The names in `before` that are not offered any more; some may be of another version of this
// program, which knows them no longer or not yet.
std::string names_gone(std::string_view before, CapabilitySet offered) {
  std::string gone;
  for (std::string_view name = take_word(before); !name.empty(); name = take_word(before)) {
    const auto capability = capability_named(name);
    if (!capability || !offered.has(*capability)) add_word(gone, name);
  }
  return gone;
}

std::string names_come(CapabilitySet before, CapabilitySet offered, bool with_values) {
  std::string come;
  offered.each([&](Capability capability) {
    if (before.has(capability)) return;
    add_word(come, name_of(capability));
    const std::string_view value = value_of(capability);
    if (with_values && !value.empty()) come.append("=").append(value);
  });
  return come;
}

}  // namespace

void CapNegotiation::take(const Message& cap, const ReplyTo& to, std::string& out) {
  const std::string_view subcommand = cap.params[0];
  if (names_command("LS", subcommand)) {
    list_offered(cap.params[1], to, out);
  } else if (names_command("LIST", subcommand)) {
    append_capabilities(out, to, "LIST", agreed_, version_);
  } else if (names_command("REQ", subcommand)) {
    request(cap.params[1], to, out);
  } else if (names_command("END", subcommand)) {
    open_ = false;
  } else {
    append_reply(out, to, kErrInvalidCapCmd, {subcommand});
  }
}

void CapNegotiation::list_offered(std::string_view version, const ReplyTo& to, std::string& out) {
  open_ = true;
  // Only ever upwards: "CAP LS" of a script must not take from a client what "CAP LS 302" gave him.
  version_ = std::max(version_, cap_version(version));
  if (version_ >= kModernVersion && offered_.has(Capability::cap_notify))
    agreed_.add(Capability::cap_notify);
  append_capabilities(out, to, "LS", offered_, version_);
}

void CapNegotiation::request(std::string_view list, const ReplyTo& to, std::string& out) {
  open_ = true;
  const auto wanted = requested(agreed_, offered_, list, version_);
  if (!wanted) return append_cap(out, to, "NAK", list);
  agreed_ = *wanted;
  append_whole(out, to, "ACK", list);
}

std::string CapNegotiation::save() const {
  return ipc::to_json(Saved{version_, open_, names_of(agreed_), names_of(offered_)});
}

base::Result<void> CapNegotiation::restore(std::string_view saved, const ReplyTo& to,
                                           std::string& out) {
  const auto before = ipc::from_json<Saved>(saved);
  if (!before) return before.error();
  version_ = before->version;
  open_ = before->open;
  const CapabilitySet agreed = capabilities_of(before->agreed);
  agreed_ = agreed & offered_;
  if (!agreed.has(Capability::cap_notify)) return {};
  const std::string gone = names_gone(before->offered, offered_);
  if (!gone.empty()) append_whole(out, to, "DEL", gone);
  const std::string come =
      names_come(capabilities_of(before->offered), offered_, version_ >= kModernVersion);
  if (!come.empty()) append_whole(out, to, "NEW", come);
  return {};
}

}  // namespace banterd::worker::irc
