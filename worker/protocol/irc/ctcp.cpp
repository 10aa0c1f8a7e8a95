#include "worker/protocol/irc/ctcp.h"

#include <fmt/format.h>

namespace banterd::worker::irc {

namespace {

constexpr std::string_view kAction =
    "\x01"
    "ACTION";
constexpr char kEnd = '\x01';

}  // namespace

Spoken spoken(bool notice, std::string_view text) {
  if (notice) return {chat::Kind::notice, text};
  if (!text.starts_with(kAction)) return {chat::Kind::message, text};
  std::string_view action = text.substr(kAction.size());
  if (action.ends_with(kEnd)) action.remove_suffix(1);
  if (action.empty()) return {chat::Kind::action, action};
  // Another word that begins like this one.
  if (action.front() != ' ') return {chat::Kind::message, text};
  return {chat::Kind::action, action.substr(1)};
}

std::string_view ctcp_text(chat::Kind kind, std::string_view text, std::string& scratch) {
  if (kind != chat::Kind::action) return text;
  scratch = fmt::format("{} {}{}", kAction, text, kEnd);
  return scratch;
}

}  // namespace banterd::worker::irc
