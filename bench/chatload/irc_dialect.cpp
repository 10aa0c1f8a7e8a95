#include "bench/chatload/irc_dialect.h"

namespace banterd::bench {

namespace {

constexpr std::string_view kWelcome = "001";
constexpr std::string_view kEndOfNames = "366";
constexpr std::string_view kNoMotd = "422";

std::string_view command_of(std::string_view line) {
  if (!line.starts_with(':')) return {};
  const size_t space = line.find(' ');
  return space == std::string_view::npos ? std::string_view{} : line.substr(space + 1, 3);
}

}  // namespace

Dialect::Answer IrcDialect::hello(const Person& person) const {
  return {{"NICK u" + std::to_string(person.number), "USER u 0 * :u"}, false, false};
}

Dialect::Answer IrcDialect::take(const Person& person, std::string_view line) const {
  if (line.starts_with("PING ")) return {{"PONG " + std::string(line.substr(5))}, false, false};
  if (line.starts_with("ERROR")) return {{}, false, true};
  const std::string_view command = command_of(line);
  if (command == kWelcome && joins_) return {{"JOIN #" + room_name(person)}, false, false};
  if (command == kWelcome || command == kEndOfNames) return {{}, true, false};
  const bool is_refusal = command.starts_with('4') && command != kNoMotd;
  return {{}, false, is_refusal};
}

std::string IrcDialect::message(const Person& person, std::string text) const {
  return "PRIVMSG #" + room_name(person) + " :" + std::move(text);
}

}  // namespace banterd::bench
