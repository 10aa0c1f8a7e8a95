#include "master/worker_table.h"

#include <algorithm>

namespace banterd::master {

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

bool WorkerTable::all_ready() const { return std::ranges::all_of(workers_, &Worker::is_ready); }

uint64_t WorkerTable::last_incarnation() const {
  uint64_t last = 0;
  for (const Worker& worker : workers_) last = std::max(last, worker.incarnation);
  return last;
}

void WorkerTable::tell_all(const ipc::ToWorker& message) {
  const std::string text = ipc::encode(message);
  for (Worker& worker : workers_) {
    if (worker.is_live()) worker.channel->send(text);
  }
}

void WorkerTable::flush() {
  for (Worker& worker : workers_) {
    if (worker.channel) worker.channel->flush();
  }
}

}  // namespace banterd::master
