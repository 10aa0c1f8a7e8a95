// Keeps one worker running in every slot: starts it, waits until it says that it is ready, listens
// to its heart, reaps it, logs how it died, and starts the next after a pause (master/backoff.h).
//
// A worker is gone when its process has been reaped *and* its channel read to the end: what it said
// before it died counts. The supervisor hands on what workers say, but for Ready and Pong, which
// are its own business.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
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
struct Generation {
  uint64_t boot = 0;
  uint64_t number = 1;
  std::string config;
  std::string config_name;
};

class Supervisor {
 public:
  // A slot with so many failures in a row at the start of the server is taken to be hopeless for
  // now.
  static constexpr unsigned kStartTries = 5;

  struct Callbacks {
    std::function<void(Worker&)> on_ready;
    // Anything but Ready and Pong.
    std::function<void(Worker&, const ipc::ToMaster&)> on_message;
    // Its row still says what it was. Called before the slot gets its next worker.
    std::function<void(Worker&)> on_gone;
  };

  Supervisor(base::Loop& loop, WorkerTable& workers, Binary binary, Generation generation,
             Callbacks callbacks);
  ~Supervisor();

  // Makes the journals and starts every slot's worker. An Error means that the server cannot start.
  base::Result<void> start();

  // Pings, and gives up who is silent. Call every ipc::kHeartbeatInterval.
  void tick();

  // Takes note of workers that are gone. Call once per iteration of the loop: never from within a
  // callback of a channel.
  void collect();

  // From now on nobody who dies is replaced.
  void stop_respawning();

  void kill(Worker& worker, std::string why);
  void kill_all(const std::string& why);

  // Every slot is ready or, while at least one is, hopeless for now: the server may begin.
  [[nodiscard]] bool has_settled();
  // No worker has ever become ready, and a slot has failed kStartTries times.
  [[nodiscard]] bool is_hopeless() const;

 private:
  // What only the supervisor needs to know of a slot.
  struct Care {
    Backoff backoff;
    std::unique_ptr<base::Timer> respawn;
    std::optional<int> wait_status;               // since it was reaped
    std::optional<std::string> why_killed;        // by us
    std::optional<uint64_t> channel_ended_at_ms;  // with the process still there
  };

  base::Result<void> spawn(Worker& worker);
  void respawn(ipc::Slot slot);
  [[nodiscard]] std::string greeting(const Worker& worker) const;
  void on_frame(ipc::Slot slot, std::string_view payload);
  void on_ready(Worker& worker);
  void on_channel_end(ipc::Slot slot, const base::Error& why);
  void reap();
  void bury(Worker& worker);
  void log_death(const Worker& worker, const Care& care) const;
  void plan_respawn(ipc::Slot slot, const Backoff::Death& death);
  void kill_who_hung_up(Worker& worker);

  base::Loop& loop_;
  WorkerTable& workers_;
  Binary binary_;
  Generation generation_;
  Callbacks callbacks_;
  Mesh mesh_;
  Heartbeat heartbeat_;
  std::vector<Care> cares_;
  base::Signal child_signal_;
  uint64_t pings_ = 0;
  bool respawning_ = true;
  bool ever_ready_ = false;
};

}  // namespace banterd::master
