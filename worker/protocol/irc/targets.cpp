#include "worker/protocol/irc/targets.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/take_part.h"
#include "chat/room_modes.h"
#include "chat/types.h"
#include "worker/protocol/irc/isupport.h"

namespace banterd::worker::irc {

namespace {}  // namespace

TargetList split_targets(std::string_view list, size_t most) {
  TargetList targets;
  // Mostly there is one, which no other can be the same as.
  std::unordered_set<std::string> seen;
  const bool several = list.find(',') != std::string_view::npos;
  while (!list.empty()) {
    const std::string_view name = base::take_part(list, ',');
    if (name.empty() || (several && !seen.insert(chat::fold(name)).second)) continue;
    if (targets.names.size() == most) {
      targets.too_many = name;
      break;
    }
    targets.names.push_back(name);
  }
  return targets;
}

std::vector<RoomAndKey> split_joins(std::string_view rooms, std::string_view keys, size_t most) {
  std::vector<RoomAndKey> joins;
  std::unordered_set<std::string> seen;
  while (!rooms.empty() && joins.size() < most) {
    const std::string_view room = base::take_part(rooms, ',');
    const std::string_view key = base::take_part(keys, ',');
    if (!room.empty() && seen.insert(chat::fold(room)).second) joins.push_back({room, key});
  }
  return joins;
}

std::optional<RoomTarget> room_target(std::string_view target) {
  RoomTarget found;
  size_t prefixes = 0;
  for (; prefixes < target.size(); ++prefixes) {
    const size_t place = kRankPrefixes.find(target[prefixes]);
    if (place == std::string_view::npos) break;
    const uint8_t rank = chat::prefix_of(kRankModes[place]).value();
    found.rank = found.rank == 0 ? rank : std::min(found.rank, rank);
  }
  found.room = target.substr(prefixes);
  if (!chat::names_room(found.room)) return std::nullopt;
  return found;
}

}  // namespace banterd::worker::irc
