#include "worker/former_holders.h"

#include <utility>

namespace banterd::worker {

void FormerHolders::add(const std::string& key, FormerLine line) {
  auto& entries = by_key_[key];
  entries.push_back({++last_number_, std::move(line)});
  order_.emplace(last_number_, key);
  if (entries.size() > kMaxPerNick) drop_oldest_of(key);
  if (order_.size() > kMaxEntries) drop_oldest_of(std::string(order_.begin()->second));
}

void FormerHolders::drop_oldest_of(const std::string& key) {
  const auto found = by_key_.find(key);
  order_.erase(found->second.front().number);
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
