// What slots tell each other of themselves without being asked: how far each has come in the
// others' logs (docs/architecture.md, "Positions"), whose connections have ended, how much there is
// in each. Once per iteration, if it has changed; what nobody waits for is held back for 10 ms, so
// that much of it goes in one message.
#pragma once

#include <cstdint>
#include <vector>

#include "base/uv/timer.h"
#include "worker/bus.h"
#include "worker/bus_messages.h"
#include "worker/owner.h"

namespace banterd::worker {

class Standings {
 public:
  // All of them outlive it.
  Standings(base::Loop& loop, Bus& bus, Owner& owner);

  // ---- logs; all by owner, this slot's own too ----
  // Up to here a log stands in our clients' send queues.
  [[nodiscard]] const std::vector<uint64_t>& taken() const { return taken_; }
  // Up to here it stands in everybody's, as its owner says.
  [[nodiscard]] const std::vector<uint64_t>& settled() const { return settled_; }
  // It comes next in that owner's log.
  void on_event(Slot owner, const LogEvent& event);
  void on_settled(Slot owner, uint64_t position) { settled_[owner] = position; }
  // Where we begin.
  void stand(Slot owner, uint64_t position) { taken_[owner] = position; }
  void stand(std::vector<uint64_t> taken, std::vector<uint64_t> settled);

  // ---- how much there is ----
  void on_numbers(Slot from, const Numbers& numbers);
  // What each slot has told last.
  [[nodiscard]] const std::vector<Numbers>& numbers() const { return numbers_; }
  // So many users were on the server at once, as far as slots have told.
  [[nodiscard]] uint64_t most_users() const { return most_users_; }

  // ---- other slots ----
  // It has said hello: it is told how much there is here, and which of our connections it may still
  // hear of.
  void greet(Slot slot, std::vector<uint64_t> connections);
  void on_slot_died(Slot slot);
  // In a hand-over: what we had to say before has been said. True when all others have said so.
  void send_barrier(uint64_t attempt) { bus_.send_to_all(Barrier{attempt}); }
  void on_barrier(Slot from, const Barrier& barrier) { barriers_[from] = barrier.attempt; }
  [[nodiscard]] bool met_barriers(uint64_t attempt) const;

  // Nothing is left of these connections.
  void on_ended(const std::vector<uint64_t>& connections);
  // Tells what has changed. `now`: how much there is here. `hurries`: of positions nothing is held
  // back.
  void tell(const Numbers& now, bool hurries);

 private:
  void tell_news(Numbers now);
  void tell_positions(bool hurries);
  // Somebody there waits for what we would say.
  [[nodiscard]] bool is_awaited(Slot slot) const;
  void tell_later();
  void forget_numbers(Slot slot);

  Bus& bus_;
  Owner& owner_;
  base::Timer held_back_;  // runs while anything is
  bool is_due_ = false;    // it has been long enough
  std::vector<uint64_t> taken_;
  std::vector<uint64_t> settled_;
  std::vector<uint64_t> shared_;  // the last taken that does not concern its sender alone
  std::vector<Standing> told_;    // by slot: what it was last told
  std::vector<uint64_t> ended_;   // connections of which nobody was told yet
  std::vector<Numbers> numbers_;  // by slot; of this one, what the others were told
  uint64_t most_users_ = 0;
  std::vector<uint64_t> barriers_;  // by slot: the last that it has sent
};

}  // namespace banterd::worker
