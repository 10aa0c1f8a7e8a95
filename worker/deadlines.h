// All deadlines of a worker on one timer wheel: flood delays, silent clients, lingering sockets,
// time limits. Nothing is periodic: a wheel without deadlines sleeps, and adding or cancelling one
// costs the same however many there are.
//
// After a time in which the process stood still (SIGSTOP, a machine that was held up) whatever
// came in meanwhile is read first: nobody is late by it who was in time.
//
// Level 0 of the wheel has a slot for each of 64 milliseconds, level 1 for each of 64 such spans,
// and so on. A deadline stands in the lowest level whose span it shares with the wheel's time; when
// that reaches the beginning of its slot, it moves to a lower level, and from level 0 it is due.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/uv/loop.h"
#include "base/uv/timer.h"

namespace banterd::worker {

class Deadlines {
 public:
  // Runs `action(whose)`. The action captures nothing, so that a deadline stays small: there is one
  // of each client.
  class Callback {
   public:
    Callback() = default;
    template <class Whose, class Action>
    Callback(Whose& whose, Action)
        : whose_(&whose), run_([](void* its) { Action()(*static_cast<Whose*>(its)); }) {}
    void operator()() const { run_(whose_); }

   private:
    void* whose_ = nullptr;
    void (*run_)(void* whose) = nullptr;
  };
  // Names one deadline; kNone names none.
  using Id = uint64_t;
  static constexpr Id kNone = 0;

  explicit Deadlines(base::Loop& loop);

  // Later than this, the process has stood still.
  static constexpr std::chrono::milliseconds kStoodStill{100};

  // Calls back once, `delay` from now, never from within add(). Deadlines of the same millisecond
  // come in the order they were added. The callback may add and cancel; what it adds comes in a
  // later iteration.
  Id add(std::chrono::milliseconds delay, Callback on_due);
  // Forgets it if it has not come; sets `id` to kNone. Cancelling kNone or one that has passed does
  // nothing.
  void cancel(Id& id);
  // How long until it comes, zero if it is due; nothing if there is no such deadline.
  [[nodiscard]] std::optional<std::chrono::milliseconds> time_left(Id id) const;

  // Nothing comes between these two; what was due meanwhile comes soon after resume(). Both may be
  // called again.
  void pause();
  void resume();
  [[nodiscard]] size_t size() const { return size_; }

 private:
  static constexpr uint64_t kNever = UINT64_MAX;
  static constexpr int kBitsPerLevel = 6;
  static constexpr size_t kSlots = size_t{1} << kBitsPerLevel;
  static constexpr size_t kLevels = 8;                // 8,900 years
  static constexpr uint16_t kDue = kLevels * kSlots;  // the list of those that are
  static constexpr uint16_t kFree = kDue + 1;
  static constexpr uint32_t kEnd = UINT32_MAX;

  struct Entry {
    uint64_t due = 0;  // milliseconds of the loop's clock
    Callback on_due;
    uint32_t life = 0;  // grows each time that the entry is used again: part of the id
    uint32_t next = kEnd;
    uint32_t before = kEnd;
    uint16_t list = kFree;
  };
  struct List {
    uint32_t first = kEnd;
    uint32_t last = kEnd;
  };

  [[nodiscard]] const Entry* find(Id id) const;
  uint32_t take_entry();
  void release(uint32_t index);
  // Into the slot where it belongs now.
  void place(uint32_t index);
  void link(uint16_t list, uint32_t index);
  void unlink(uint32_t index);
  // When the first slot that is not empty begins; kNever: all are.
  [[nodiscard]] uint64_t next_slot(size_t& level, size_t& slot) const;
  // When something has to be done next.
  [[nodiscard]] uint64_t earliest_event() const;
  void advance(uint64_t now);
  void arm();
  void on_timer();
  void run_due(uint64_t now);

  base::Loop& loop_;
  base::Timer timer_;
  std::vector<Entry> entries_;
  std::array<List, kFree + 1> lists_;
  std::array<uint64_t, kLevels> filled_{};  // a bit for each slot
  uint64_t time_ = 0;                       // the wheel's: what is due before it has left the wheel
  size_t size_ = 0;
  uint64_t armed_for_ = kNever;  // when timer_ is to fire
  bool input_first_ = false;     // the timer was late, and waits for one turn of the loop
  bool running_ = false;         // inside run_due()
  bool paused_ = false;
};

}  // namespace banterd::worker
