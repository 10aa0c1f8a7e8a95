#include "master/worker_table.h"

#include <algorithm>

namespace banterd::master {

std::string_view to_string(WorkerState state) {
  switch (state) {
    case WorkerState::down:
      return "down";
    case WorkerState::starting:
      return "starting";
    case WorkerState::ready:
      return "ready";
    case WorkerState::draining:
      return "draining";
    case WorkerState::drained:
      return "drained";
  }
  return "unknown";
}

WorkerTable::WorkerTable(uint32_t slots) : workers_(slots) {
  for (uint32_t slot = 0; slot < slots; ++slot) workers_[slot].slot = slot;
}

uint32_t WorkerTable::ready() const {
  return static_cast<uint32_t>(
      std::count_if(workers_.begin(), workers_.end(),
                    [](const Worker& worker) { return worker.takes_connections(); }));
}

uint32_t WorkerTable::processes() const {
  return static_cast<uint32_t>(std::count_if(workers_.begin(), workers_.end(),
                                             [](const Worker& worker) { return worker.pid != 0; }));
}

void WorkerTable::flush() {
  for (Worker& worker : workers_) {
    if (worker.channel) worker.channel->flush();
  }
}

}  // namespace banterd::master
