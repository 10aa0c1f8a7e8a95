// What a worker serves with once it knows who it is: everything but the control channel. Joins the
// parts and passes on what one says to another; decides nothing itself.
#pragma once

#include <memory>
#include <vector>

#include "base/uv/timer.h"
#include "conf/config.h"
#include "ipc/journal.h"
#include "ipc/messages.h"
#include "worker/bus.h"
#include "worker/clients.h"
#include "worker/deadlines.h"
#include "worker/hub.h"
#include "worker/owner.h"
#include "worker/router.h"

namespace banterd::worker {

class Service final : public BusListener, public OwnerListener {
 public:
  // Restores from the journal what an earlier life of the slot had decided.
  Service(base::Loop& loop, const ipc::Start& start, conf::Config config,
          std::unique_ptr<ipc::Journal> journal);

  Bus& bus() { return bus_; }
  Clients& clients() { return clients_; }
  [[nodiscard]] const Owner& owner() const { return owner_; }
  [[nodiscard]] const conf::Config& config() const { return config_; }
  // The server ends: clients are told, and their connections end in order, each flushed within
  // `patience`.
  void farewell(std::string_view text, std::chrono::milliseconds patience);

  // All that was queued in this iteration goes on its way. Call once before and once after the loop
  // waits.
  void end_iteration();

  // ---- BusListener ----
  Hello hello_for(Slot slot) override { return {place_, taken_[slot]}; }
  void on_bus_message(Slot from, BusMessage message) override;
  void on_slot_down(const chat::Place& place) override;

  // ---- OwnerListener: this slot is one of those that follow ----
  void on_own_snapshot(Snapshot part) override { hub_.apply(std::move(part)); }
  void on_own_event(const LogEvent& event) override { on_event(place_.slot, event); }
  void on_own_history(History history) override { hub_.apply(history); }
  void on_own_settled(uint64_t position) override { router_.on_settled(place_.slot, position); }

 private:
  void on_event(Slot owner, const LogEvent& event);

  void on_message(Slot from, const Hello& hello);
  void on_message(Slot, const CommandMessage& message) {
    owner_.take(message.object, message.command);
  }
  void on_message(Slot from, const LogEvent& event);
  void on_message(Slot, Snapshot& part) { hub_.apply(std::move(part)); }
  void on_message(Slot, const History& history) { hub_.apply(history); }
  void on_message(Slot from, const Standing& standing);
  void on_message(Slot, const Ended& ended) { owner_.on_ended(ended.connections); }
  void on_message(Slot from, const SlotSettled& settled) {
    owner_.on_slot_settled(from, settled.place);
  }
  void on_message(Slot from, const ListRooms& query);
  void on_message(Slot from, RoomList& answer) { clients_.on_room_list(from, std::move(answer)); }
  void on_message(Slot, const Seen&) {}  // lives in journals only

  // Tells every slot how far we have come in its log, and everybody in ours, if that has changed.
  void tell_standing();

  const chat::Place place_;
  const conf::Config config_;
  Deadlines deadlines_;
  base::Timer wake_;  // does nothing but let the loop turn once more
  ConnectionContext connections_;
  Bus bus_;
  Hub hub_;
  Owner owner_;
  Clients clients_;
  Router router_;
  std::vector<uint64_t> taken_;  // by owner: up to here his log stands in our clients' send queues
  std::vector<Standing> told_;   // by slot: what it was last told
};

}  // namespace banterd::worker
