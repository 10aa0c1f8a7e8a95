// What was said in rooms, in memory: at their owner, and the last of it in slots that had it told
// to somebody. Bounded per room in lines, and over all rooms of an owner, or a hub, in bytes (the
// oldest lines go first, whosever they are).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/lazy.h"
#include "base/shared_text.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

class RoomHistory;

// What is of the moment, or was not for all, is not shown to who comes later.
inline bool is_kept(const chat::Said& said) { return said.kind != chat::Kind::tags && !said.rank; }

// The same lines in parts, of which each fits a frame.
std::vector<std::vector<PastEvent>> in_parts(std::vector<PastEvent> lines);

class HistoryBudget {
 public:
  static constexpr size_t kMaxBytes = 32 * 1024 * 1024;

  // Counts a line, and gives its number; numbers grow.
  uint64_t add(size_t bytes) {
    bytes_ += bytes;
    return ++last_number_;
  }
  void remove(size_t bytes) { bytes_ -= bytes; }
  [[nodiscard]] bool over() const { return bytes_ > kMaxBytes; }
  // Of all rooms that are enlisted; only when there is one.
  void drop_oldest();
  void drop_what_is_over() {
    while (over()) drop_oldest();
  }

  // A room is enlisted while it has lines, by the number of its oldest or of one before that.
  void enlist(uint64_t number, RoomHistory& room) { rooms_.emplace(number, &room); }
  void strike(uint64_t number) { rooms_.erase(number); }

 private:
  std::map<uint64_t, RoomHistory*> rooms_;
  uint64_t last_number_ = 0;
  size_t bytes_ = 0;
};

// A history that came from another process stays packed until somebody needs it: thousands of
// rooms move at once. Call unpack() before anything else.
class RoomHistory {
 public:
  RoomHistory() = default;
  RoomHistory(const RoomHistory&) = delete;  // the budget knows where it is
  RoomHistory& operator=(const RoomHistory&) = delete;

  // Adds an event in which something was said, and no other. `author`: the record of who said it,
  // null if the event has it; he may be gone when it is read. The oldest line goes when there are
  // more than `max_lines`.
  void add(uint64_t position, const chat::Event& event, const chat::ProfilePtr& author,
           size_t max_lines, HistoryBudget& budget);
  // Only when there is a line.
  void drop_oldest(HistoryBudget& budget);
  [[nodiscard]] uint64_t oldest_number() const { return lines_.front().number; }
  // The number by which it is enlisted now.
  void set_enlisted(uint64_t number) { enlisted_ = number; }
  void clear(HistoryBudget& budget);
  // The last `count` lines below `position`, oldest first, in messages of bounded size for that
  // client.
  [[nodiscard]] std::vector<History> last(size_t count, uint64_t below, const std::string& room,
                                          chat::ClientId client) const;

  // The last `count` lines, oldest first.
  [[nodiscard]] std::vector<PastEvent> last(size_t count) const;

  // The lines that a question asks for, oldest first, `AboutHistory::most` at most. An id of what
  // is not kept stands where it happened; one that another message has the position of, nowhere:
  // nothing is above or below it.
  [[nodiscard]] std::vector<PastEvent> find(const AboutHistory& wanted) const;
  // Who said the message with that id; nothing if it is not there.
  [[nodiscard]] std::optional<chat::ClientId> author_of(const std::string& room,
                                                        std::string_view message) const;
  void erase(const std::string& room, std::string_view message, HistoryBudget& budget);

  // All lines as frames of `history` messages without a client, and back. What is packed is not
  // counted by the budget: it was by another process's.
  [[nodiscard]] std::string pack(const std::string& room) const;
  void restore_packed(std::string frames) { packed_ = std::move(frames); }
  void unpack(size_t max_lines, HistoryBudget& budget) {
    if (!packed_.empty()) unpack_all(max_lines, budget);
  }

 private:
  // Every message adds one and drops one that nobody has looked at for long: it has what is shown
  // later, and no more.
  struct Line {
    uint64_t number = 0;  // the budget's
    uint64_t position = 0;
    chat::TimeMs at = 0;
    chat::ClientId client{};
    chat::ProfilePtr author;  // may be null
    base::SharedText text;
    base::Lazy<chat::Said> whole;  // of what is more than a kind and a text
    chat::Kind kind{};

    Line(uint64_t position, const chat::Event& event, const chat::ProfilePtr& author);
    [[nodiscard]] PastEvent complete() const;
    // What the budget counts.
    [[nodiscard]] size_t bytes() const;
  };
  static std::vector<History> messages(std::deque<Line>::const_iterator begin,
                                       std::deque<Line>::const_iterator end,
                                       const std::string& room, chat::ClientId client);
  using Lines = std::deque<Line>;
  // The first line at or above that position.
  [[nodiscard]] Lines::const_iterator from(uint64_t position) const;
  [[nodiscard]] Lines::const_iterator find(const std::string& room, std::string_view message) const;
  // The first line at or behind a point, or with `behind` only behind it. Nothing: the point is
  // nowhere.
  [[nodiscard]] std::optional<Lines::const_iterator> first_from(const std::string& room,
                                                                const AboutHistory::Point& point,
                                                                bool behind) const;
  void unpack_all(size_t max_lines, HistoryBudget& budget);
  void removed(size_t bytes, HistoryBudget& budget);

  Lines lines_;
  uint64_t enlisted_ = 0;  // with the budget, by this number; 0: it is not
  std::string packed_;
};

}  // namespace banterd::worker
