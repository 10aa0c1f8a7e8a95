// What was said in rooms, in memory, at their owner: bounded per room in lines, and over all rooms
// of a slot in bytes (the oldest lines go first, whosever they are).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "worker/bus_messages.h"

namespace banterd::worker {

class HistoryBudget {
 public:
  static constexpr size_t kMaxBytes = 32 * 1024 * 1024;

  // Counts a line, and gives the number by which it is to be removed. Numbers grow.
  uint64_t added(const std::string& key, const PastEvent& line);
  void removed(uint64_t number);
  [[nodiscard]] bool over() const { return bytes_ > kMaxBytes; }
  // The room (its key) with the oldest line of all; only when there is one.
  [[nodiscard]] const std::string& oldest_key() const { return lines_.begin()->second.key; }

 private:
  struct Line {
    std::string key;
    size_t bytes = 0;
  };
  std::map<uint64_t, Line> lines_;  // by number
  uint64_t last_number_ = 0;
  size_t bytes_ = 0;
};

// A history that came from another process stays packed until somebody needs it: thousands of
// rooms move at once. Call unpack() before anything else.
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

  // The lines that a question asks for, oldest first, `AboutHistory::most` at most. A message that
  // is not there stands nowhere: nothing is above or below it.
  [[nodiscard]] std::vector<PastEvent> find(const AboutHistory& wanted) const;
  // Who said the message with that id; nothing if it is not there.
  [[nodiscard]] std::optional<chat::ClientId> author_of(const std::string& room,
                                                        std::string_view message) const;
  void erase(const std::string& room, std::string_view message, HistoryBudget& budget);

  // All lines as frames of `history` messages without a client, and back. What is packed is not
  // counted by the budget: it was by another process's.
  [[nodiscard]] std::string pack(const std::string& room) const;
  void restore_packed(std::string frames) { packed_ = std::move(frames); }
  void unpack(const std::string& key, size_t max_lines, HistoryBudget& budget) {
    if (!packed_.empty()) unpack_all(key, max_lines, budget);
  }

 private:
  struct Line {
    uint64_t number = 0;  // the budget's
    PastEvent past;
  };
  static std::vector<History> messages(std::deque<Line>::const_iterator begin,
                                       std::deque<Line>::const_iterator end,
                                       const std::string& room, chat::ClientId client);
  using Lines = std::deque<Line>;
  [[nodiscard]] Lines::const_iterator find(const std::string& room, std::string_view message) const;
  // The first line at or behind a point, or with `behind` only behind it.
  [[nodiscard]] Lines::const_iterator first_from(const std::string& room,
                                                 const AboutHistory::Point& point,
                                                 bool behind) const;
  void unpack_all(const std::string& key, size_t max_lines, HistoryBudget& budget);

  Lines lines_;
  std::string packed_;
};

}  // namespace banterd::worker
