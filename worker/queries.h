// Questions of clients to other slots (bus_messages.h), and the answers put together. A question to
// a slot whose worker has died waits for the next one, as commands do.
#pragma once

#include <functional>
#include <map>

#include "chat/types.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

class Queries {
 public:
  using Send = std::function<void(Slot slot, const Query& query)>;
  // `complete`: every slot that was asked has answered all of it.
  using Callback = std::function<void(uint64_t connection, Findings found, bool complete)>;
  // Calls `on_done` once for each start().
  Queries(Send send, Callback on_done) : send_(std::move(send)), on_done_(std::move(on_done)) {}

  // `asked` are those who will answer, at least one; those `reachable` are asked now.
  void start(uint64_t connection, Question question, chat::SlotSet asked, chat::SlotSet reachable);
  void on_answer(Slot from, Answer answer);

  // Its worker has died: what it has answered in part it answers again.
  void on_slot_died(Slot slot);
  // Its next worker is there.
  void on_greeted(Slot slot);
  // It will have no worker for a while: nobody waits for it.
  void on_slot_stays_down(Slot slot);

 private:
  struct Open {
    uint64_t connection = 0;
    Question question;
    chat::SlotSet waiting;
    std::map<Slot, Findings> parts;  // of those who have not answered all
    Findings found;
    bool complete = true;
  };
  void finish_if_done(std::map<uint64_t, Open>::iterator query);

  Send send_;
  Callback on_done_;
  std::map<uint64_t, Open> open_;
  uint64_t last_ = 0;
};

}  // namespace banterd::worker
