#include "master/supervisor.h"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/fault.h"
#include "base/log.h"
#include "base/wall_clock.h"
#include "ipc/journal.h"
#include "master/death.h"

namespace banterd::master {

namespace {

using std::chrono::milliseconds;

// How long a process may live on after its end of the channel was closed: long enough to die by
// itself.
constexpr milliseconds kHangUpLimit{1'000};

// A slot that rests for less than this stays as any whose worker has died: what is asked of it
// waits, and is not refused.
constexpr milliseconds kBriefly{1'000};

// Pings in a row at which a worker may have fewer connections than we know of.
constexpr unsigned kOddCounts = 5;

base::Result<base::UniqueFd> memory_of_clients(ipc::Slot slot) {
  return ipc::Journal::create_memory("banterd-clients-" + std::to_string(slot));
}

}  // namespace

Supervisor::Supervisor(base::Loop& loop, WorkerTable& workers, Orders orders, Callbacks callbacks)
    : loop_(loop),
      workers_(workers),
      orders_(std::move(orders)),
      callbacks_(std::move(callbacks)),
      mesh_(workers),
      heartbeat_(ipc::kHeartbeatInterval, milliseconds(loop.now_ms())),
      cares_(workers.slots()),
      child_signal_(loop, SIGCHLD, [this] { reap(); }),
      respawning_(orders_.imports == 0) {
  for (ipc::Slot slot = 0; slot < workers_.slots(); ++slot) {
    cares_[slot].respawn = std::make_unique<base::Timer>(loop, [this, slot] { respawn(slot); });
  }
}

Supervisor::~Supervisor() = default;

// ---- starting ----

base::Result<void> Supervisor::start() {
  for (Worker& worker : workers_) {
    auto memory = ipc::Journal::create_memory("banterd-journal-" + std::to_string(worker.slot));
    if (!memory) return memory.error();
    worker.journal = std::make_shared<base::UniqueFd>(std::move(*memory));
    worker.incarnation = orders_.first_incarnation - 1;
    if (!orders_.edition.keeps_clients) continue;
    auto clients = memory_of_clients(worker.slot);
    if (!clients) return clients.error();
    worker.clients = std::make_shared<base::UniqueFd>(std::move(*clients));
  }
  // All are started before any is introduced, so that each finds all its peers when it becomes
  // ready for the first time.
  std::vector<ipc::Slot> started;
  for (Worker& worker : workers_) {
    if (auto spawned = spawn(worker); !spawned) return spawned;
    started.push_back(worker.slot);
  }
  if (orders_.imports > 0 && base::fault("mesh"))
    return base::Error{base::Errc::out_of_descriptors, "make a socket pair: a fault was asked for"};
  return mesh_.introduce(started);
}

base::Result<void> Supervisor::adopt(std::vector<Legacy> slots) {
  ever_ready_ = true;
  for (Worker& worker : workers_) {
    Legacy& legacy = slots.at(worker.slot);
    cares_[worker.slot].backoff = Backoff(legacy.failures);
    cares_[worker.slot].killed_from_outside = legacy.killed_from_outside;
    cares_[worker.slot].recoveries = legacy.recoveries;
    if (worker.pid == 0) continue;
    if (auto opened = open_channel(worker, std::move(legacy.channel)); !opened) return opened;
    heartbeat_.heard(worker.slot, milliseconds(loop_.now_ms()),
                     worker.became_ready ? ipc::kHeartbeatLimit : ipc::kReadyLimit);
  }
  for (const Worker& worker : workers_) {
    if (worker.pid == 0) plan_respawn(worker.slot, cares_[worker.slot].backoff.wait());
  }
  reap();
  return {};
}

void Supervisor::respawn(ipc::Slot slot) {
  Worker& worker = workers_.at(slot);
  auto spawned = spawn(worker);
  if (!spawned) {
    base::log_error("cannot start a worker", {{"slot", slot}, {"error", spawned.error()}});
    plan_respawn(slot, cares_[slot].backoff.after({}));
    return;
  }
  cares_[slot].said_down = false;
  if (orders_.edition.keeps_clients) {
    callbacks_.on_started(worker);
    // It waits for nobody who is not there.
    tell_who_is_down(worker);
  }
  const ipc::Slot newcomers[] = {slot};
  // Without its peers it is of no use: the next start may find descriptors again.
  auto met = mesh_.introduce(newcomers);
  cares_[slot].unconnected = !met;
  if (!met) kill(worker, "cannot connect it with its peers: " + met.error().context);
}

// The channel first, then the process: a process without a channel could not be told anything.
base::Result<void> Supervisor::spawn(Worker& worker) {
  if (orders_.imports > 0 && base::fault("start"))
    return base::Error{base::Errc::system, "start a worker: a fault was asked for"};
  auto ends = ipc::make_channel_pair();
  if (!ends) return ends.error();
  if (auto opened = open_channel(worker, std::move(ends.value().first)); !opened) return opened;
  ++worker.incarnation;
  const std::string title = "banterd: worker " + std::to_string(worker.slot) + " generation " +
                            std::to_string(orders_.number);
  const Edition& edition = stand_in_ ? *stand_in_ : orders_.edition;
  auto pid = spawn_worker(loop_, *edition.binary, ends.value().second, title);
  if (!pid) {
    worker.channel.reset();
    return pid.error();
  }
  worker.pid = *pid;
  worker.stand_in = stand_in_.has_value();
  worker.state = WorkerState::starting;
  worker.became_ready = false;
  worker.started_ms = loop_.now_ms();
  heartbeat_.heard(worker.slot, milliseconds(loop_.now_ms()), ipc::kReadyLimit);
  std::vector<ipc::SharedFd> memories{worker.journal};
  if (worker.clients != nullptr) memories.push_back(worker.clients);
  worker.channel->send(greeting(worker), std::move(memories));
  return {};
}

base::Result<void> Supervisor::open_channel(Worker& worker, base::UniqueFd socket) {
  auto channel = ipc::Channel::create(
      loop_, std::move(socket),
      [this, slot = worker.slot](ipc::Channel::Frame frame) { on_frame(slot, std::move(frame)); },
      [this, slot = worker.slot](const base::Error& why) { on_channel_end(slot, why); });
  if (!channel) return channel.error();
  worker.channel = std::move(*channel);
  return {};
}

std::string Supervisor::greeting(const Worker& worker) const {
  ipc::Start start;
  start.boot = orders_.boot;
  start.generation = orders_.number;
  start.imports = orders_.imports;
  start.first_incarnation = orders_.first_incarnation;
  start.killed_from_outside = cares_[worker.slot].killed_from_outside;
  start.recovers = recovers(worker.slot);
  start.slot = worker.slot;
  start.incarnation = worker.incarnation;
  start.slots = workers_.slots();
  const Edition& edition = worker.stand_in ? *stand_in_ : orders_.edition;
  start.config = edition.config_text;
  start.config_name = edition.config_name;
  start.state_directory = edition.state_directory;
  start.cloak_key = base::to_hex(edition.cloak_key);
  return ipc::encode(start);
}

// ---- listening ----

void Supervisor::on_frame(ipc::Slot slot, ipc::Channel::Frame frame) {
  Worker& worker = workers_.at(slot);
  const auto message = ipc::decode_to_master(frame.payload);
  if (!message) {
    base::log_warning("a worker's message is dropped",
                      {{"slot", slot}, {"error", message.error()}});
    return;
  }
  if (std::holds_alternative<ipc::Ready>(*message)) return on_ready(worker);
  if (const auto* pong = std::get_if<ipc::Pong>(&*message)) return on_pong(worker, *pong);
  callbacks_.on_message(worker, *message, frame);
}

void Supervisor::on_pong(Worker& worker, const ipc::Pong& pong) {
  // A worker that is not ready yet gets no time by answering.
  if (!worker.became_ready) return;
  heartbeat_.heard(worker.slot, milliseconds(loop_.now_ms()), ipc::kHeartbeatLimit);
  // What has just ended it tells at the end of its iteration; what it is offered may be on its way.
  const bool odd =
      pong.connections && *pong.connections + worker.unacknowledged < worker.connections;
  Care& care = cares_[worker.slot];
  care.odd_counts = odd ? care.odd_counts + 1 : 0;
  if (care.odd_counts != kOddCounts) return;
  base::log_warning(
      "a worker has fewer connections than the master knows of",
      {{"slot", worker.slot}, {"worker", *pong.connections}, {"master", worker.connections}});
}

void Supervisor::on_ready(Worker& worker) {
  // One that was asked to leave before it was ready stays in its state.
  if (worker.state != WorkerState::starting) return;
  worker.state = WorkerState::ready;
  worker.became_ready = true;
  cares_[worker.slot].recoveries.lost = false;
  ever_ready_ = true;
  heartbeat_.heard(worker.slot, milliseconds(loop_.now_ms()), ipc::kHeartbeatLimit);
  base::log_info("worker ready",
                 {{"slot", worker.slot}, {"pid", worker.pid}, {"generation", orders_.number}});
  tell_who_is_down(worker);
  callbacks_.on_ready(worker);
}

void Supervisor::tell_who_is_down(Worker& worker) {
  for (ipc::Slot slot = 0; slot < workers_.slots(); ++slot) {
    if (cares_[slot].said_down)
      worker.channel->send(ipc::encode(ipc::SlotDown{slot, !recovers(slot)}));
  }
}

void Supervisor::on_channel_end(ipc::Slot slot, const base::Error& why) {
  cares_[slot].channel_ended_at_ms = loop_.now_ms();
  // A process that dies ends its channel: no news. Anything else is.
  if (why.code != base::Errc::closed) {
    base::log_warning("a worker's channel failed", {{"slot", slot}, {"error", why}});
  }
}

void Supervisor::tick() {
  for (const ipc::Slot slot : heartbeat_.tick(milliseconds(loop_.now_ms()))) {
    Worker& silent = workers_.at(slot);
    kill(silent, silent.became_ready ? "no answer to heartbeats" : "not ready in time");
  }
  ++pings_;
  const std::string ping = ipc::encode(ipc::Ping{pings_});
  for (Worker& worker : workers_) {
    if (worker.is_live() && worker.became_ready) worker.channel->send(ping);
    kill_who_hung_up(worker);
  }
}

void Supervisor::kill_who_hung_up(Worker& worker) {
  const Care& care = cares_[worker.slot];
  if (worker.pid == 0 || care.wait_status || care.why_killed || !care.channel_ended_at_ms) return;
  const bool leaving = worker.state == WorkerState::draining ||
                       worker.state == WorkerState::drained || worker.state == WorkerState::retired;
  if (leaving ||
      loop_.now_ms() - *care.channel_ended_at_ms < static_cast<uint64_t>(kHangUpLimit.count()))
    return;
  kill(worker, "its channel has ended");
}

// ---- ending ----

void Supervisor::kill(Worker& worker, std::string why) {
  // Reaped already: its pid may be another's.
  if (worker.pid == 0 || cares_[worker.slot].wait_status) return;
  base::log_warning("killing a worker", {{"slot", worker.slot}, {"pid", worker.pid}, {"why", why}});
  cares_[worker.slot].why_killed = std::move(why);
  if (::kill(worker.pid, SIGKILL) < 0) {
    base::log_error("cannot kill a worker",
                    {{"slot", worker.slot}, {"error", base::from_errno("kill", errno)}});
  }
}

void Supervisor::kill_all(const std::string& why) {
  for (Worker& worker : workers_) kill(worker, why);
}

void Supervisor::stop_respawning() {
  respawning_ = false;
  for (Care& care : cares_) care.respawn->stop();
}

// ---- a reload ----

void Supervisor::stand_in(Edition next) {
  stand_in_ = std::move(next);
  for (const Worker& worker : workers_) {
    if (worker.pid == 0) plan_respawn(worker.slot, milliseconds::zero());
  }
}

void Supervisor::end_stand_ins() {
  for (Worker& worker : workers_) {
    if (worker.stand_in) kill(worker, "it stood in for the generation that does not come");
  }
  stand_in_.reset();
}

void Supervisor::hold_respawns() { held_ = true; }

void Supervisor::release_respawns() {
  held_ = false;
  for (const Worker& worker : workers_) {
    if (std::exchange(cares_[worker.slot].awaits_release, false))
      plan_respawn(worker.slot, milliseconds::zero());
  }
}

void Supervisor::begin_to_serve() {
  orders_.imports = 0;
  respawning_ = true;
}

void Supervisor::retire() {
  stop_respawning();
  for (Worker& worker : workers_) {
    if (!worker.is_live()) continue;
    worker.state = WorkerState::retired;
    worker.channel->send(ipc::encode(ipc::Retire{}));
  }
}

// ---- reaping ----

// One SIGCHLD may stand for several children (signal(7)), and for children that are not ours to
// wait for.
void Supervisor::reap() {
  for (Worker& worker : workers_) {
    if (worker.pid == 0 || cares_[worker.slot].wait_status) continue;
    int status = 0;
    if (waitpid(worker.pid, &status, WNOHANG) == worker.pid)
      cares_[worker.slot].wait_status = status;
  }
}

void Supervisor::collect() {
  for (Worker& worker : workers_) {
    if (worker.pid != 0 && cares_[worker.slot].wait_status && worker.channel->ended()) bury(worker);
  }
}

void Supervisor::bury(Worker& worker) {
  Care& care = cares_[worker.slot];
  log_death(worker, care);
  heartbeat_.forget(worker.slot);
  Backoff::Death death;
  death.lived = milliseconds(loop_.now_ms() - worker.started_ms);
  death.became_ready = worker.became_ready;
  // A stand-in that we end is no fault of its slot's.
  death.killed_from_outside =
      died_of_sigkill(*care.wait_status) && (!care.why_killed || worker.stand_in);
  death.keeps_clients = recovers(worker.slot);
  care.killed_from_outside = death.killed_from_outside || care.unconnected;
  const milliseconds wait = care.backoff.after(death);
  judge_recovery(worker, death, wait);
  callbacks_.on_gone(worker);
  // The first stand-in comes at once; one that dies too shows that the next program is no cure.
  const bool at_once = stand_in_ && !worker.stand_in;
  worker.state = WorkerState::down;
  worker.pid = 0;
  worker.channel.reset();
  care.wait_status.reset();
  care.why_killed.reset();
  care.channel_ended_at_ms.reset();
  if (respawning_) return plan_respawn(worker.slot, at_once ? milliseconds::zero() : wait);
  // Nobody need wait for its clients.
  if (orders_.edition.keeps_clients) workers_.tell_all(ipc::SlotDown{worker.slot, true});
}

// Everybody's fences wait for clients that wait. So they are given up when none of their slot's
// workers can take them over, and when those that can die again and again.
void Supervisor::judge_recovery(Worker& worker, const Backoff::Death& death, milliseconds wait) {
  if (!recovers(worker.slot)) return;
  Recoveries& recoveries = cares_[worker.slot].recoveries;
  if (death.became_ready) {
    recoveries.unready_deaths = 0;
    recoveries.served_until = base::milliseconds_since_1970();
  } else if (!cares_[worker.slot].killed_from_outside) {
    ++recoveries.unready_deaths;
  }
  const bool crash_loops = death.became_ready && wait > milliseconds::zero();
  if (recoveries.unready_deaths >= kRecoveryTries || crash_loops) give_up(worker);
}

void Supervisor::give_up(Worker& worker) {
  Care& care = cares_[worker.slot];
  care.recoveries.lost = true;
  base::log_error("a slot's clients are given up: its workers die again and again",
                  {{"slot", worker.slot}, {"connections", worker.connections}});
  // The slot begins with another memory: this one others read.
  auto fresh = memory_of_clients(worker.slot);
  if (!fresh) return base::log_error("no other worker can have them", {{"error", fresh.error()}});
  care.given_up =
      GivenUp{std::exchange(worker.clients, std::make_shared<base::UniqueFd>(*std::move(fresh))),
              care.recoveries.served_until};
}

void Supervisor::give_up_clients() {
  for (const Worker& worker : workers_) {
    if (worker.pid == 0) workers_.tell_all(ipc::SlotDown{worker.slot, true});
  }
}

void Supervisor::log_death(const Worker& worker, const Care& care) const {
  std::string how = describe_death(*care.wait_status);
  if (care.why_killed) how += " from the master: " + *care.why_killed;
  const auto level =
      respawning_ || *care.wait_status != 0 ? base::LogLevel::warning : base::LogLevel::info;
  base::log_event(level, respawning_ ? "worker died" : "worker left",
                  {{"slot", worker.slot},
                   {"pid", worker.pid},
                   {"how", how},
                   {"generation", orders_.number},
                   {"lived_ms", loop_.now_ms() - worker.started_ms},
                   {"connections", worker.connections}});
}

void Supervisor::plan_respawn(ipc::Slot slot, milliseconds wait) {
  Care& care = cares_[slot];
  // Its peers are frozen: what they are told must wait as well.
  care.awaits_release = held_;
  if (held_) return;
  care.respawn->start(wait);
  if (wait == milliseconds::zero()) return;
  base::log_info(
      "worker is started again later",
      {{"slot", slot}, {"wait_ms", wait.count()}, {"failures", care.backoff.failures()}});
  const bool lost = !recovers(slot);
  // Everybody's fences wait for clients that are kept, until they are told that these are lost.
  const bool urgent = lost && orders_.edition.keeps_clients;
  if (wait < kBriefly && !urgent) return;
  care.said_down = true;
  workers_.tell_all(ipc::SlotDown{slot, lost});
}

// ---- the generation as a whole ----

bool Supervisor::at_boundary() const {
  return std::ranges::all_of(workers_, [this](const Worker& worker) {
    if (worker.pid == 0) return true;
    return !cares_[worker.slot].wait_status && worker.channel->at_boundary();
  });
}

bool Supervisor::has_settled() {
  return workers_.ready() > 0 && std::ranges::all_of(workers_, [this](const Worker& worker) {
           return worker.takes_connections() ||
                  cares_[worker.slot].backoff.failures() >= kStartTries;
         });
}

bool Supervisor::is_hopeless() const {
  return !ever_ready_ && std::ranges::any_of(cares_, [](const Care& care) {
    return care.backoff.failures() >= kStartTries;
  });
}

}  // namespace banterd::master
