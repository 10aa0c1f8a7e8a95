#include "tests/chaos/growth.h"

#include <vector>

#include "tests/support/process_facts.h"

namespace banterd::chaos {

bool Growth::look(pid_t master, uint32_t workers, std::chrono::duration<double> at) {
  std::vector<pid_t> processes = tests::children(master);
  if (processes.size() != workers) return false;
  processes.push_back(master);
  const Footprint now{at, processes.size(), tests::descriptors(processes),
                      tests::memory_bytes(processes)};
  const auto [span, is_first] = spans_.try_emplace(workers, Span{now, now});
  if (!is_first) span->second.last = now;
  return true;
}

}  // namespace banterd::chaos
