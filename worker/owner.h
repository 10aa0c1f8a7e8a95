// What this slot owns: it decides commands in the order in which they come, writes its decisions to
// its log, and when they are committed publishes them to every slot that follows the object, its
// own included.
//
//   take() → decide → evolve → append ┈┈► committed → publish ┈┈► taken by all ┈┈► settled
//
// Nothing leaves before it is committed. A snapshot for a slot that begins to follow is made when
// its event is appended and leaves just before it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "ipc/journal.h"
#include "worker/bus.h"
#include "worker/bus_messages.h"
#include "worker/history.h"
#include "worker/owned_object.h"

namespace banterd::worker {

// This slot's own share of what the owner publishes and settles.
class OwnerListener {
 public:
  virtual ~OwnerListener() = default;
  virtual void on_own_snapshot(Snapshot part) = 0;
  virtual void on_own_event(const LogEvent& event) = 0;
  virtual void on_own_history(History history) = 0;
  virtual void on_own_settled(uint64_t position) = 0;
};

class Owner {
 public:
  Owner(Bus& bus, const chat::Place& self, std::unique_ptr<ipc::Journal> journal,
        size_t history_lines, OwnerListener& listener);

  // Restores what an earlier life of this slot had decided. Call once, before anything else.
  void restore();

  // Decides one command; its sender's slot is in it.
  void take(const std::string& object, const chat::Command& command);
  // Commits, publishes what was committed, and settles what may be. Once per iteration, before the
  // bus is flushed.
  void commit();

  // ---- what other slots say ----
  void on_greeted(const Hello& hello);
  void on_taken(Slot slot, uint64_t position);
  void on_slot_down(const chat::Place& place);
  // An owner has no member of a dead place left; `from` may be this slot.
  void on_slot_settled(Slot from, const chat::Place& place);
  void on_ended(const std::vector<uint64_t>& connections);
  // The rooms that are no secret, in the order of their keys.
  [[nodiscard]] std::vector<RoomLine> rooms() const;

  [[nodiscard]] uint64_t settled() const { return settled_; }
  [[nodiscard]] size_t objects() const { return objects_.size(); }

 private:
  struct Entry {
    std::string name;  // as spelt by its maker
    OwnedObject object;
    RoomHistory history;
    std::deque<chat::Command> waiting;  // claims on a nick that is being left
  };
  // Appended and not yet published.
  struct Pending {
    LogEvent event;
    std::string frame;
    std::vector<Snapshot> snapshot;  // for the slots that begin to follow
    std::vector<History> history;    // for the sender's slot
  };
  // How far another slot has come in our log.
  struct Follower {
    uint64_t sent = 0;
    uint64_t taken = 0;
    bool absent = false;  // its worker has died and no new one has come yet: nobody waits for it
  };

  [[nodiscard]] bool seen(const chat::CommandId& id) const;
  void decide(const std::string& key, const std::string& name, const chat::Command& command);
  void append_refusal(const std::string& key, const std::string& name, const chat::Command& command,
                      chat::Refusal why);
  void append_event(const std::string& key, const std::string& name, const chat::Command& command,
                    chat::EventBody body);
  void remember(const std::string& key, Entry& entry, const LogEvent& event);
  void append(const std::string& key, Pending pending, bool removes);
  void retry_waiting(const std::string& key);
  void publish(Pending& pending);
  void settle();
  // Everybody who lived at `place` or in an earlier life of its slot leaves every room of ours.
  void lose_members(const chat::Place& place);
  void lose_people(const chat::Place& place);
  void lose(const chat::Place& place, bool rooms);
  void restore_entry(const BusMessage& message);
  // Sends again what the slot has not taken, with the snapshots that belong before it, out of the
  // journal.
  void resend(Slot slot, uint64_t stands);
  void on_committed(uint64_t position);
  [[nodiscard]] std::string snapshot_frames(std::string_view key) const;

  Bus& bus_;
  const chat::Place self_;
  std::unique_ptr<ipc::Journal> journal_;
  const size_t history_lines_;
  OwnerListener& listener_;

  std::map<std::string, Entry, std::less<>> objects_;  // by folded name
  std::unordered_map<uint64_t, Seen::Entry> seen_;     // by connection: the last id taken
  HistoryBudget history_budget_;
  std::deque<Pending> pending_;
  std::vector<Follower> followers_;  // by slot
  uint64_t committed_ = 0;
  uint64_t settled_ = 0;

  std::vector<uint64_t> living_;      // by slot: every life below this one is over
  std::vector<uint64_t> born_after_;  // by slot: our log's position when we saw its last life end
  // Dead places whose members have left our rooms: settled when the log is settled up to
  // `position`.
  struct Lost {
    chat::Place place;
    uint64_t position = 0;
  };
  std::deque<Lost> losing_;
  // Per slot: the newest dead incarnation that our rooms have settled, and which owners have said
  // the same of theirs.
  std::vector<uint64_t> settled_incarnation_;
  std::map<std::pair<Slot, uint64_t>, chat::SlotSet> settled_by_;
};

}  // namespace banterd::worker
