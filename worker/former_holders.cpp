#include "worker/former_holders.h"

#include <utility>

namespace banterd::worker {

void FormerHolders::add(const std::string& key, FormerLine line) {
  auto& entries = by_key_[key];
  entries.push_back({++last_number_, std::move(line)});
  order_.push_back({key, last_number_});
  if (entries.size() > kMaxPerNick) entries.pop_front();
  if (order_.size() <= kMaxEntries) return;
  drop(order_.front());
  order_.pop_front();
}

void FormerHolders::drop(const Added& oldest) {
  const auto found = by_key_.find(oldest.key);
  if (found == by_key_.end() || found->second.front().number != oldest.number) return;
  found->second.pop_front();
  if (found->second.empty()) by_key_.erase(found);
}

std::vector<FormerLine> FormerHolders::of(const std::string& key) const {
  std::vector<FormerLine> lines;
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return lines;
  for (auto entry = found->second.rbegin(); entry != found->second.rend(); ++entry)
    lines.push_back(entry->line);
  return lines;
}

}  // namespace banterd::worker
