#include "worker/room_queries.h"

#include <algorithm>

namespace banterd::worker {

uint64_t RoomQueries::start(uint64_t connection, chat::SlotSet owners) {
  queries_[++last_] = {connection, owners, {}};
  return last_;
}

void RoomQueries::on_answer(Slot owner, RoomList answer) {
  const auto query = queries_.find(answer.query);
  if (query == queries_.end()) return;
  std::move(answer.rooms.begin(), answer.rooms.end(), std::back_inserter(query->second.rooms));
  if (!answer.last) return;
  query->second.waiting.remove(owner);
  finish_if_complete(query);
}

void RoomQueries::on_slot_down(Slot owner) {
  for (auto query = queries_.begin(); query != queries_.end();) {
    const auto current = query++;
    current->second.waiting.remove(owner);
    finish_if_complete(current);
  }
}

void RoomQueries::finish_if_complete(std::map<uint64_t, Query>::iterator query) {
  if (!query->second.waiting.empty()) return;
  Query complete = std::move(query->second);
  queries_.erase(query);
  std::sort(complete.rooms.begin(), complete.rooms.end(), [](const RoomLine& a, const RoomLine& b) {
    return chat::fold(a.name) < chat::fold(b.name);
  });
  on_complete_(complete.connection, std::move(complete.rooms));
}

}  // namespace banterd::worker
