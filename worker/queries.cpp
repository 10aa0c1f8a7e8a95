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

void Queries::start(uint64_t connection, Question question, chat::SlotSet asked,
                    chat::SlotSet reachable) {
  const uint64_t number = ++last_;
  const Query query{number, question};
  open_[number] = {connection, std::move(question), asked, {}, {}, true};
  // Who answers at once may end it.
  asked.each([&](Slot slot) {
    if (reachable.has(slot)) send_(slot, query);
  });
}

void Queries::on_answer(Slot from, Answer answer) {
  const auto query = open_.find(answer.query);
  if (query == open_.end() || !query->second.waiting.has(from)) return;
  Open& open = query->second;
  add(open.parts[from], std::move(answer.found));
  if (!answer.last) return;
  add(open.found, std::move(open.parts[from]));
  open.parts.erase(from);
  open.waiting.remove(from);
  finish_if_done(query);
}

void Queries::on_slot_died(Slot slot) {
  for (auto& [number, open] : open_) open.parts.erase(slot);
}

void Queries::on_greeted(Slot slot) {
  for (const auto& [number, open] : open_) {
    if (open.waiting.has(slot)) send_(slot, {number, open.question});
  }
}

void Queries::on_slot_stays_down(Slot slot) {
  for (auto query = open_.begin(); query != open_.end();) {
    const auto current = query++;
    if (!current->second.waiting.has(slot)) continue;
    current->second.waiting.remove(slot);
    current->second.complete = false;
    finish_if_done(current);
  }
}

void Queries::finish_if_done(std::map<uint64_t, Open>::iterator query) {
  if (!query->second.waiting.empty()) return;
  Open done = std::move(query->second);
  open_.erase(query);
  on_done_(done.connection, std::move(done.found), done.complete);
}

}  // namespace banterd::worker
