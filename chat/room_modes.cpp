#include "chat/room_modes.h"

#include <algorithm>
#include <charconv>

namespace banterd::chat {

namespace {

std::optional<uint32_t> parse_limit(std::string_view text) {
  uint32_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit == 0) return std::nullopt;
  return limit;
}

auto find_entry(const std::vector<ListEntry>& lists, const ModeChange& change) {
  return std::find_if(lists.begin(), lists.end(), [&](const ListEntry& entry) {
    return entry.list == change.letter && fold(entry.mask) == fold(change.argument);
  });
}

// True when the change would alter the room; a refusal when it may not be made.
std::variant<bool, Refusal> check(const Room& room, uint8_t prefixes, const ModeChange& change) {
  if (change.letter.size() != 1) return Refusal::invalid;
  if (change.argument.size() > kMaxModeArgumentBytes) return Refusal::invalid;
  const char letter = change.letter[0];
  if (const auto flag = flag_of(letter)) return ((room.head().flags & *flag) != 0) != change.add;
  if (const auto prefix = prefix_of(letter)) {
    const Member* target = room.member(change.target);
    if (target == nullptr) return Refusal::target_not_there;
    // Nobody gives or takes what stands above himself.
    if (*prefix > room_operator && !at_least(prefixes, *prefix)) return Refusal::need_operator;
    if (*prefix >= half_operator && !at_least(prefixes, room_operator))
      return Refusal::need_operator;
    return ((target->prefixes & *prefix) != 0) != change.add;
  }
  if (is_list(letter)) {
    if (change.argument.empty()) return Refusal::invalid;
    const auto entry = find_entry(room.lists(), change);
    if ((entry != room.lists().end()) == change.add) return false;
    const auto same_list = [&](const ListEntry& e) { return e.list == change.letter; };
    const auto count = std::count_if(room.lists().begin(), room.lists().end(), same_list);
    if (change.add && static_cast<size_t>(count) >= kMaxListEntries) return Refusal::list_full;
    return true;
  }
  if (letter == 'k') {
    if (change.add && change.argument.empty()) return Refusal::invalid;
    return change.add ? room.head().key != change.argument : !room.head().key.empty();
  }
  if (letter == 'l') {
    if (!change.add) return room.head().limit != 0;
    const auto limit = parse_limit(change.argument);
    if (!limit) return Refusal::invalid;
    return *limit != room.head().limit;
  }
  return Refusal::invalid;
}

}  // namespace

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

bool listed(const Room& room, char letter, const Profile& profile) {
  const std::string mask = profile.mask();
  return std::any_of(room.lists().begin(), room.lists().end(), [&](const ListEntry& entry) {
    return entry.list[0] == letter && matches(entry.mask, mask);
  });
}

std::variant<std::vector<ModeChange>, Refusal> check_modes(const Room& room, uint8_t prefixes,
                                                           const SetModes& wanted) {
  if (!at_least(prefixes, half_operator)) return Refusal::need_operator;
  std::vector<ModeChange> effective;
  Room after = room;  // each change is judged as the ones before it leave the room
  for (const ModeChange& change : wanted.changes) {
    const auto verdict = check(after, prefixes, change);
    if (const auto* refusal = std::get_if<Refusal>(&verdict)) return *refusal;
    if (!std::get<bool>(verdict)) continue;
    effective.push_back(change);
    Event event;
    event.body = ModesSet{{change}, {}};
    after.evolve(event);
  }
  if (effective.empty()) return Refusal::nothing_changed;
  return effective;
}

void Room::apply(const ModeChange& change, const Event& event, const std::string& author) {
  const char letter = change.letter.empty() ? '\0' : change.letter[0];
  if (const auto flag = flag_of(letter)) {
    head_.flags = static_cast<uint16_t>(change.add ? head_.flags | *flag : head_.flags & ~*flag);
  } else if (const auto prefix = prefix_of(letter)) {
    const auto found = members_.find(change.target);
    if (found == members_.end()) return;
    uint8_t& held = found->second.prefixes;
    held = static_cast<uint8_t>(change.add ? held | *prefix : held & ~*prefix);
  } else if (is_list(letter)) {
    apply_list(change, event, author);
  } else if (letter == 'k') {
    head_.key = change.add ? change.argument : std::string();
  } else if (letter == 'l') {
    head_.limit = change.add ? parse_limit(change.argument).value_or(0) : 0;
  }
}

void Room::apply_list(const ModeChange& change, const Event& event, const std::string& author) {
  const auto entry = find_entry(lists_, change);
  if (!change.add) {
    if (entry != lists_.end()) lists_.erase(entry);
  } else if (entry == lists_.end()) {
    lists_.push_back({change.letter, change.argument, author, event.at});
  }
}

}  // namespace banterd::chat
