#include "worker/queries.h"

#include <algorithm>
#include <utility>

namespace banterd::worker {

namespace {

template <class T>
void move_to(std::vector<T>& all, std::vector<T>& more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

void add(Findings& all, Findings more) {
  if (more.head) {
    all.head = std::move(more.head);
    all.name = std::move(more.name);
  }
  move_to(all.rooms, more.rooms);
  move_to(all.members, more.members);
  move_to(all.entries, more.entries);
  move_to(all.people, more.people);
  move_to(all.former, more.former);
  move_to(all.past, more.past);
  move_to(all.numbers, more.numbers);
}

}  // namespace

uint64_t Queries::start(uint64_t connection, chat::SlotSet asked) {
  open_[++last_] = {connection, asked, {}};
  return last_;
}

void Queries::on_answer(Slot from, Answer answer) {
  const auto query = open_.find(answer.query);
  if (query == open_.end()) return;
  add(query->second.found, std::move(answer.found));
  if (!answer.last) return;
  query->second.waiting.remove(from);
  finish_if_done(query);
}

void Queries::on_slot_down(Slot slot) {
  for (auto query = open_.begin(); query != open_.end();) give_up(query++, slot);
}

void Queries::on_unreachable(uint64_t query, Slot slot) {
  if (const auto open = open_.find(query); open != open_.end()) give_up(open, slot);
}

void Queries::give_up(std::map<uint64_t, Open>::iterator query, Slot slot) {
  if (!query->second.waiting.has(slot)) return;
  query->second.waiting.remove(slot);
  query->second.complete = false;
  finish_if_done(query);
}

void Queries::finish_if_done(std::map<uint64_t, Open>::iterator query) {
  if (!query->second.waiting.empty()) return;
  Open done = std::move(query->second);
  open_.erase(query);
  on_done_(done.connection, std::move(done.found), done.complete);
}

}  // namespace banterd::worker
