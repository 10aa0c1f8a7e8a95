// Keeps one worker running in every slot of a generation: starts it, waits until it says that it is
// ready, listens to its heart, reaps it, logs how it died, and starts the next after a pause
// (master/backoff.h).
//
// A worker is gone when its process has been reaped *and* its channel read to the end: what it said
// before it died counts. The supervisor hands on what workers say, but for Ready and Pong, which
// are its own business.
//
// While a slot waits a second or more for its next worker, or has lost clients that were kept, all
// others are told so (`slot_down`).
//
// If clients are kept (Edition::keeps_clients), a slot's next worker recovers them, unless
// kRecoveryTries of its workers have ended in a row before they were ready, or it crash-loops
// (master/backoff.h): then they are given up, all are told so, and others may have them.
//
// In a reload (master/reload.h) there are two generations, each with a supervisor of its own:
//   the new one starts its workers once and replaces none until begin_to_serve();
//   the old one may be told to fill the slots that are down with stand-ins, and to hold respawning
//   while its workers are frozen; in the end it retires, or goes on as before.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/uv/loop.h"
#include "base/uv/signal.h"
#include "base/uv/timer.h"
#include "ipc/messages.h"
#include "master/backoff.h"
#include "master/heartbeat.h"
#include "master/mesh.h"
#include "master/spawn.h"
#include "master/worker_table.h"

namespace banterd::master {

// What all workers of a generation are told alike.
struct Orders {
  uint64_t boot = 0;
  uint64_t number = 1;             // of the generation
  uint64_t first_incarnation = 1;  // with which all its slots begin
  uint32_t imports = 0;            // exports of another generation that come before it serves
  Edition edition;
};

class Supervisor {
 public:
  // A slot with so many failures in a row at the start of the server is taken to be hopeless for
  // now.
  static constexpr unsigned kStartTries = 5;
  // So many workers in a row may fail to take over their slot's clients.
  static constexpr unsigned kRecoveryTries = 3;

  struct Callbacks {
    std::function<void(Worker&)> on_ready;
    // One that follows another in its slot is started, and not yet introduced to its peers.
    std::function<void(Worker&)> on_started;
    // Anything but Ready and Pong. The descriptors that came with it are the callee's.
    std::function<void(Worker&, const ipc::ToMaster&, ipc::Channel::Frame&)> on_message;
    // Its row still says what it was. Called before the slot gets its next worker.
    std::function<void(Worker&)> on_gone;
  };

  Supervisor(base::Loop& loop, WorkerTable& workers, Orders orders, Callbacks callbacks);
  ~Supervisor();

  // Makes the journals and starts every slot's worker. An Error means that the generation cannot
  // start; workers that were started until then are there, to be killed.
  base::Result<void> start();

  // How it goes with a slot's clients, if they are kept.
  struct Recoveries {
    unsigned unready_deaths = 0;  // in a row, no SIGKILL from outside
    int64_t served_until = 0;     // when its last worker that had been ready ended
    bool lost = false;            // they were given up, and no worker is ready since
  };
  // What is known of a slot beyond its row, across an exec in place.
  struct Legacy {
    base::UniqueFd channel;  // while it has a worker
    unsigned failures = 0;   // in a row
    bool killed_from_outside = true;
    Recoveries recoveries;
  };
  // Instead of start(): goes on with workers that were started by the image of this process before
  // the exec. Their rows are filled in but for the channels. Those who died meanwhile are reaped.
  base::Result<void> adopt(std::vector<Legacy> slots);

  // Pings, and gives up who is silent. Call every ipc::kHeartbeatInterval.
  void tick();

  // Takes note of workers that are gone. Call once per iteration of the loop: never from within a
  // callback of a channel.
  void collect();

  // From now on nobody who dies is replaced.
  void stop_respawning();

  void kill(Worker& worker, std::string why);
  void kill_all(const std::string& why);

  // ---- a reload ----

