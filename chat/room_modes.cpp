#include "chat/room_modes.h"

#include <algorithm>
#include <charconv>

namespace banterd::chat {

std::optional<RoomFlag> flag_of(char letter) {
  switch (letter) {
    case 'i':
      return invite_only;
    case 'm':
      return moderated;
    case 'n':
      return no_external;
    case 's':
      return secret;
    case 't':
      return topic_locked;
    case 'C':
      return no_ctcp;
    case 'c':
      return no_colours;
    default:
      return std::nullopt;
  }
}

std::optional<Prefix> prefix_of(char letter) {
  switch (letter) {
    case 'q':
      return founder;
    case 'a':
      return room_admin;
    case 'o':
      return room_operator;
    case 'h':
      return half_operator;
    case 'v':
      return voice;
    default:
      return std::nullopt;
  }
}

bool is_list(char letter) { return letter == 'b' || letter == 'e' || letter == 'I'; }

std::optional<uint32_t> parse_limit(std::string_view text) {
  uint32_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit == 0) return std::nullopt;
  return limit;
}

namespace {

bool any_fits(const MaskList& list, const MaskSubject& who, bool speaking) {
  return std::any_of(list.entries().begin(), list.entries().end(), [&](const auto& numbered) {
    return who.fits(numbered.second.mask, speaking);
  });
}

}  // namespace

bool listed(const Room& room, char letter, const MaskSubject& who) {
  return any_fits(room.lists().at(letter), who, false);
}

bool muted(const Room& room, const Profile& profile) {
  if (room.lists().at('b').empty()) return false;
  const MaskSubject who(profile);
  return any_fits(room.lists().at('b'), who, true) && !any_fits(room.lists().at('e'), who, true);
}

void Room::apply(const ModeChange& change, const Event& event, const std::string& author) {
  const char letter = change.letter.empty() ? '\0' : change.letter[0];
  if (const auto flag = flag_of(letter)) {
    head_.flags = static_cast<uint16_t>(change.add ? head_.flags | *flag : head_.flags & ~*flag);
  } else if (const auto prefix = prefix_of(letter)) {
    Member* member = members_.find(change.target);
    if (member == nullptr) return;
    uint8_t& held = member->prefixes;
    held = static_cast<uint8_t>(change.add ? held | *prefix : held & ~*prefix);
  } else if (is_list(letter) && change.add) {
    lists_.make().by_letter.at(letter).add({change.letter, change.argument, author, event.at});
  } else if (is_list(letter)) {
    lists_.make().by_letter.at(letter).remove(change.argument);
  } else if (letter == 'k') {
    head_.key = change.add ? change.argument : std::string();
  } else if (letter == 'l') {
    head_.limit = change.add ? parse_limit(change.argument).value_or(0) : 0;
  }
}

}  // namespace banterd::chat
