// What this slot follows, and who of its clients is told: replicas of rooms, one record per person,
// watched nicks.
//
// What one person does to all his rooms (nick, quit) is told once to each who shares any room with
// him: the first event with a newer version is told, later ones only change state.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/compact_text.h"
#include "base/few.h"
#include "base/packed_table.h"
#include "chat/room.h"
#include "chat/server.h"
#include "worker/audience.h"
#include "worker/bus_messages.h"
#include "worker/deliverer.h"
#include "worker/history.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker {

class Hub {
 public:
  // `replay_lines`: how many lines a client who joins may be told.
  Hub(const chat::Place& self, size_t replay_lines)
      : self_(self), replay_lines_(replay_lines), kept_since_(self.incarnation) {}

  // Before anything else; they outlive the last event.
  void set_clients(const LocalClients& clients) { clients_ = &clients; }
  // He is one of these.
  void add(Audience& client) { client.heard_of = true; }
  // He is gone: he leaves the local members; his person leaves the rooms by events.
  void remove(Audience& client);

  // A client who was a member before he came here: tells nobody. False when the room is not
  // followed.
  bool enter(Audience& client, std::string_view room);

  // ---- going on with the clients of an earlier life (worker/recovery.h) ----
  // Those who came in lives from `incarnation` on live here still.
  void keep_since(uint64_t incarnation) { kept_since_ = incarnation; }
  // Who was told of as gone, and which lives; before any snapshot comes, and any client.
  void restore_gone(std::unordered_set<chat::ClientId> gone) { gone_before_ = std::move(gone); }
  void restore_died(const std::vector<uint64_t>& by_slot);
  [[nodiscard]] std::vector<uint64_t> died(Slot slots) const;
  template <class Visit>
  void each_gone(Visit visit) const {
    for (const chat::ClientId client : gone_) visit(client);
  }
  // Called with each who is seen to quit.
  void on_gone(std::function<void(chat::ClientId)> callback) { on_gone_ = std::move(callback); }
  // Clients are in all their rooms but those that come late, since their owners are down: it is
  // remembered by which records people are known to them; until there are no such rooms.
  void await_rooms();
  void have_all_rooms();
  // Snapshots that come between these two are of such rooms.
  void be_late(bool late) { late_ = late; }
  // Those rooms have come, and their members are in them: they are told whose records have changed
  // meanwhile, unless they know it of another room.
  void tell_missed(const std::function<bool(const std::string& room)>& has_come);

  // He has been seen to quit; rooms that have not heard of it yet have him still.
  [[nodiscard]] bool has_gone(chat::ClientId client) const;
  [[nodiscard]] bool is_member(const Audience& client, const Replica& replica) const;

  // The room's owner does not have him as a member, where we do: its journal has lost that. Ends it
  // here too, so that he can join again. Nothing happens when he is in no such room.
  void disown(Audience& client, std::string_view room);

  // ---- the logs of owners, in their order ----
  void apply(Snapshot part);
  void apply(const LogEvent& event);
  void apply(const History& history);
  void apply(const Replay& replay);

  // ---- as worker/deliverer.h says ----
  void end_iteration() { deliverer_.end_iteration(); }
  void catch_up(Audience& client) { deliverer_.catch_up(client); }
  void reshape(Audience& client, std::string_view room) { deliverer_.reshape(client, room); }

  [[nodiscard]] const Replica* find(std::string_view room) const;
  // Nicks claimed by local clients: what is said to a person finds him by it.
  void set_nick(const std::string& key, Audience& client) { by_nick_.at(key).client = &client; }
  void clear_nick(const std::string& key, const Audience& client);
  [[nodiscard]] Audience* with_nick(std::string_view nick) const;

  // A client who watched a nick before he came here.
  void watch(const std::string& key, Audience& client) {
    watched_[key].watchers.push_back(client.client_id());
  }
  // The record of somebody who is in a followed room; null: nobody is known by that id.
  [[nodiscard]] chat::ProfilePtr record_of(chat::ClientId client) const;
  // Who has a nick that somebody here watches; null: nobody. Nothing: its owner, which was down,
  // has yet to tell.
  [[nodiscard]] std::optional<chat::ProfilePtr> holder_of(std::string_view nick) const;
  // The bans of the whole server.
  [[nodiscard]] const chat::Server& server() const { return server_; }
  // Its owner has told of it.
  [[nodiscard]] bool knows_server() const { return knows_server_; }

