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
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/compact_text.h"
#include "base/lazy.h"
#include "base/slab.h"
#include "ipc/export.h"
#include "ipc/journal.h"
#include "worker/bus.h"
#include "worker/bus_messages.h"
#include "worker/former_holders.h"
#include "worker/history.h"
#include "worker/owned_object.h"
#include "worker/seen_ids.h"

namespace banterd::worker {

// This slot's own share of what the owner publishes and settles.
class OwnerListener {
 public:
  virtual ~OwnerListener() = default;
  virtual void on_own_snapshot(Snapshot part) = 0;
  virtual void on_own_event(const LogEvent& event) = 0;
  virtual void on_own_history(History history) = 0;
  virtual void on_own_replay(const Replay& replay) = 0;
  virtual void on_own_settled(uint64_t position) = 0;
};

class Owner {
 public:
  Owner(Bus& bus, const chat::Place& self, std::unique_ptr<ipc::Journal> journal,
        size_t history_lines, OwnerListener& listener, uint64_t first_incarnation = 1);

  // Clients outlive their worker: who lived in a slot whose pipe has ended may go on with its next
  // life, which says so (`kept_since`). Until that has spoken, or is lost, it counts as a follower
  // that has not taken what was published since; and the journal keeps what a slot needs to be told
  // how its rooms were where it stands. Before restore().
  void keep_clients() { keeps_ = true; }
  // This iteration's part of this slot's clients is kept: what is settled is settled for good.
  void on_kept() { journal_->settle(all_settled_); }
  // Before restore(): the last life ended while it decided a command.
  [[nodiscard]] bool was_deciding() const { return journal_->interrupted() != ipc::CommandMark{}; }
  // Up to here its log has been published.
  [[nodiscard]] uint64_t published() const { return published_; }
  // After restore(): this slot itself stands there in our own log. Its listener is told how what it
  // followed was there, and what has come since. Settles nothing above until on_taken().
  void recall_own(uint64_t stands);

  // Restores what an earlier life of this slot had decided. Call once, before the first take().
  // Unless the last life was `killed_from_outside`, the command that it was deciding then is
  // refused when it comes again, as `crashed`: in this life, or in a later one should this end
  // first. So is a command that was taken, and whose event the journal has lost by damage.
  // `kept_since`: people of this slot's lives from that one on are still here; 0: nobody.
  void restore(bool killed_from_outside = true, uint64_t kept_since = 0);
  // After restore(): the last life may have ended before it kept its newest change of the bans.
  [[nodiscard]] bool may_lack_bans() const { return may_lack_bans_; }

  // ---- handing over to another generation, and taking over; in owner_handover.cpp ----
  // All objects, with what was said in rooms. Only while quiet and with nobody's command open.
  void export_to(ipc::ExportWriter& writer) const;
  // Instead of restore(): objects whose members live in this generation, then begin_above(): the
  // log goes on above every position of the former owners'.
  void import(Snapshot part);
  void import_history(std::string_view room, std::string frames);
  void import_former(const std::string& key, std::vector<FormerLine> lines);
  void begin_above(uint64_t position);

  // Bans that were in force when the server ended last: before restore().
  void adopt_bans(std::vector<chat::ServerBan> bans);

  // Decides one command; its sender's slot is in it.
  void take(const std::string& object, const chat::Command& command);
  // Commits, publishes what was committed, and settles what may be. Once per iteration, before the
  // bus is flushed. Of very much not all is published at once, so that the loop goes round in time.
  void commit();
  [[nodiscard]] bool has_unpublished() const { return published_ < committed_; }
  // Gives back what frames took that have left. Once a second or so: the next ones need it again.
  void drop_spare_room();

