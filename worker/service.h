// What a worker serves with once it knows who it is: everything but the control channel. Joins the
// parts and passes on what one says to another; decides nothing itself.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/cloak.h"
#include "base/uv/timer.h"
#include "conf/config.h"
#include "ipc/client_memory.h"
#include "ipc/journal.h"
#include "ipc/messages.h"
#include "worker/bus.h"
#include "worker/clients.h"
#include "worker/deadlines.h"
#include "worker/hub.h"
#include "worker/keeper.h"
#include "worker/owner.h"
#include "worker/respondent.h"
#include "worker/router.h"
#include "worker/standings.h"

namespace banterd::worker {

class Orphans;
class Recovery;

class Service final : public BusListener, public OwnerListener {
 public:
  // What an operator asks of the master.
  using AskMaster = std::function<void(const ipc::OperatorRequest& request)>;

  // Restores from the journal what an earlier life of the slot had decided. `memory`: of the
  // clients, if they are kept; who is in it goes on (worker/recovery.h), if the start says so.
  Service(base::Loop& loop, const ipc::Start& start, conf::Config config,
          std::unique_ptr<ipc::Journal> journal, AskMaster ask_master,
          std::unique_ptr<ipc::ClientMemory> memory = nullptr);
  ~Service();

  Bus& bus() { return bus_; }
  Clients& clients() { return clients_; }
  Hub& hub() { return hub_; }
  Owner& owner() { return owner_; }
  Standings& standings() { return standings_; }
  [[nodiscard]] const chat::Place& place() const { return place_; }
  [[nodiscard]] const conf::Config& config() const { return config_; }
  // The server ends: clients are told, and their connections end in order, each flushed within
  // `patience`.
  void farewell(std::string_view text, std::chrono::milliseconds patience);

  // The server ends, and nothing is open any more: who leaves before us has told his people
  // himself, and ours need not see them quit.
  void ignore_deaths() { ignores_deaths_ = true; }

  // ---- handing over to another generation (worker/exporter.h, worker/importer.h) ----
  // Nothing of what clients have asked for is under way, here or in what this slot owns.
  [[nodiscard]] bool quiet() const;
  // From now on nothing happens to any client's socket and no time passes for them, until resume(),
  // which also ends their drain().
  void suspend();
  void resume();
  // All objects of another generation have been imported: the logs of this one go on above that
  // position.
  void begin_above(uint64_t position);
  [[nodiscard]] uint64_t first_incarnation() const { return first_incarnation_; }
  // All that was imported is there: should this life end, its next one goes on with it.
  void begin_to_keep();
  // The owner of the server's bans keeps them in a state directory that has none yet.
  void save_first_bans() const;

  // ---- the clients of an earlier life ----
  // What the master still has of them.
  void on_kept(const ipc::Kept::One& connection, base::UniqueFd socket);
  // They are here, as far as they can be; or there are none.
  [[nodiscard]] bool has_recovered() const { return recovery_ == nullptr; }
  // One of a slot whose clients were given up begins anew here. `memory`: that slot's. An Error: it
  // cannot be.
  base::Result<void> begin_anew(const ipc::Connection& connection, base::UniqueFd socket,
                                base::UniqueFd memory);
  // Clients are kept, and all that there are are known.
  [[nodiscard]] bool keeps_clients() const { return keeper_ != nullptr && recovery_ == nullptr; }

  // All that was queued in this iteration goes on its way. Call once before and once after the loop
  // waits.
  void end_iteration();

  // ---- BusListener ----
  Hello hello_for(Slot slot) override;
  void on_bus_message(Slot from, BusMessage& message) override;
  void on_slot_died(const chat::Place& place) override;

  // ---- what the master says of other slots ----
  // All pipes that there are have been given: who has none has no worker, and was not waited for.
  void on_meshed();
  // All that has to be known before a client may come: whom the server keeps out. From its owner,
  // unless that is down.
  [[nodiscard]] bool knows_server() const;
  // That slot has no worker, and will have none for a while. `lost`: its clients are not kept.
  void on_slot_stays_down(Slot slot, bool lost = true);

