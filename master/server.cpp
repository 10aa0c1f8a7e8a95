#include "master/server.h"

#include <csignal>
#include <utility>

#include "base/log.h"
#include "base/wall_clock.h"
#include "ipc/contract.h"
#include "master/listener.h"
#include "master/state_directory.h"

namespace banterd::master {

namespace {

// A number that no other run of this server has had, and that grows.
uint64_t new_boot() { return static_cast<uint64_t>(base::milliseconds_since_1970()); }

}  // namespace

Server::Server(base::Loop& loop, Plan plan, uint64_t descriptor_limit)
    : loop_(loop),
      plan_(std::move(plan)),
      descriptor_limit_(descriptor_limit),
      admission_(0, 0),
      refusals_(loop, max_lingering_refusals(descriptor_limit)),
      dispatcher_(loop, admission_, refusals_),
      service_manager_(loop),
      exec_moment_(loop, {.hold = [this] { acceptor_->hold(); },
                          .release = [this] { acceptor_->release(); },
                          .delayed =
                              [this] {
                                base::log_warning(
                                    "the exec waits: connections or messages are "
                                    "under way");
                                end_reload();
                              }}),
      tick_(loop, [this] { on_tick(); }),
      iteration_end_(loop, [this] { on_iteration_end(); }),
      exit_code_(ipc::exit_ok) {}

base::Result<void> Server::start(std::vector<InheritedSocket> inherited) {
  const auto fresh = base::random_cloak_key();
  if (!fresh) return fresh.error();
  const auto key = keep_cloak_key(state_directory(plan_.config), *fresh);
  if (!key) return key.error();
  auto edition = make_edition(*key);
  if (!edition) return edition.error();
  auto sockets = open_listeners(plan_.config.listeners, std::move(inherited));
  if (!sockets) return sockets.error();
  for (const ListeningSocket& socket : *sockets) log_listening(socket);
  apply_limits(sockets->size());
  if (auto made = make_acceptor(std::move(*sockets)); !made) return made;
  Orders orders;
  orders.boot = new_boot();
  orders.edition = std::move(*edition);
  generation_ = std::make_unique<Generation>(loop_, plan_.config.worker_count(), std::move(orders),
                                             callbacks());
  dispatcher_.use(generation_->workers);
  dispatcher_.keep_sockets(plan_.config.keep_clients_on_crash);
  watch_signals();
  if (auto started = generation_->supervisor.start(); !started) return started;
  tick_.start(ipc::kHeartbeatInterval, ipc::kHeartbeatInterval);
  return {};
}

base::Result<Edition> Server::make_edition(const base::CloakKey& cloak_key) const {
  auto binary = Binary::open(plan_.binary);
  if (!binary) return binary.error();
  Edition edition;
  edition.binary = std::make_shared<const Binary>(std::move(*binary));
  edition.config_text = plan_.config_text;
  edition.config_name = plan_.config_name;
  edition.state_directory = state_directory(plan_.config);
  edition.cloak_key = cloak_key;
  edition.keeps_clients = plan_.config.keep_clients_on_crash;
  return edition;
}

base::Result<void> Server::make_acceptor(std::vector<ListeningSocket> sockets) {
  auto acceptor = Acceptor::create(
      loop_, std::move(sockets), refusals_, plan_.config.limits.ping_timeout,
      [this](Accepted connection) { dispatcher_.take_in(std::move(connection)); },
      [this] { return dispatcher_.has_room(); });
  if (!acceptor) return acceptor.error();
  acceptor_ = std::move(*acceptor);
  return {};
}

void Server::apply_limits(size_t listeners) {
  const conf::Limits& limits = plan_.config.limits;
  const uint32_t effective = effective_max_connections(limits.max_connections, descriptor_limit_,
                                                       plan_.config.worker_count(), listeners);
  admission_.set_limits(effective, limits.max_connections_per_address);
  admission_.throttle().set_rate(limits.connections_per_minute_per_address);
  // Once, not with every reload.
  if (effective == limits.max_connections || warned_of_limit_ == limits.max_connections) return;
  warned_of_limit_ = limits.max_connections;
  base::log_warning("max_connections is limited by this process's descriptors",
                    {{"configured", limits.max_connections},
                     {"effective", effective},
                     {"descriptor_limit", descriptor_limit_}});
}

// Several generations may live at a time; the dispatcher knows the one that serves.
Generation::Callbacks Server::callbacks() {
  return {.on_ready =
              [this](Generation& generation, Worker&) {
                if (&generation == generation_.get()) dispatcher_.on_ready();
              },
          .on_started =
              [this](Generation& generation, Worker& worker) {
                if (&generation == generation_.get()) dispatcher_.give_back(worker);
              },
          .on_message =
              [this](Generation& generation, Worker& worker, const ipc::ToMaster& message,
                     ipc::Channel::Frame& frame) {
                if (reload_) reload_->on_message(generation, worker, message, frame);
                if (&generation == generation_.get()) on_message(worker, message, frame);
              },
          .on_gone =
              [this](Generation& generation, Worker& worker) {
                const bool had_exported = reload_ && reload_->on_gone(generation, worker);
                if (&generation == generation_.get() && !had_exported) on_gone(worker);
              }};
}

// ---- signals, and operators who ask for the same ----

void Server::watch_signals() {
  // A client or a worker that has gone, or a file that may not grow (RLIMIT_FSIZE), is met where we
  // write to it.
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
  const auto watch = [this](int number, auto&& on_signal) {
    signals_.push_back(std::make_unique<base::Signal>(loop_, number, on_signal));
  };
  watch(SIGINT, [this] { on_stop_signal("SIGINT"); });
  watch(SIGTERM, [this] { on_stop_signal("SIGTERM"); });
  watch(SIGHUP, [this] { want_reload({"signal", "SIGHUP"}); });
  watch(SIGUSR1, [] {
    base::log_info("log files reopened: there are none", {{"signal", "SIGUSR1"}});
  });
}

void Server::on_stop_signal(std::string_view name) {
  if (std::exchange(restart_, std::nullopt)) {
    base::log_info("no restart: shutting down", {{"signal", name}});
    return service_manager_.stopping();
  }
  if (shutdown_) {
    base::log_warning("second signal: ending at once", {{"signal", name}});
    return shutdown_->force("a second signal ends the server at once");
  }
  service_manager_.stopping();
  stop({"signal", name});
}

void Server::obey(const ipc::OperatorRequest& request) {
  const std::string_view what = names_of(request.what)[static_cast<size_t>(request.what)];
  base::log_info("an operator asks", {{"what", what}, {"operator", request.who}});
  const base::LogField cause("operator", request.who);
  if (request.what == ipc::OperatorAction::reload) return want_reload(cause);
  if (shutdown_) return base::log_info("shutting down already", {cause});
  if (request.what == ipc::OperatorAction::restart) {
    auto prepared = Restart::prepare(plan_, acceptor_->listening());
    if (!prepared) return base::log_error("restart refused", {cause, {"error", prepared.error()}});
    restart_ = std::move(*prepared);
    service_manager_.restarting();
  } else {
    service_manager_.stopping();
  }
  stop(cause);
}

void Server::stop(const base::LogField& cause) {
  base::log_info("shutting down", {cause, {"connections", admission_.connections()}});
  begin_shutdown();
  // The last who connected are given to workers before these are asked to drain.
  acceptor_->close();
  dispatcher_.offer_waiting();
  dispatcher_.stop("server is shutting down");
  shutdown_->begin();
}

// What a reload has not finished ends here: before its commit it never was, after it the new
// generation is the one that shuts down.
void Server::begin_shutdown() {
  reload_told_ = true;
  if (reload_) reload_->abort("the server is shutting down");
  exec_moment_.drop();
  for (Departing& old : departing_) {
    old.generation->supervisor.kill_all("the server is shutting down");
    old.killed = true;
  }
  if (plan_.config.keep_clients_on_crash) give_up_clients();
  shutdown_ = std::make_unique<Shutdown>(loop_, generation_->workers, generation_->supervisor,
                                         plan_.config.shutdown_timeout, [this] { loop_.stop(); });
}

// ---- workers ----

void Server::on_message(Worker& worker, const ipc::ToMaster& message, ipc::Channel::Frame& frame) {
  struct Visitor {
    Server& server;
    Worker& worker;
    ipc::Channel::Frame& frame;
    void operator()(const ipc::Taken& taken) const { server.dispatcher_.on_taken(worker, taken); }
    void operator()(const ipc::Refused& refused) const {
      server.dispatcher_.on_refused(worker, refused);
    }
    void operator()(const ipc::Closed& closed) const {
      server.dispatcher_.on_closed(worker, closed);
    }
    void operator()(const ipc::Copies& copies) const {
      server.dispatcher_.on_copies(worker, copies, std::move(frame.descriptors));
    }
    void operator()(const ipc::Drained&) const {
      if (server.shutdown_) server.shutdown_->on_drained(worker);
    }
    // Later: what it asks for may end the channel that it came by.
    void operator()(const ipc::OperatorRequest& request) const {
      server.requests_.push_back(request);
    }
    void operator()(const ipc::Ready&) const {}           // the supervisor's
    void operator()(const ipc::Pong&) const {}            // the supervisor's
    void operator()(const ipc::Frozen&) const {}          // the reload's
    void operator()(const ipc::Exported&) const {}        // the reload's
    void operator()(const ipc::Imported&) const {}        // the reload's
    void operator()(const ipc::HandoverFailed&) const {}  // the reload's
  };
  std::visit(Visitor{*this, worker, frame}, message);
}

// Those of slots that are down: nobody will go on with them.
void Server::give_up_clients() {
  generation_->supervisor.give_up_clients();
  for (Worker& worker : generation_->workers) {
    if (worker.pid == 0) dispatcher_.on_gone(worker, false);
  }
}

void Server::on_gone(Worker& worker) {
  generation_->give_up_or_keep(worker, dispatcher_);
  if (shutdown_) shutdown_->on_gone();
}

void Server::on_iteration_end() {
  for (const ipc::OperatorRequest& request : std::exchange(requests_, {})) obey(request);
  generation_->supervisor.collect();
  if (!serving_ && !shutdown_) {
    if (generation_->supervisor.has_settled()) begin_to_serve();
    if (generation_->supervisor.is_hopeless()) give_up_start();
  }
  if (reload_) reload_->collect();
  advance_reload();
  dispatcher_.offer_waiting();
  if (dispatcher_.has_room()) acceptor_->resume();
  if (shutdown_) shutdown_->advance();
  generation_->workers.flush();
  if (reload_) reload_->flush();
  bury_departed();
  advance_exec();
}

void Server::on_tick() {
  generation_->supervisor.tick();
  if (reload_) reload_->tick();
  kill_who_does_not_leave();
  report();
  memory_.give_back();
  if (serving_ && !shutdown_ && reload_told_) service_manager_.status(status());
}

// What was counted since the last time: once per second, and before an exec, which forgets it.
void Server::report() {
  refusals_.report();
  dispatcher_.report();
}

void Server::begin_to_serve() {
  serving_ = true;
  acceptor_->start();
  base::log_info("banterd ready",
                 {{"workers", generation_->workers.ready()}, {"version", BANTERD_VERSION}});
  service_manager_.ready(status());
}

void Server::give_up_start() {
  base::log_error("no worker becomes ready: giving up");
  exit_code_ = ipc::exit_workers_failing;
  acceptor_->close();
  begin_shutdown();
  shutdown_->force("no worker becomes ready");
}

std::string Server::status() const {
  std::string text = std::to_string(admission_.connections()) + " clients, " +
                     std::to_string(generation_->workers.ready()) + " of " +
                     std::to_string(generation_->workers.slots()) + " workers ready";
  if (!last_reload_.empty()) text += "; " + last_reload_;
  return text;
}

}  // namespace banterd::master
