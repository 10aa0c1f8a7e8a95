// All parts of the master wired together, and its reactions to signals. run() and resume()
// (master/master.h) make one and run its loop.
//
// Its definition is in three files: server.cpp has the daily life, server_reload.cpp what SIGHUP
// does, server_state.cpp what an exec in place keeps.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cloak.h"
#include "base/free_memory.h"
#include "base/log.h"
#include "base/result.h"
#include "base/uv/loop.h"
#include "base/uv/signal.h"
#include "base/uv/timer.h"
#include "conf/config.h"
#include "master/acceptor.h"
#include "master/admission.h"
#include "master/dispatcher.h"
#include "master/exec.h"
#include "master/generation.h"
#include "master/inherited.h"
#include "master/master.h"
#include "master/refusals.h"
#include "master/reload.h"
#include "master/restart.h"
#include "master/service_manager.h"
#include "master/shutdown.h"
#include "master/state.h"

namespace banterd::master {

class Server {
 public:
  // `descriptor_limit` is what this process, and each worker, may have.
  Server(base::Loop& loop, Plan plan, uint64_t descriptor_limit);

  // A first start: opens the listeners that none of the `inherited` sockets covers, and starts all
  // workers.
  base::Result<void> start(std::vector<InheritedSocket> inherited);
  // After an exec in place: goes on where the state ends.
  base::Result<void> adopt(const MasterState& state);

  // After the loop was stopped: whether that was for an exec in place, rather than for the end.
  [[nodiscard]] bool wants_exec() const { return exec_moment_.reached(); }
  // Returns only when there is no exec, and the loop is to run on.
  void exec();

  // As wants_exec(), for a start from the very beginning: everything has ended in order.
  [[nodiscard]] bool wants_restart() const { return restart_.has_value(); }
  // Returns only when there is no restart, and the process is to end.
  void restart();

  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  // A generation that has been replaced or given up, until its processes are reaped.
  struct Departing {
    std::unique_ptr<Generation> generation;
    uint64_t since_ms;
    bool killed;
  };
  // How long the workers of an old generation may take to leave.
  static constexpr std::chrono::milliseconds kLeaveLimit{5'000};

  // ---- daily life (server.cpp) ----
  // Of the plan's binary and configuration.
  base::Result<Edition> make_edition(const base::CloakKey& cloak_key) const;
  base::Result<void> make_acceptor(std::vector<ListeningSocket> sockets);
  void watch_signals();
  void on_stop_signal(std::string_view name);
  void obey(const ipc::OperatorRequest& request);
  void stop(const base::LogField& cause);
  void on_message(Worker& worker, const ipc::ToMaster& message, ipc::Channel::Frame& frame);
  void on_gone(Worker& worker);
  void give_up_clients();
  void on_iteration_end();
  void on_tick();
  void report();
  void begin_to_serve();
  void give_up_start();
  void begin_shutdown();
  [[nodiscard]] Generation::Callbacks callbacks();
  [[nodiscard]] std::string status() const;
  void apply_limits(size_t listeners);

  // ---- reload (server_reload.cpp) ----
  void want_reload(const base::LogField& cause);
  void begin_reload();
  void advance_reload();
  void commit(Reload::Candidate next);
  void give_up_reload();
  void end_reload();  // committed or given up; systemd is told
  void advance_exec();
  void depart(std::unique_ptr<Generation> generation, bool killed);
  void kill_who_does_not_leave();
  void bury_departed();

  // ---- state (server_state.cpp) ----
  [[nodiscard]] MasterState state() const;
  void describe_slots(MasterState& state) const;
  void describe_served(MasterState& state) const;
  void describe_sockets(MasterState& state) const;
  void describe_throttled(MasterState& state) const;
  [[nodiscard]] base::Result<base::CloakKey> cloak_key_after(const MasterState& state) const;
  base::Result<void> adopt_generation(const MasterState& state);
  base::Result<void> adopt_sockets(const MasterState& state);
  base::Result<void> adopt_served(const MasterState& state);

  base::Loop& loop_;
  Plan plan_;  // its config is that of the generation that serves
  uint64_t descriptor_limit_;
  std::optional<uint32_t> warned_of_limit_;  // the configured one that cannot be had
  FormatVersions formats_;                   // that the workers of the generation that serves write
  Admission admission_;
  Refusals refusals_;
  Dispatcher dispatcher_;
  std::unique_ptr<Generation> generation_;  // the one that serves
  std::vector<Departing> departing_;
  std::unique_ptr<Acceptor> acceptor_;
  ServiceManager service_manager_;
  std::unique_ptr<Shutdown> shutdown_;          // once it has begun
  std::optional<Restart> restart_;              // what follows it, rather than the end
  std::vector<ipc::OperatorRequest> requests_;  // of this iteration
  std::unique_ptr<Reload> reload_;              // while there is one
  uint64_t reloads_ = 0;
  std::string last_reload_;     // for the status
  bool reload_wanted_ = false;  // when there is time for one
  bool reload_told_ = true;     // systemd knows that the last one is over
  ExecMoment exec_moment_;
  std::vector<std::unique_ptr<base::Signal>> signals_;
  base::Timer tick_;
  base::FreeMemory memory_;
  base::IterationEnd iteration_end_;
  bool serving_ = false;
  int exit_code_;
};

}  // namespace banterd::master
