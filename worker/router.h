// Takes this slot's commands to the owners of what they are about, and knows which are open.
//
// A command is open from submit() until it is settled: its event stands in every send queue that it
// concerns. Two steps lead there: the owner's log brings an event with the command's id (answered),
// then the owner says that its log is settled up to that event's position; what concerns this slot
// alone is settled with its event. Commands whose owner
// dies stay open; those not answered are sent again, with their ids, when the slot is back: the
// owner takes each id once.
//
// While an owner is known to be down for longer (on_slot_stays_down), what a client asks of it is
// refused here, as `unavailable`, and never sent; steps of lists wait.
//
// Credit bounds the bytes in open commands per pool, a quarter of an owner's objects; steps need
// none. Overflow does not exist: whoever finds no credit is not read until there is some.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/slab.h"
#include "chat/command.h"
#include "worker/bus.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

class Owner;

// Where a command goes, and which of that owner's pools has its credit.
struct Route {
  Slot owner = 0;
  uint32_t pool = 0;
};

// What a command has of a pool, and gives back when it settles.
struct Credit {
  uint32_t pool = 0;
  size_t bytes = 0;
};

// A command that was sent and not settled.
struct OpenCommand final : CommandMessage, base::InSlabs<OpenCommand> {
  Credit credit;
  OpenCommand(CommandMessage message, const Credit& its)
      : CommandMessage(std::move(message)), credit(its) {}
};

class RouterListener {
 public:
  virtual ~RouterListener() = default;
  // The owner has decided. Called in the order of its log, before the event is delivered to anyone
  // here.
  virtual void on_answered(const OpenCommand& command, const chat::Event& event) = 0;
  // The command is settled, and its credit has come back.
  virtual void on_settled(uint64_t connection) = 0;
  // For whoever keeps a record of what is open: a command is sent; its event has come.
  virtual void on_opened(Slot owner, const OpenCommand& command) {
    static_cast<void>(owner), static_cast<void>(command);
  }
  virtual void on_decided(Slot owner, const chat::CommandId& id, uint64_t position) {
    static_cast<void>(owner), static_cast<void>(id), static_cast<void>(position);
  }
};

class Router {
 public:
  // Bytes that one slot may have in open commands of one pool. What comes after a pause comes at
  // once, and what is said in one room then has to fit the send queues of those who hear it.
  static constexpr size_t kCreditBytes = 1024 * 1024;
  // Of each owner: enough in all to keep ten thousand who talk in small rooms busy, and who talks
  // in one room does not wait for the credit of most others.
  static constexpr uint32_t kPools = 4;

  Router(Bus& bus, Owner& own, RouterListener& listener);

  [[nodiscard]] Route route_to(std::string_view object) const;

  // True while a command of a client may be sent there.
  [[nodiscard]] bool has_credit(const Route& route) const {
    return slots_[route.owner].credit_used[route.pool] < kCreditBytes;
  }
  // The owner has no worker, and will have none for a while.
  [[nodiscard]] bool stays_down(Slot owner) const { return slots_[owner].stays_down; }
  // Sends a command. `needs_credit`: it came from a client and not from a list of steps. To an
  // owner that stays down such a one is answered at once, from within; its client has none open
  // there.
  void submit(std::string object, chat::Command command, bool needs_credit) {
    const Route route = route_to(object);
    submit(route, std::move(object), std::move(command), needs_credit);
  }
  // The same, by whoever knows the route.
  void submit(const Route& route, std::string object, chat::Command command, bool needs_credit);

  // Gives this slot's own owner what was submitted for it since the last call, one after the other:
  // each command brings code that the next finds in the processor's cache. True if there was any.
  // If clients are kept, call it only after a checkpoint, or an owner would know of a command whose
  // client does not.
  bool take_own();

  // An event of that owner's log with a cause from here came.
  void on_event(Slot owner, const LogEvent& event);
  // That owner's log stands everywhere up to `position`.
  void on_settled(Slot owner, uint64_t position);
  // Until the slot's next hello nothing new that clients ask is sent to it.
  void on_slot_stays_down(Slot owner);
  // The slot's hello was read: what it has not answered is sent again.
  void on_greeted(Slot owner);

  [[nodiscard]] size_t open_commands() const;

  // ---- what an earlier life of this slot had open (worker/recovery.h) ----
  struct Answered {
    uint64_t position = 0;
    uint64_t connection = 0;
    Credit credit;
  };
  template <class OnOpen, class OnAnswered>
  void each(OnOpen on_open, OnAnswered on_answered) const {
    for (Slot owner = 0; owner < slots_.size(); ++owner) {
      for (const auto& open : slots_[owner].sent) on_open(owner, *open);
      for (const Answered& answered : slots_[owner].answered) on_answered(owner, answered);
    }
  }
  // Each in the order in which it was; sent again when the owner says hello.
  void restore(Slot owner, OpenCommand open);
  void restore(Slot owner, const Answered& answered);

 private:
  struct PerOwner {
    std::deque<std::unique_ptr<OpenCommand>> sent;  // in order; answered ones leave
    std::deque<Answered> answered;                  // in the order of positions
    std::array<size_t, kPools> credit_used{};       // bytes
    bool stays_down = false;
  };
  void send(Slot owner, const OpenCommand& open);
  void settle(PerOwner& slot, const Answered& answered);
  void refuse(const OpenCommand& open);

  Bus& bus_;
  Owner& own_;
  RouterListener& listener_;
  std::vector<PerOwner> slots_;
  size_t held_ = 0;  // the last so many of those that are sent to our own owner
};

}  // namespace banterd::worker
