// Who has had the nicks that this slot owns (IRC's WHOWAS), in memory: bounded for each nick and in
// all, the oldest go first.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "worker/bus_messages.h"

namespace banterd::worker {

class FormerHolders {
 public:
  static constexpr size_t kMaxPerNick = 20;
  static constexpr size_t kMaxEntries = 2000;

  // `key`: the folded nick.
  void add(const std::string& key, FormerLine line);
  // Newest first.
  [[nodiscard]] std::vector<FormerLine> of(const std::string& key) const;
  // Calls `visit(key, lines)` for each nick, lines oldest first.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [key, entries] : by_key_) {
      std::vector<FormerLine> lines;
      for (const Entry& entry : entries) lines.push_back(entry.line);
      visit(key, lines);
    }
  }

 private:
  struct Entry {
    uint64_t number = 0;
    FormerLine line;
  };
  void drop_oldest_of(const std::string& key);

  std::map<std::string, std::deque<Entry>, std::less<>> by_key_;  // oldest first
  std::map<uint64_t, std::string> order_;                         // the key of each entry
  uint64_t last_number_ = 0;
};

}  // namespace banterd::worker
