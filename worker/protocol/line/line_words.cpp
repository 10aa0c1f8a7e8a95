#include "worker/protocol/line/line_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "worker/text.h"

namespace banterd::worker::line {

namespace {

constexpr size_t kWhoLineBytes = 400;

std::string_view plural(size_t count, std::string_view one, std::string_view many) {
  return count == 1 ? one : many;
}

}  // namespace

std::string clean(std::string_view text) {
  std::string scratch;
  return std::string(without_controls(text, scratch));
}

std::pair<std::string_view, std::string_view> split_word(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  const size_t end = text.find(' ');
  if (end == std::string_view::npos) return {text, {}};
  const size_t rest = text.find_first_not_of(' ', end);
  return {text.substr(0, end),
          rest == std::string_view::npos ? std::string_view() : text.substr(rest)};
}

bool begins_irc(std::string_view line) {
  const auto [command, arguments] = split_word(line);
  const auto [first, rest] = split_word(arguments);
  if (command == "CAP") return first == "LS" || first == "REQ";
  if (command == "PASS") return !first.empty() && (rest.empty() || first.starts_with(':'));
  return command == "USER" && std::count(rest.begin(), rest.end(), ' ') >= 2;
}

bool is_irc_nick(std::string_view line) {
  const auto [command, arguments] = split_word(line);
  const auto [first, rest] = split_word(arguments);
  return command == "NICK" && !first.empty() && rest.empty();
}

std::string no_irc_text(const conf::Config& config) {
  for (const conf::Listener& listener : config.listeners) {
    if (listener.protocol == conf::ProtocolName::irc && listener.port != 0)
      return fmt::format("IRC is not spoken here, but on port {}", listener.port);
  }
  return "IRC is not spoken here";
}

std::string topic_line(std::string_view room, const chat::RoomHead* head) {
  if (head == nullptr) return fmt::format("! you are not in {}\n", room);
  if (head->topic.empty()) return fmt::format("* {} has no topic\n", room);
  return fmt::format("* The topic of {} is: {} (set by {})\n", room, clean(head->topic),
                     head->topic_author.view());
}

std::string who_lines(std::string_view name, const std::vector<chat::ProfilePtr>& members) {
  std::map<std::string, chat::ProfilePtr> by_key;
  for (const chat::ProfilePtr& member : members) by_key[member->nick.key()] = member;
  std::string text = fmt::format("* {} {} in {}:", by_key.size(),
                                 plural(by_key.size(), "person is", "people are"), name);
  size_t line_begin = 0;
  for (const auto& [key, member] : by_key) {
    if (text.size() - line_begin > kWhoLineBytes) {
      text += "\n*  ";
      line_begin = text.size();
    }
    text.append(" ").append(member->nick.str());
  }
  return text + "\n";
}

std::string rooms_lines(std::vector<RoomLine> rooms) {
  std::erase_if(rooms, [](const RoomLine& room) { return room.secret; });
  std::sort(rooms.begin(), rooms.end(), [](const RoomLine& a, const RoomLine& b) {
    return chat::fold(a.name) < chat::fold(b.name);
  });
  std::string text;
  for (const RoomLine& room : rooms) {
    text += fmt::format("* {} {} {}", room.name, room.members,
                        plural(room.members, "person", "people"));
    if (!room.topic.empty()) text += ": " + clean(room.topic);
    text += '\n';
  }
  return text +
         fmt::format("* {} {} in all\n", rooms.size(), plural(rooms.size(), "room", "rooms"));
}

std::string refusal_line(const std::string& object, const chat::CommandBody& asked,
                         chat::Refusal why) {
  switch (why) {
    case chat::Refusal::nothing_changed:
      return "";
    case chat::Refusal::no_such_room:
    case chat::Refusal::not_a_member:
      return fmt::format("! you are not in {}\n", object);
    case chat::Refusal::no_such_nick:
      return fmt::format("! nobody is called {}\n", object);
    case chat::Refusal::nick_in_use:
      return fmt::format("! somebody else is called {}\n", object);
    case chat::Refusal::target_not_there:
      return fmt::format("! that person is not in {}\n", object);
    case chat::Refusal::cannot_speak:
      return fmt::format("! you may not speak in {}\n", object);
    case chat::Refusal::need_operator:
      return std::holds_alternative<chat::SetTopic>(asked)
                 ? fmt::format("! only an operator of {} may set its topic\n", object)
                 : fmt::format("! only an operator of {} may do that\n", object);
    case chat::Refusal::invite_only:
      return fmt::format("! {} is open to invited people only\n", object);
    case chat::Refusal::wrong_key:
      return fmt::format("! {} needs a key: /join {} KEY\n", object, object);
    case chat::Refusal::full:
      return fmt::format("! {} is full\n", object);
    case chat::Refusal::banned:
      return fmt::format("! you are banned from {}\n", object);
    case chat::Refusal::list_full:
      return fmt::format("! that list of {} is full\n", object);
    case chat::Refusal::no_such_message:
    case chat::Refusal::target_is_member:
    case chat::Refusal::invalid:
      return fmt::format("! that cannot be done to {}\n", object);
    case chat::Refusal::crashed:
      return std::holds_alternative<chat::Say>(asked)
                 ? fmt::format("! your line to {} was dropped: the server failed on it\n", object)
                 : fmt::format("! that was not done to {}: the server failed on it\n", object);
    case chat::Refusal::unavailable:
      return fmt::format("! {} cannot be reached at the moment: try again later\n", object);
  }
  return "";
}

}  // namespace banterd::worker::line
