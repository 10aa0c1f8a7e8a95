// Gives every accepted connection its id and a worker, and keeps a copy of its socket until the
// worker has acknowledged it: a connection whose worker dies or refuses goes to another, never to
// nobody. Keeps count of who has how many.
//
//   accepted ──► waiting ──► offered ──Taken──► served ──Closed──► forgotten
//                   ▲           │                  │
//                   └───────────┘                  └── its worker is gone ──► forgotten
//               Refused, or its worker is gone
//
// If clients are kept, the copies of what is served stay too, and go to the worker that follows one
// that has died. Then a connection ends by what its worker sends (shutdown(2)); it has gone when
// the worker says `closed`. Of a slot whose clients are given up they wait again, as connections
// with new ids, for other workers with which their clients begin anew. They get one try: what its
// slot died of may end the next worker too. A worker that is killed from outside was none.
//
// Bounds: at most kMaxUnacknowledged offers per worker, and no offer to one whose channel holds
// more than kMaxQueuedBytes. What finds no worker waits; above kMaxWaiting there is no more room
// and the caller stops accepting. Connections that come back from a worker wait even above it: they
// are in already.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/packed_table.h"
#include "base/uv/loop.h"
#include "ipc/channel.h"
#include "ipc/messages.h"
#include "master/acceptor.h"
#include "master/admission.h"
#include "master/refusals.h"
#include "master/worker_choice.h"
#include "master/worker_table.h"

namespace banterd::master {

class Dispatcher {
 public:
  static constexpr uint32_t kMaxUnacknowledged = 200;
  static constexpr size_t kMaxQueuedBytes = 1024 * 1024;
  static constexpr size_t kMaxWaiting = 256;
  // A worker that answers none of its offers for so long is passed over.
  static constexpr std::chrono::milliseconds kStalled{2'000};

  Dispatcher(base::Loop& loop, Admission& admission, Refusals& refusals);
  // The workers that get what comes. Before anything else.
  void use(WorkerTable& workers) { workers_ = &workers; }

  // Whether sockets are kept of what is served: those that are kept already are dropped if not.
  void keep_sockets(bool keeps);
  // Of some of what is served there is no copy.
  [[nodiscard]] bool lacks_copies() const { return copies_.size() < served_.size(); }

  // Refuses the connection politely if the limits forbid it.
  void take_in(Accepted connection);
  [[nodiscard]] bool has_room() const { return waiting_.size() < kMaxWaiting; }

  void on_taken(Worker& worker, const ipc::Taken& message);
  void on_refused(Worker& worker, const ipc::Refused& message);
  void on_closed(Worker& worker, const ipc::Closed& message);
  // Sockets of what it serves, for keep_sockets().
  void on_copies(Worker& worker, const ipc::Copies& message, std::vector<base::UniqueFd> sockets);
  // A worker more takes connections.
  void on_ready() { changed_ = true; }
  // `killed_from_outside`: by a SIGKILL that the master did not send.
  void on_gone(Worker& worker, bool killed_from_outside);
  // The same, but what it served waits for its successor.
  void on_gone_for_now(Worker& worker, bool killed_from_outside);
  // Sends what its predecessor has served.
  void give_back(Worker& worker);
  // What it served is for other workers. `memory`: what is known of its clients, up to that time.
  void on_given_up(Worker& worker, bool killed_from_outside, const ipc::SharedFd& memory,
                   int64_t served_until);

  // Offers what waits, as far as there are workers for it. Once per iteration of the loop, before
  // the channels are flushed.
  void offer_waiting();

  // From now on, no connection that has no worker gets one: those are told `why` and ended.
  void stop(std::string why);

  // ---- a reload ----
  // Nothing is offered until release(): what comes, or comes back, waits.
  void hold() { held_ = true; }
  void release();
  // Every offer has been answered.
  [[nodiscard]] bool all_answered() const { return offered_.empty(); }
  [[nodiscard]] bool is_idle() const { return offered_.empty() && waiting_.empty(); }
  // All that is served is served by `workers` from now on, each connection by the slot that has
  // taken it over (ipc::slot_of_connection). What waits goes to the listener that its own became;
  // whose listener is no more is turned away. All offers must have been answered.
  void move_to(WorkerTable& workers, const std::vector<std::optional<uint32_t>>& became,
               const std::vector<conf::Listener>& listeners);

  // ---- across an exec in place ----
  // Of what is served, if sockets are kept.
  struct Copy {
    ipc::SharedFd socket;
    std::optional<uint32_t> listener;  // none: of an earlier configuration
    std::optional<conf::ProtocolName> protocol = {};
  };
  // Calls back with each connection that is served. All must have been answered, and none wait.
  // `copy`: null if none is kept.
  using ServedCallback =
      std::function<void(uint64_t id, ipc::Slot slot, const std::string& host, const Copy* copy)>;
  void each_served(const ServedCallback& on_served) const;
  [[nodiscard]] uint64_t last_id() const { return last_id_; }
  // Goes on from there.
  void restore_last_id(uint64_t id) { last_id_ = id; }
  void restore_served(uint64_t id, ipc::Slot slot, const std::string& host,
                      std::optional<Copy> copy);

  // Logs what was refused by workers since the last call. Once per second.
  void report();

 private:
  // A connection that no worker has acknowledged.
  struct Handoff {
    uint64_t id = 0;
    Accepted accepted;  // without its socket
    ipc::SharedFd socket;
    uint64_t refused_by = 0;  // bit per slot
    std::optional<ipc::Anew> anew = {};
    ipc::SharedFd memory = {};  // of the slot where who begins anew was
  };
  struct Served {
    uint64_t id = 0;
    const std::string* host = nullptr;  // the admission's
    ipc::Slot slot = 0;
  };
  void serve(uint64_t id, ipc::Slot slot, const std::string& host);
  struct Offered {
    ipc::Slot slot;
    Handoff handoff;
  };

  enum class Outcome { offered, must_wait, refused_by_all };
  Outcome place(Handoff& handoff);
  void collect_candidates(const Handoff& handoff);
  [[nodiscard]] bool may_find_another(const Handoff& handoff);
  void offer(Worker& worker, Handoff handoff);
  void reclaim_offers(Worker& worker, bool killed_from_outside);
  // Those that have a copy may stay.
  void forget_served(Worker& worker, bool copies_stay);
  void turn_away(Handoff handoff, std::string_view why);
  [[nodiscard]] Offered* offered_to(const Worker& worker, uint64_t id);
  void answered(Worker& worker);

  base::Loop& loop_;
  WorkerTable* workers_ = nullptr;
  Admission& admission_;
  Refusals& refusals_;
  uint64_t last_id_ = 0;  // never used twice in a boot
  std::deque<Handoff> waiting_;
  std::unordered_map<uint64_t, Offered> offered_;
  base::IdTable<Served> served_;
  std::unordered_map<uint64_t, Copy> copies_;
  std::vector<Candidate> candidates_;  // for one call of place(): its memory is kept
  std::string why_stopped_;            // empty: not stopped
  bool held_ = false;
  bool keeps_sockets_ = false;
  bool changed_ = false;             // something may have made room for what waits
  uint64_t refused_by_workers_ = 0;  // since the last report
  std::string last_refusal_;
};

}  // namespace banterd::master
