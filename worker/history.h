// What was said in rooms, in memory, at their owner: bounded per room in lines, and over all rooms
// of a slot in bytes (the oldest lines go first, whosever they are).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "worker/bus_messages.h"

namespace banterd::worker {

class HistoryBudget {
 public:
  static constexpr size_t kMaxBytes = 32 * 1024 * 1024;

  void added(const std::string& key, const PastEvent& line);
  void removed(uint64_t position);
  [[nodiscard]] bool over() const { return bytes_ > kMaxBytes; }
  // The room (its key) with the oldest line of all; only when there is one.
  [[nodiscard]] const std::string& oldest_key() const { return lines_.begin()->second.key; }

 private:
  struct Line {
    std::string key;
    size_t bytes = 0;
  };
  std::map<uint64_t, Line> lines_;  // by position
  size_t bytes_ = 0;
};

class RoomHistory {
 public:
  // Adds a line; the oldest goes when there are more than `max_lines`.
  void add(const std::string& key, PastEvent line, size_t max_lines, HistoryBudget& budget);
  void drop_oldest(HistoryBudget& budget);
  void clear(HistoryBudget& budget);
  // The last `count` lines below `position`, oldest first, in messages of bounded size for that
  // client.
  [[nodiscard]] std::vector<History> last(size_t count, uint64_t below, const std::string& room,
                                          chat::ClientId client) const;

 private:
  std::deque<PastEvent> lines_;
};

}  // namespace banterd::worker
