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

void Queries::start(uint64_t connection, Question question, chat::SlotSet asked) {
  Waiting query{connection, std::move(question), asked};
  if (!concerns_all(query.question)) return begin(std::move(query));
  waiting_.push_back(std::move(query));
  begin_waiting();
}

void Queries::begin_waiting() {
  while (about_all_ == 0 && !waiting_.empty()) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (has_room_()) {
      begin(std::move(next));
    } else {
      on_done_(next.connection, {}, false);
    }
  }
}

void Queries::begin(Waiting query) {
  const uint64_t number = ++last_;
  if (concerns_all(query.question)) about_all_ = number;
  const Query sent{number, query.question};
  chat::SlotSet absent;
  query.asked.each([&](Slot slot) {
    if (stays_down_(slot)) absent.add(slot);
  });
  Open& open = open_[number];
  open = {query.connection, std::move(query.question), query.asked, {}, {}, absent.empty()};
  absent.each([&](Slot slot) { open.waiting.remove(slot); });
  const chat::SlotSet asked = open.waiting;
  if (asked.empty()) return finish_if_done(open_.find(number));
  // Who answers at once may end it.
  asked.each([&](Slot slot) { send_(slot, sent); });
}

void Queries::drop_waiting() {
  for (const Waiting& query : std::exchange(waiting_, {})) on_done_(query.connection, {}, false);
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
  if (query->first == about_all_) about_all_ = 0;
  open_.erase(query);
  on_done_(done.connection, std::move(done.found), done.complete);
  begin_waiting();
}

}  // namespace banterd::worker