  // ---- what other slots say ----
  void on_greeted(const Hello& hello);
  void on_taken(Slot slot, uint64_t position);
  void on_slot_died(const chat::Place& place);
  // The same, but its clients may go on with its next life: nobody is lost until that has spoken.
  void on_slot_awaited(Slot slot) { followers_[slot].awaited = true; }
  // An owner has no member of a dead place left; `from` may be this slot.
  void on_slot_settled(Slot from, const chat::Place& place);
  void on_ended(const std::vector<uint64_t>& connections);
  void on_living(Slot from, const Living& living);
  // It has no worker, and no pipe that could still be read: nobody waits for it, and who lived
  // there is gone.
  void on_slot_absent(Slot slot);
  // ---- what may be asked about what it owns ----
  // In the order of their keys.
  [[nodiscard]] std::vector<RoomLine> rooms() const;
  [[nodiscard]] uint64_t room_count() const { return room_count_; }
  struct NamedRoom {
    std::string_view name;  // as spelt by its maker
    const chat::Room* room = nullptr;
  };
  // Null: there is no such room.
  [[nodiscard]] NamedRoom room(std::string_view name) const;
  [[nodiscard]] std::vector<PastEvent> history(const AboutHistory& wanted);
  [[nodiscard]] std::vector<FormerLine> former(std::string_view nick) const;
  // Who has a nick that it owns; null: nobody, or it does not own it.
  [[nodiscard]] chat::ProfilePtr holder(std::string_view nick) const;
  // Null unless it owns the server as a whole, and there is something to know of it.
  [[nodiscard]] const chat::Server* server() const;

  // Up to here our log stands everywhere, but for what concerns its sender alone.
  [[nodiscard]] uint64_t settled() const { return shared_settled_; }
  // Somebody there waits for the log to be settled above that position.
  [[nodiscard]] bool is_awaited(Slot slot, uint64_t above) const {
    return followers_[slot].asked > above;
  }
  // Nothing is under way: all of the log is written and settled, nobody's death is half told. An
  // owner without a worker is not waited for: what it has not said of a death it says in its next
  // life.
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] size_t objects() const { return objects_.size(); }

 private:
  struct NameHash {
    using is_transparent = void;
    // Of any text. That it cannot throw spares each entry a copy of its hash.
    size_t operator()(const auto& name) const noexcept {
      return std::hash<std::string_view>{}(std::string_view(name));
    }
  };
  struct OwnedHistory : RoomHistory {
    chat::SlotSet kept_by;  // those that keep its last lines: told once, and following it since
  };
  // What only a room has.
  struct OfRoom {
    std::string name;                       // as spelt by its maker
    std::unique_ptr<OwnedHistory> history;  // null: nothing was said
  };
  // Most are people: it is kept small.
  struct Entry {
    OwnedObject object;
    base::Lazy<OfRoom> of_room;

    // As it is spelt: a nick as its holder does.
    [[nodiscard]] std::string_view name(std::string_view key) const;
    // Of a nick nothing is kept.
    void spell(std::string_view key, std::string_view name) {
      if (chat::names_room(key)) of_room.make().name = name;
    }
    // Null: nothing was said.
    [[nodiscard]] OwnedHistory* its_history() const { return of_room->history.get(); }
    // Of a room: made when it is asked for.
    OwnedHistory& history() {
      OfRoom& its = of_room.make();
      if (!its.history) its.history = std::make_unique<OwnedHistory>();
      return *its.history;
    }
    void clear_history(HistoryBudget& budget) {
      if (its_history() == nullptr) return;
      its_history()->clear(budget);
      of_room.make().history.reset();
    }
  };
  // Appended and not yet published.
  struct Pending final : base::InSlabs<Pending> {
    LogEvent event;
    size_t frame_bytes = 0;          // of the frames, in their order
    std::vector<Snapshot> snapshot;  // for the slots that begin to follow
    std::vector<History> history;    // for the sender's slot
    uint64_t replay_lines = 0;       // of what that slot keeps; 0: nothing
    size_t members = 0;              // who may have to be told of it
  };
  // How far another slot has come in our log.
  struct Follower {
    uint64_t sent = 0;
    uint64_t shared = 0;  // the last of these that does not concern its sender alone
    uint64_t taken = 0;
    uint64_t asked = 0;    // the last shared event that a client of that slot has caused
    bool absent = false;   // its worker has died and no new one has come yet: nobody waits for it
    bool awaited = false;  // its worker has died, and its clients may go on with the next one
  };

