// Answers questions (bus_messages.h) out of what this slot owns and who its clients are.
#pragma once

#include <vector>

#include "worker/bus_messages.h"
#include "worker/clients.h"
#include "worker/owner.h"

namespace banterd::worker {

class Respondent {
 public:
  // Both outlive it.
  Respondent(Owner& owner, const Clients& clients, Slot self)
      : owner_(owner), clients_(clients), self_(self) {}

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
};

}  // namespace banterd::worker
