#include "tests/support/irc_client.h"

#include <algorithm>
#include <utility>

#include "tests/support/text_checks.h"

namespace banterd::tests {

namespace {

constexpr std::string_view kFence = "fence-";
// Modern IRC, "Message Format"; IRCv3 "Message Tags": without the line's end, and without '@' and
// the space.
constexpr size_t kMaxRestBytes = 510;
constexpr size_t kMaxTagBytes = 8189;

std::string_view tags_in(std::string_view line) {
  if (!line.starts_with('@')) return {};
  return line.substr(1, line.find(' ') - 1);
}

bool is_sound(std::string_view line) {
  const bool has_wrong_byte = line.find_first_of(std::string_view("\0\r", 2)) != line.npos;
  return !line.empty() && !has_wrong_byte && is_utf8(line) &&
         tags_in(line).size() <= kMaxTagBytes && without_tags(line).size() <= kMaxRestBytes;
}

// Whether a last parameter that needs no ':' has one means nothing (Modern IRC, "Parameters").
std::string without_needless_colon(std::string line) {
  const size_t rest = line.size() - without_tags(std::string_view(line)).size();
  const size_t space = line.find(" :", rest);
  if (space == line.npos) return line;
  const std::string_view last = std::string_view(line).substr(space + 2);
  const bool needs_it = last.empty() || last.starts_with(':') || last.find(' ') != last.npos;
  return needs_it ? line : line.erase(space + 1, 1);
}

}  // namespace

std::string_view without_tags(std::string_view line) {
  const std::string_view tags = tags_in(line);
  return tags.empty() ? line : line.substr(tags.size() + 2);
}

Lines without_tags(const Lines& lines) {
  Lines bare;
  for (const std::string& line : lines) bare.emplace_back(without_tags(std::string_view(line)));
  return bare;
}

std::optional<std::string> tag_of(std::string_view line, std::string_view key) {
  std::string_view tags = tags_in(line);
  while (!tags.empty()) {
    const std::string_view tag = tags.substr(0, tags.find(';'));
    tags.remove_prefix(std::min(tag.size() + 1, tags.size()));
    const size_t equals = std::min(tag.find('='), tag.size());
    if (tag.substr(0, equals) != key) continue;
    return std::string(tag.substr(std::min(equals + 1, tag.size())));
  }
  return std::nullopt;
}

std::string_view command_of(std::string_view line) {
  line = without_tags(line);
  if (line.starts_with(':')) line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
  return line.substr(0, line.find(' '));
}

Lines with_command(std::string_view command, const Lines& lines) {
  Lines found;
  for (const std::string& line : lines) {
    if (command_of(line) == command) found.push_back(line);
  }
  return found;
}

// ---- the client ----

Lines IrcClient::ask(std::string_view line, Caller caller) {
  say(line);
  return fence(caller);
}

void IrcClient::introduce(std::string_view nick, std::string_view capabilities) {
  nick_ = nick;
  if (!capabilities.empty()) say("CAP REQ :" + std::string(capabilities));
  say("NICK " + nick_);
  say("USER " + nick_ + " 0 * :The real " + nick_);
  if (!capabilities.empty()) say("CAP END");
}

std::string IrcClient::mask_as(std::string_view nick) const {
  return std::string(nick) + "!" + nick_ + "@127.0.0.1";
}

bool IrcClient::take_line(std::string& line) {
  if (!line.ends_with('\r')) return false;
  line.pop_back();
  const bool sound = is_sound(line);
  line = without_needless_colon(std::move(line));
  if (answers_pings_ && command_of(line) == "PING") say("PONG" + line.substr(line.rfind(' ')));
  return sound;
}

std::string IrcClient::fence_question(size_t number) const {
  return "PING " + std::string(kFence) + std::to_string(number) + "\r\n";
}

bool IrcClient::is_fence_answer(const std::string& line, size_t number) const {
  return command_of(line) == "PONG" &&
         line.ends_with(" " + std::string(kFence) + std::to_string(number));
}

}  // namespace banterd::tests
