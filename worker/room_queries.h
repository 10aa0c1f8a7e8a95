// Lists of all rooms, gathered from every owner for the clients who asked.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "chat/types.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

class RoomQueries {
 public:
  using Callback = std::function<void(uint64_t connection, std::vector<RoomLine> rooms)>;
  // Calls back once for each start(), with the rooms in the order of their names.
  explicit RoomQueries(Callback on_complete) : on_complete_(std::move(on_complete)) {}

  // Returns the query's number; `owners` are those who will answer.
  uint64_t start(uint64_t connection, chat::SlotSet owners);
  void on_answer(Slot owner, RoomList answer);
  // That slot will not answer any more.
  void on_slot_down(Slot owner);

 private:
  struct Query {
    uint64_t connection = 0;
    chat::SlotSet waiting;
    std::vector<RoomLine> rooms;
  };
  void finish_if_complete(std::map<uint64_t, Query>::iterator query);

  Callback on_complete_;
  std::map<uint64_t, Query> queries_;
  uint64_t last_ = 0;
};

}  // namespace banterd::worker