  // From now on every slot that is or becomes down gets, at once, a worker of `next`: with this
  // generation's journal and numbers, but the program and configuration that come. So what a slot
  // owned is exported by the ordinary way of recovery, and a program that mends a crash loop comes
  // in. A stand-in that dies is replaced as any worker.
  void stand_in(Edition next);
  // The reload was given up: stand-ins are killed and replaced by workers of this generation, which
  // costs nobody anything, since they have no clients.
  void end_stand_ins();
  // Who dies is not replaced until release_respawns().
  void hold_respawns();
  void release_respawns();
  // The imports are done: who dies from now on is replaced, by one that imports nothing.
  void begin_to_serve();
  // The workers' clients are another generation's: they are told to leave, and nobody is replaced.
  void retire();

  // Every slot is ready or, while at least one is, hopeless for now: the server may begin.
  [[nodiscard]] bool has_settled();
  // No worker has ever become ready, and a slot has failed kStartTries times.
  [[nodiscard]] bool is_hopeless() const;

  // Nothing of any worker is known but not yet dealt with: what its channel still holds, and the
  // end of its process, can be met by another image of this process.
  [[nodiscard]] bool at_boundary() const;

  // The clients of that slot's last worker wait for its next one.
  [[nodiscard]] bool recovers(ipc::Slot slot) const {
    return orders_.edition.keeps_clients && respawning_ && !cares_[slot].recoveries.lost;
  }
  // From now on nobody waits for the clients of slots that are down.
  void give_up_clients();
  // The clients of a slot that is being buried, if they have just been given up: where what is
  // known of them stands, which no worker of that slot writes to any more.
  struct GivenUp {
    ipc::SharedFd memory;
    int64_t served_until = 0;  // milliseconds since 1970
  };
  [[nodiscard]] std::optional<GivenUp> take_given_up(ipc::Slot slot) {
    return std::exchange(cares_[slot].given_up, std::nullopt);
  }

  [[nodiscard]] const Orders& orders() const { return orders_; }
  [[nodiscard]] unsigned failures(ipc::Slot slot) const { return cares_[slot].backoff.failures(); }
  [[nodiscard]] bool was_killed_from_outside(ipc::Slot slot) const {
    return cares_[slot].killed_from_outside;
  }
  [[nodiscard]] const Recoveries& recoveries(ipc::Slot slot) const {
    return cares_[slot].recoveries;
  }

 private:
  // What only the supervisor needs to know of a slot.
  struct Care {
    Backoff backoff;
    std::unique_ptr<base::Timer> respawn;
    std::optional<int> wait_status;               // since it was reaped
    std::optional<std::string> why_killed;        // by us
    std::optional<uint64_t> channel_ended_at_ms;  // with the process still there
    // How the last worker ended: what its successor is told (ipc::Start). Also for one that was
    // never connected with its peers, for lack of descriptors, and so did nothing.
    bool killed_from_outside = true;
    bool unconnected = false;
    bool awaits_release = false;  // respawning is held
    bool said_down = false;       // the others have been told that it has no worker
    Recoveries recoveries;
    std::optional<GivenUp> given_up;
    unsigned odd_counts = 0;  // pings in a row at which it had fewer connections than we know
  };

  base::Result<void> spawn(Worker& worker);
  base::Result<void> open_channel(Worker& worker, base::UniqueFd socket);
  void respawn(ipc::Slot slot);
  [[nodiscard]] std::string greeting(const Worker& worker) const;
  void on_frame(ipc::Slot slot, ipc::Channel::Frame frame);
  void on_ready(Worker& worker);
  void tell_who_is_down(Worker& worker);
  void on_pong(Worker& worker, const ipc::Pong& pong);
  void judge_recovery(Worker& worker, const Backoff::Death& death, std::chrono::milliseconds wait);
  void give_up(Worker& worker);
  void on_channel_end(ipc::Slot slot, const base::Error& why);
  void reap();
  void bury(Worker& worker);
  void log_death(const Worker& worker, const Care& care) const;
  void plan_respawn(ipc::Slot slot, std::chrono::milliseconds wait);
  void kill_who_hung_up(Worker& worker);

  base::Loop& loop_;
  WorkerTable& workers_;
  Orders orders_;
  Callbacks callbacks_;
  Mesh mesh_;
  Heartbeat heartbeat_;
  std::vector<Care> cares_;
  base::Signal child_signal_;
  std::optional<Edition> stand_in_;
  uint64_t pings_ = 0;
  bool respawning_;
  bool held_ = false;
  bool ever_ready_ = false;
};

}  // namespace banterd::master
