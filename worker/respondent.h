// Answers questions (bus_messages.h) out of what this slot owns and who its clients are. Questions
// wait here: some are answered in each iteration, one slot's after another's, so that however many
// there are, and however much is to be said, neither the loop nor a pipe is taken up by them.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "worker/bus_messages.h"
#include "worker/clients.h"
#include "worker/owner.h"

namespace banterd::worker {

class Respondent {
 public:
  using HasRoom = std::function<bool(Slot slot)>;
  using Send = std::function<void(Slot slot, Answer answer)>;

  // Both outlive it.
  Respondent(Owner& owner, const Clients& clients, Slot self, Slot slots)
      : owner_(owner), clients_(clients), self_(self), questions_(slots) {}

  // Of any slot, this one too.
  void take(Slot from, Query query) { questions_[from].push_back(std::move(query)); }
  // The worker that asked is no more.
  void forget(Slot from) { questions_[from].clear(); }
  // Answers as many as one iteration has time for, of those slots that there is room for. False
  // when the others only wait for room.
  bool answer_some(const HasRoom& has_room, const Send& send);

  // In parts, each of which fits a frame; possibly none.
  [[nodiscard]] std::vector<Findings> find(const Question& question);
  [[nodiscard]] Numbers numbers() const;

 private:
  std::vector<Findings> answer(const AboutRooms& question) const;
  std::vector<Findings> answer(const AboutRoom& question) const;
  std::vector<Findings> answer(const AboutPeople& question) const;
  std::vector<Findings> answer(const AboutNumbers& question) const;
  std::vector<Findings> answer(const AboutFormer& question) const;
  std::vector<Findings> answer(const AboutHistory& question) const;

  Owner& owner_;
  const Clients& clients_;
  const Slot self_;
  std::vector<std::deque<Query>> questions_;  // by slot, the oldest first
  size_t turn_ = 0;                           // the slot whose turn is next
};

}  // namespace banterd::worker
