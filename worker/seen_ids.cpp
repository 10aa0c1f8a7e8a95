#include "worker/seen_ids.h"

#include <algorithm>
#include <charconv>

namespace banterd::worker {

bool SeenIds::has(const chat::CommandId& id) const {
  const Last* last = part_of(id.connection).find(id.connection);
  return last != nullptr && id <= chat::CommandId{id.connection, last->line, last->step};
}

void SeenIds::take(const chat::CommandId& id, const chat::Place& place) {
  Last& last = part_of(id.connection).at(id.connection);
  if (chat::CommandId{id.connection, last.line, last.step} < id)
    last = {id.connection, id.line, id.step, number_of(place)};
}

uint32_t SeenIds::number_of(const chat::Place& place) {
  const auto known = std::find(places_.rbegin(), places_.rend(), place);
  if (known != places_.rend()) return static_cast<uint32_t>(places_.rend() - known) - 1;
  places_.push_back(place);
  return static_cast<uint32_t>(places_.size()) - 1;
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
  parts_[number].each([&](const Last& last) {
    seen.entries.push_back({{last.id, last.line, last.step}, places_[last.place]});
  });
  std::sort(seen.entries.begin(), seen.entries.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return seen;
}

}  // namespace banterd::worker