 private:
  // What is known of a person who is in a followed room.
  struct Known {
    chat::ProfilePtr profile;
    base::Few<Replica> replicas;
  };
  struct ByClient {
    using Key = chat::ClientId;
    static Key of(const Known& known) { return known.profile->client; }
    static bool is_free(const Known& known) { return known.profile == nullptr; }
    static uint64_t hash(Key client) { return base::ById::hash(static_cast<uint64_t>(client)); }
  };
  // A nick that local clients watch.
  struct Watched {
    chat::ProfilePtr holder;
    bool known = false;  // its owner has told
    std::vector<chat::ClientId> watchers;
  };
  struct RoomVisit;
  struct PersonVisit;
  void apply_to_room(const LogEvent& event);
  void apply_to_person(const LogEvent& event);
  void apply_to_server(const LogEvent& event);
  void tell_person(const LogEvent& event);
  void echo_to_sender(const LogEvent& event);
  void on_watching(const LogEvent& event, const chat::Watching& watching);
  void on_unwatched(const LogEvent& event);
  void set_holder(std::string_view nick, const chat::ProfilePtr& holder);
  void renew_holder(const LogEvent& event);
  [[nodiscard]] bool shares_room(Audience& client, chat::ClientId other) const;
  void came(Replica& replica, const chat::Member& member);
  void learn(Known& known, const chat::ProfilePtr& newer);
  void went(Replica& replica, chat::ClientId client);
  void remember_names(Replica& replica, const std::vector<chat::Member>& members);
  void drop(Replica& replica);
  // Those who are members here and not for the owner any more.
  void disown_all(Replica& replica);

  // ---- what was said before, of a room whose past is kept; in hub_past.cpp ----
  void remember(Replica& replica, const LogEvent& event);
  void erase(Replica& replica, std::string_view message);
  void tell_past(const Replica& replica, chat::ClientId who, size_t lines);
  void forget_past(Replica& replica);

  // All but who did it, if he tells himself.
  void tell_room(Replica& replica, const Delivery& delivery);
  void tell_said(Replica& replica, const Delivery& delivery, const chat::Said& said);
  // Those of that rank or a higher one, and the sender if he gets his own lines.
  void tell_ranks(Replica& replica, const Delivery& delivery, uint8_t rank, const Audience* sender,
                  bool skips_sender);
  // All local clients that share a room with him, once each, but not himself. `told`: not those of
  // these rooms.
  void tell_companions(const Known& known, const Delivery& delivery,
                       const std::function<bool(const Replica&)>& told = {});
  void tell_renewed(const Known& known, const chat::ProfilePtr& older,
                    const std::function<bool(const Replica&)>& told = {});

  // The room's state changes, and all are told.
  void on_changed(Replica& replica, const Delivery& delivery);
  void on_modes_set(Replica& replica, const LogEvent& event, const chat::ModesSet& modes);
  void on_joined(Replica& replica, const LogEvent& event);
  void on_left(Replica& replica, const LogEvent& event, chat::ClientId who);
  void on_quit(Replica& replica, const LogEvent& event, chat::ClientId who);
  void on_renewed(const LogEvent& event);
  void on_slot_lost(Replica& replica, const LogEvent& event, const chat::Place& place);

  [[nodiscard]] bool lives_here(const chat::Place& place) const {
    return place.slot == self_.slot && place.incarnation >= kept_since_;
  }
  // True when nobody has been told yet that he is gone.
  bool goes(chat::ClientId client);
  // People have been told of that death, if it is one of these.
  [[nodiscard]] static bool has_died(const std::unordered_map<Slot, uint64_t>& died,
                                     const chat::Place& place);
  // Of somebody in a snapshot: those who are told of it have been told before that he is gone.
  [[nodiscard]] bool was_gone(const chat::Member& member) const;

  [[nodiscard]] Audience* local(chat::ClientId client) const;

  const chat::Place self_;
  const size_t replay_lines_;
  uint64_t kept_since_;
  bool late_ = false;
  std::vector<Replica*> late_replicas_;  // their members are not here yet
  std::unordered_map<chat::ClientId, chat::ProfilePtr> known_before_;  // see await_rooms()
  std::function<void(chat::ClientId)> on_gone_;
  std::unordered_set<chat::ClientId> gone_before_;
  std::unordered_map<Slot, uint64_t> died_before_;  // as died_, when the last life ended
  std::unordered_map<std::string, std::unique_ptr<Replica>> replicas_;  // by folded name
  base::PackedTable<Known, ByClient> known_;
  std::unordered_set<chat::ClientId> gone_;  // of these, those whose quit has been told
  const LocalClients* clients_ = nullptr;
  struct Named {
    base::CompactText key;  // the folded nick
    Audience* client = nullptr;
  };
  base::TextTable<Named> by_nick_;
  std::unordered_map<std::string, Watched> watched_;  // by folded nick
  chat::Server server_;
  bool knows_server_ = false;
  std::unordered_map<Slot, uint64_t> died_;  // the last incarnation that people were told of
  HistoryBudget past_budget_;
  Deliverer deliverer_;
  chat::TimeMs last_at_ = 0;  // of the last event
};

}  // namespace banterd::worker
