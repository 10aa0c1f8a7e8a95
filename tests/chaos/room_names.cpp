#include "tests/chaos/room_names.h"

#include <algorithm>

#include "chat/types.h"
#include "worker/slot_map.h"

namespace banterd::chaos {

namespace {

// More rooms than workers share owners anyway.
constexpr size_t kChosenRooms = 8;
constexpr size_t kCandidates = 400;

// How often the two rooms would have the same owner.
size_t collisions(const std::string& one, const std::string& other,
                  const std::vector<uint32_t>& worker_counts) {
  return static_cast<size_t>(std::ranges::count_if(worker_counts, [&](uint32_t workers) {
    return worker::owner_of(chat::fold(one), workers) ==
           worker::owner_of(chat::fold(other), workers);
  }));
}

size_t collisions(const std::string& name, const std::vector<std::string>& chosen,
                  const std::vector<uint32_t>& worker_counts) {
  size_t sum = 0;
  for (const std::string& other : chosen) sum += collisions(name, other, worker_counts);
  return sum;
}

std::string candidate(size_t number) { return "#chaos-" + std::to_string(number); }

}  // namespace

std::vector<std::string> room_names(size_t count, const std::vector<uint32_t>& worker_counts) {
  std::vector<std::string> chosen;
  size_t next = 1;
  while (chosen.size() < std::min(count, kChosenRooms)) {
    size_t best = next;
    size_t fewest = SIZE_MAX;
    for (size_t number = next; number < next + kCandidates && fewest > 0; ++number) {
      const size_t found = collisions(candidate(number), chosen, worker_counts);
      if (found < fewest) best = number;
      fewest = std::min(fewest, found);
    }
    chosen.push_back(candidate(best));
    next = best + 1;
  }
  while (chosen.size() < count) chosen.push_back(candidate(next++));
  return chosen;
}

}  // namespace banterd::chaos
