#include "master/master.h"

#include <chrono>
#include <csignal>
#include <memory>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/process_title.h"
#include "base/uv/loop.h"
#include "base/uv/signal.h"
#include "base/uv/timer.h"
#include "ipc/contract.h"
#include "master/acceptor.h"
#include "master/admission.h"
#include "master/descriptor_limit.h"
#include "master/dispatcher.h"
#include "master/inherited.h"
#include "master/listener.h"
#include "master/refusals.h"
#include "master/service_manager.h"
#include "master/shutdown.h"
#include "master/supervisor.h"

namespace banterd::master {

namespace {

using std::chrono::milliseconds;

// What must be there before the parts can be made.
struct Resources {
  std::vector<ListeningSocket> sockets;
  Binary binary;
  uint32_t max_connections;
  size_t max_lingering;
};

// A number that no other run of this server has had, and that grows.
uint64_t new_boot() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<milliseconds>(since_epoch).count());
}

uint32_t limit_connections(const conf::Config& config, uint64_t descriptors, size_t listeners) {
  const uint32_t configured = config.limits.max_connections;
  const uint32_t effective =
      effective_max_connections(configured, descriptors, config.worker_count(), listeners);
  if (effective < configured) {
    base::log_warning(
        "max_connections is limited by this process's descriptors",
        {{"configured", configured}, {"effective", effective}, {"descriptor_limit", descriptors}});
  }
  return effective;
}

base::Result<Resources> acquire(const Plan& plan) {
  auto binary = Binary::open(plan.binary);
  if (!binary) return binary.error();
  auto inherited = take_inherited_sockets();
  if (!inherited) return inherited.error();
  auto sockets = open_listeners(plan.config.listeners, std::move(*inherited));
  if (!sockets) return sockets.error();
  const uint64_t descriptors = raise_descriptor_limit();
  const uint32_t max_connections = limit_connections(plan.config, descriptors, sockets->size());
  return Resources{std::move(*sockets), std::move(*binary), max_connections,
                   max_lingering_refusals(descriptors)};
}

class Master {
 public:
  Master(base::Loop& loop, Plan plan, Resources resources);

  base::Result<void> start(std::vector<ListeningSocket> sockets);
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  void watch_signals();
  void on_stop_signal(std::string_view name);
  void on_message(Worker& worker, const ipc::ToMaster& message);
  void on_iteration_end();
  void on_tick();
  void begin_to_serve();
  void give_up_start();
  [[nodiscard]] std::string status() const;

  base::Loop& loop_;
  conf::Config config_;
  Admission admission_;
  Refusals refusals_;
  WorkerTable workers_;
  Dispatcher dispatcher_;
  Supervisor supervisor_;
  Shutdown shutdown_;
  ServiceManager service_manager_;
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<std::unique_ptr<base::Signal>> signals_;
  base::Timer tick_;
  base::IterationEnd iteration_end_;
  bool serving_ = false;
  int exit_code_ = ipc::exit_ok;
};

Master::Master(base::Loop& loop, Plan plan, Resources resources)
    : loop_(loop),
      config_(std::move(plan.config)),
      admission_(resources.max_connections, config_.limits.max_connections_per_address),
      refusals_(loop, resources.max_lingering),
      workers_(config_.worker_count()),
      dispatcher_(loop, workers_, admission_, refusals_),
      supervisor_(
          loop, workers_, std::move(resources.binary),
          Generation{new_boot(), 1, std::move(plan.config_text), std::move(plan.config_name)},
          {.on_ready = [this](Worker&) { dispatcher_.on_ready(); },
           .on_message = [this](Worker& worker,
                                const ipc::ToMaster& message) { on_message(worker, message); },
           .on_gone =
               [this](Worker& worker) {
                 dispatcher_.on_gone(worker);
                 shutdown_.on_gone();
               }}),
      shutdown_(loop, workers_, supervisor_, config_.shutdown_timeout, [&loop] { loop.stop(); }),
      service_manager_(loop),
      tick_(loop, [this] { on_tick(); }),
      iteration_end_(loop, [this] { on_iteration_end(); }) {}

