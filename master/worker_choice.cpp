#include "master/worker_choice.h"

#include <algorithm>
#include <tuple>

namespace banterd::master {

std::optional<ipc::Slot> choose_worker(std::span<const Candidate> candidates) {
  const auto best = std::min_element(candidates.begin(), candidates.end(),
                                     [](const Candidate& a, const Candidate& b) {
                                       return std::tie(a.stalled, a.connections, a.slot) <
                                              std::tie(b.stalled, b.connections, b.slot);
                                     });
  if (best == candidates.end() || best->full) return std::nullopt;
  return best->slot;
}

}  // namespace banterd::master
