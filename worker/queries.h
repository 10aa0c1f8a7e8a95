// Questions of clients to other slots (bus_messages.h), and the answers put together. A question to
// a slot whose worker has died waits for the next one, as commands do. Those that concern all that
// there is are asked one at a time, and only while there is room for what is answered: their
// answers may be large, and each is here as a whole.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "chat/types.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

class Queries {
 public:
  // To a slot that is not there yet nothing is sent: see on_greeted().
  using Send = std::function<void(Slot slot, const Query& query)>;
  using StaysDown = std::function<bool(Slot slot)>;
  using HasRoom = std::function<bool()>;
  // `complete`: every slot that was asked has answered all of it.
  using Callback = std::function<void(uint64_t connection, Findings found, bool complete)>;
  // Calls `on_done` once for each start().
  Queries(Send send, StaysDown stays_down, HasRoom has_room, Callback on_done)
      : send_(std::move(send)),
        stays_down_(std::move(stays_down)),
        has_room_(std::move(has_room)),
        on_done_(std::move(on_done)) {}

  // `asked` are those who know, at least one.
  void start(uint64_t connection, Question question, chat::SlotSet asked);
  void on_answer(Slot from, Answer answer);
  // Those that wait for their turn are put off: their answers are empty, and not complete.
  void drop_waiting();

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
  struct Waiting {
    uint64_t connection = 0;
    Question question;
    chat::SlotSet asked;
  };
  void begin(Waiting query);
  void begin_waiting();
  void finish_if_done(std::map<uint64_t, Open>::iterator query);

  Send send_;
  StaysDown stays_down_;
  HasRoom has_room_;
  Callback on_done_;
  std::map<uint64_t, Open> open_;
  uint64_t last_ = 0;
  uint64_t about_all_ = 0;       // the open one that concerns all; 0: none does
  std::deque<Waiting> waiting_;  // others like it, in their order
};

}  // namespace banterd::worker
