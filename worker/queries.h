// Questions of clients to other slots (bus_messages.h), and the answers put together.
#pragma once

#include <functional>
#include <map>

#include "chat/types.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

class Queries {
 public:
  // `complete`: every slot that was asked has answered all of it.
  using Callback = std::function<void(uint64_t connection, Findings found, bool complete)>;
  // Calls back once for each start().
  explicit Queries(Callback on_done) : on_done_(std::move(on_done)) {}

  // Returns the query's number; `asked` are those who will answer, and at least one.
  uint64_t start(uint64_t connection, chat::SlotSet asked);
  void on_answer(Slot from, Answer answer);
  // That slot will not answer any more; or not that query.
  void on_slot_down(Slot slot);
  void on_unreachable(uint64_t query, Slot slot);

 private:
  struct Open {
    uint64_t connection = 0;
    chat::SlotSet waiting;
    Findings found;
    bool complete = true;
  };
  void give_up(std::map<uint64_t, Open>::iterator query, Slot slot);
  void finish_if_done(std::map<uint64_t, Open>::iterator query);

  Callback on_done_;
  std::map<uint64_t, Open> open_;
  uint64_t last_ = 0;
};

}  // namespace banterd::worker