base::Result<void> Master::start(std::vector<ListeningSocket> sockets) {
  for (const ListeningSocket& socket : sockets) log_listening(socket);
  auto acceptor = Acceptor::create(
      loop_, std::move(sockets), refusals_,
      [this](Accepted connection) { dispatcher_.take_in(std::move(connection)); },
      [this] { return dispatcher_.has_room(); });
  if (!acceptor) return acceptor.error();
  acceptor_ = std::move(*acceptor);
  watch_signals();
  if (auto started = supervisor_.start(); !started) return started;
  tick_.start(ipc::kHeartbeatInterval, ipc::kHeartbeatInterval);
  return {};
}

void Master::watch_signals() {
  // A client or a worker that has gone is met where we write to it.
  std::signal(SIGPIPE, SIG_IGN);
  const auto watch = [this](int number, auto&& on_signal) {
    signals_.push_back(std::make_unique<base::Signal>(loop_, number, on_signal));
  };
  watch(SIGINT, [this] { on_stop_signal("SIGINT"); });
  watch(SIGTERM, [this] { on_stop_signal("SIGTERM"); });
  watch(SIGHUP, [] {
    base::log_warning("reload is not built yet: nothing changes", {{"signal", "SIGHUP"}});
  });
  watch(SIGUSR1, [] {
    base::log_info("log files reopened: there are none", {{"signal", "SIGUSR1"}});
  });
}

void Master::on_stop_signal(std::string_view name) {
  if (shutdown_.begun()) {
    base::log_warning("second signal: ending at once", {{"signal", name}});
    return shutdown_.force("a second signal ends the server at once");
  }
  base::log_info("shutting down", {{"signal", name}, {"connections", admission_.connections()}});
  service_manager_.stopping();
  // The last who connected are given to workers before these are asked to drain.
  acceptor_->close();
  dispatcher_.offer_waiting();
  dispatcher_.stop("server is shutting down");
  shutdown_.begin();
}

void Master::on_message(Worker& worker, const ipc::ToMaster& message) {
  struct Visitor {
    Master& master;
    Worker& worker;
    void operator()(const ipc::Taken& taken) const { master.dispatcher_.on_taken(worker, taken); }
    void operator()(const ipc::Refused& refused) const {
      master.dispatcher_.on_refused(worker, refused);
    }
    void operator()(const ipc::Closed& closed) const {
      master.dispatcher_.on_closed(worker, closed);
    }
    void operator()(const ipc::Drained&) const { master.shutdown_.on_drained(worker); }
    void operator()(const ipc::Ready&) const {}  // the supervisor's
    void operator()(const ipc::Pong&) const {}   // the supervisor's
  };
  std::visit(Visitor{*this, worker}, message);
}

void Master::on_iteration_end() {
  supervisor_.collect();
  if (!serving_ && !shutdown_.begun()) {
    if (supervisor_.has_settled()) begin_to_serve();
    if (supervisor_.is_hopeless()) give_up_start();
  }
  dispatcher_.offer_waiting();
  if (dispatcher_.has_room()) acceptor_->resume();
  shutdown_.advance();
  workers_.flush();
}

void Master::on_tick() {
  supervisor_.tick();
  refusals_.report();
  dispatcher_.report();
  if (serving_ && !shutdown_.begun()) service_manager_.status(status());
}

void Master::begin_to_serve() {
  serving_ = true;
  acceptor_->start();
  base::log_info("banterd ready", {{"workers", workers_.ready()}, {"version", BANTERD_VERSION}});
  service_manager_.ready(status());
}

void Master::give_up_start() {
  base::log_error("no worker becomes ready: giving up");
  exit_code_ = ipc::exit_workers_failing;
  acceptor_->close();
  shutdown_.force("no worker becomes ready");
}

std::string Master::status() const {
  return std::to_string(admission_.connections()) + " clients, " +
         std::to_string(workers_.ready()) + " of " + std::to_string(workers_.slots()) +
         " workers ready";
}

int cannot_start(const base::Error& error) {
  base::log_error(error.context);
  return ipc::exit_cannot_start;
}

}  // namespace

int run(Plan plan) {
  base::log_setup("master", plan.config.log.level, plan.config.log.format);
  base::set_process_title("banterd: master");
  auto resources = acquire(plan);
  if (!resources) return cannot_start(resources.error());
  auto sockets = std::move(resources->sockets);
  base::Loop loop;
  Master master(loop, std::move(plan), std::move(*resources));
  if (auto started = master.start(std::move(sockets)); !started)
    return cannot_start(started.error());
  loop.run();
  base::log_info("stopped");
  return master.exit_code();
}

}  // namespace banterd::master