  static ipc::CommandMark mark_of(const chat::CommandId& id);
  // When a command's event happens: not before the last one, unless the clock was set back by more
  // than a minute.
  chat::TimeMs time_of(const chat::Command& command);
  // Whether a command that comes again, and was taken before, has lost its event.
  [[nodiscard]] bool is_lost(const chat::CommandId& id) const;
  void decide(const std::string& key, const std::string& name, const chat::Command& command);
  void append_refusal(const std::string& key, const std::string& name, const chat::Command& command,
                      chat::Refusal why);
  // `entry` is the object's, if there is one.
  void append_event(const std::string& key, Entry* entry, const std::string& name,
                    const chat::Command& command, chat::EventBody body);
  [[nodiscard]] chat::Decision verdict_on(const std::string& key, Entry* entry,
                                          const chat::Command& command);
  void remember(const std::string& key, Entry& entry, const LogEvent& event);
  // What a client who joins is told of what was said before.
  void add_past(Pending& pending, Entry& entry, const chat::Command& join);
  void remember_holder(const std::string& key, const Entry& entry, const chat::Event& event);
  // If it owns the server as a whole: what is known of it.
  void tell_server_state(Slot slot);
  void remember_taken(const chat::Event& event);
  void append(const std::string& key, std::unique_ptr<Pending> pending, bool removes);
  void retry_waiting(const std::string& key);
  void publish(Pending& pending);
  void tell_past(Pending& pending);
  void drop_passed_frames();
  void settle();
  // Up to here all that was sent, or all that was shared, is taken.
  [[nodiscard]] uint64_t taken_by_all(uint64_t Follower::*up_to) const;
  // The newest life of a slot that anything of ours knows of; 0: none.
  [[nodiscard]] uint64_t newest_known(Slot slot) const;
  // Everybody who lived at `place` or in an earlier life of its slot leaves every room of ours.
  void lose_members(const chat::Place& place);
  void lose(const chat::Place& place, bool rooms);
  // The newest incarnation of a slot of which all owners' rooms are settled.
  [[nodiscard]] uint64_t settled_by_all(Slot lost) const;
  // From now on the journal holds what is known of all objects.
  void begin_journal();
  void restore_entry(const BusMessage& message);
  void restore_doomed(bool killed_from_outside);
  // Those that stand refused in the journal need no mark any more.
  void spare_refused();
  // Sends again what the slot has not taken, with the snapshots that belong before it, out of the
  // journal.
  void resend(Slot slot, uint64_t stands, bool recalls);
  void tell(Slot slot, BusMessage message);
  void on_committed(uint64_t position);
  void publish_some();
  [[nodiscard]] std::string snapshot_frames(std::string_view key) const;

  Bus& bus_;
  const chat::Place self_;
  std::unique_ptr<ipc::Journal> journal_;
  const size_t history_lines_;
  bool keeps_ = false;
  const uint64_t first_incarnation_;  // of every slot: nobody of this generation lived before it
  OwnerListener& listener_;

  // By folded name.
  using Objects =
      std::unordered_map<base::CompactText, Entry, NameHash, std::equal_to<>,
                         base::SlabAllocator<std::pair<const base::CompactText, Entry>>>;
  // In the order of their keys, for what others see of it.
  [[nodiscard]] std::vector<Objects::const_iterator> sorted() const;

  Objects objects_;
  std::map<std::string, std::list<chat::Command>> waiting_;  // claims on nicks that are being left
  uint64_t room_count_ = 0;
  SeenIds seen_;
  HistoryBudget history_budget_;
  FormerHolders former_;
  std::deque<std::unique_ptr<Pending>> pending_;
  std::string frames_;  // of those that are pending, behind those that are not any more
  size_t frames_passed_ = 0;
  std::vector<Follower> followers_;  // by slot
  chat::TimeMs last_at_ = 0;         // of an event
  uint64_t committed_ = 0;
  uint64_t published_ = 0;
  // Up to here every slot has taken all that it was sent, and the journal need not keep it.
  uint64_t all_settled_ = 0;
  uint64_t shared_settled_ = 0;  // see settled(); not below all_settled_

  // Commands that ended a life of this slot, until they have been refused and that is written.
  std::set<chat::CommandId> doomed_;
  std::deque<std::pair<uint64_t, chat::CommandId>> refused_;  // by the refusal's position
  // Those whose unsettled events the journal gave at the replay; kept only if some are missing.
  std::set<chat::CommandId> found_;
  uint64_t found_entries_ = 0;
  bool some_lost_ = false;
  bool may_lack_bans_ = false;

  std::vector<uint64_t> living_;  // by slot: every life below this one is over
  // By slot: our log's position when we saw its last life end, or, before that, what was settled
  // when our own life began.
  std::vector<uint64_t> born_after_;
  // Dead places whose members have left our rooms: settled when the log is settled up to
  // `position`.
  struct Lost {
    chat::Place place;
    uint64_t position = 0;
  };
  std::deque<Lost> losing_;
  // By lost slot, then by owner: the newest dead incarnation of that slot of which the owner's
  // rooms are settled, and with it every one before; 0: none.
  std::vector<std::vector<uint64_t>> settled_by_;
};

}  // namespace banterd::worker