  // ---- OwnerListener: this slot is one of those that follow ----
  void on_own_snapshot(Snapshot part) override;
  void on_own_event(const LogEvent& event) override;
  void on_own_history(History history) override;
  void on_own_replay(const Replay& replay) override;
  void on_own_settled(uint64_t position) override;

 private:
  Clients::Context context_for_clients(AskMaster ask_master);
  // Server-wide bans outlive the server in a file; in service_bans.cpp.
  void load_bans();
  void save_bans() const;
  // What own clients have asked of this slot's owner is decided, with all else, and published.
  void commit();
  void let_clients_go_on();
  void answer_questions();
  void on_event(Slot owner, const LogEvent& event);

  void on_message(Slot from, const Hello& hello);
  void on_message(Slot, CommandMessage& message);
  void on_message(Slot from, LogEvent& event);
  void on_message(Slot from, Snapshot& part);
  void on_message(Slot, const History& history) { hub_.apply(history); }
  void on_message(Slot, const Replay& replay) { hub_.apply(replay); }
  void on_message(Slot from, const Standing& standing);
  void on_message(Slot from, const Living& living) { owner_.on_living(from, living); }
  void on_message(Slot, const Ended& ended) { owner_.on_ended(ended.connections); }
  void on_message(Slot from, const SlotSettled& settled) {
    owner_.on_slot_settled(from, settled.place);
  }
  void on_message(Slot from, const Query& query) { respondent_.take(from, query); }
  void on_message(Slot from, Answer& answer) { clients_.on_answer(from, std::move(answer)); }
  void on_message(Slot, const Seen&) {}  // lives in journals only
  void on_message(Slot from, const Recalled&);
  void on_message(Slot from, const Barrier& barrier) { standings_.on_barrier(from, barrier); }
  void on_message(Slot from, const Numbers& numbers);

  // A process keeps one copy of each person's record: who is known here by that version is known by
  // ours, whoever has sent another.
  void share_record(chat::ProfilePtr& record) const;

  // ---- in service_keeping.cpp ----
  void keep_in(std::unique_ptr<ipc::ClientMemory> memory);
  void begin_recovery(const ipc::Start& start);
  void recall_own();
  void finish_recovery();
  // True when the message has to wait until the clients are here.
  bool hold(Slot from, BusMessage& message);
  void keep();

  // Clients of ours, here or on their way back.
  [[nodiscard]] std::vector<uint64_t> living() const;
  // What each slot has told last, this one as it is.
  [[nodiscard]] std::vector<Numbers> known_numbers() const;

  const chat::Place place_;
  const uint64_t first_incarnation_;
  const conf::Config config_;
  const base::CloakKey cloak_key_;
  const std::string state_directory_;  // empty: none
  bool ignores_deaths_ = false;
  std::vector<chat::Place> died_meanwhile_;  // while suspended
  Deadlines deadlines_;
  base::Timer wake_;  // does nothing but let the loop turn once more
  ConnectionContext connections_;
  Bus bus_;
  Hub hub_;
  Owner owner_;
  Standings standings_;
  const ServerInfo server_;
  Clients clients_;
  Respondent respondent_;
  Router router_;

  // ---- if clients are kept ----
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<Recovery> recovery_;  // until the clients of an earlier life are here
  uint64_t kept_since_;                 // the first life of this slot whose people are here
  std::vector<bool> lost_;              // by slot: its clients are not waited for
  std::unique_ptr<Orphans> orphans_;    // in an iteration in which some begin anew
  // Owners that were down when the clients of the last life came back: they have yet to tell how
  // all that this slot follows was.
  chat::SlotSet unrecalled_;
  bool meshed_ = false;
};

}  // namespace banterd::worker
