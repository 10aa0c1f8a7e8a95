#include "worker/seen_ids.h"

#include <algorithm>
#include <charconv>

namespace banterd::worker {

bool SeenIds::has(const chat::CommandId& id) const {
  const Part& part = part_of(id.connection);
  const auto last = part.find(id.connection);
  return last != part.end() && id <= last->second.id;
}

void SeenIds::take(const chat::CommandId& id, const chat::Place& place) {
  Seen::Entry& last = part_of(id.connection)[id.connection];
  if (last.id < id) last = {id, place};
}

void SeenIds::forget(uint64_t connection) { part_of(connection).erase(connection); }

std::vector<std::string> SeenIds::keys() {
  std::vector<std::string> all;
  for (size_t part = 0; part < kParts; ++part)
    all.push_back(std::string(kKey) + std::to_string(part));
  return all;
}

Seen SeenIds::part(std::string_view key) const {
  Seen seen;
  size_t number = kParts;
  std::from_chars(key.data() + kKey.size(), key.data() + key.size(), number);
  if (number >= kParts) return seen;
  for (const auto& [connection, entry] : parts_[number]) seen.entries.push_back(entry);
  std::sort(seen.entries.begin(), seen.entries.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return seen;
}

}  // namespace banterd::worker
