// What the master leaves to its next image, and takes over from the last one.
#include <map>
#include <tuple>

#include "base/log.h"
#include "master/server.h"
#include "master/state_directory.h"

namespace banterd::master {

// ---- leaving ----

MasterState Server::state() const {
  MasterState state;
  state.formats = formats_;
  state.arguments = plan_.arguments;
  state.binary_path = plan_.binary_path;
  state.config_file = plan_.config_file;
  const Orders& orders = generation_->supervisor.orders();
  state.boot = orders.boot;
  state.generation = orders.number;
  state.first_incarnation = orders.first_incarnation;
  state.config_text = orders.edition.config_text;
  state.config_name = orders.edition.config_name;
  state.cloak_key = base::to_hex(orders.edition.cloak_key);
  state.last_connection = dispatcher_.last_id();
  state.reloads = reloads_;
  state.last_reload = last_reload_;
  state.reload_wanted = reload_wanted_;
  state.warned_of_limit = warned_of_limit_;
  describe_slots(state);
  describe_served(state);
  describe_sockets(state);
  describe_throttled(state);
  return state;
}

void Server::describe_slots(MasterState& state) const {
  for (const Worker& worker : generation_->workers) {
    SlotRecord& record = state.slots.emplace_back();
    record.state = worker.state;
    record.pid = worker.pid;
    record.incarnation = worker.incarnation;
    record.started_ms = worker.started_ms;
    record.became_ready = worker.became_ready;
    if (worker.channel && !worker.channel->ended()) record.channel = worker.channel->descriptor();
    record.journal = worker.journal->get();
    if (worker.clients != nullptr) record.clients = worker.clients->get();
    record.failures = generation_->supervisor.failures(worker.slot);
    record.killed_from_outside = generation_->supervisor.was_killed_from_outside(worker.slot);
    const Supervisor::Recoveries& recoveries = generation_->supervisor.recoveries(worker.slot);
    record.unready_deaths = recoveries.unready_deaths;
    record.served_until = recoveries.served_until;
    record.clients_lost = recoveries.lost;
  }
}

void Server::describe_served(MasterState& state) const {
  std::map<std::tuple<ipc::Slot, std::string, bool, std::optional<uint32_t>>, ServedRecord> groups;
  dispatcher_.each_served(
      [&](uint64_t id, ipc::Slot slot, const std::string& host, const Dispatcher::Copy* copy) {
        const std::optional<uint32_t> listener = copy == nullptr ? std::nullopt : copy->listener;
        ServedRecord& group = groups[{slot, host, copy != nullptr, listener}];
        group.slot = slot;
        group.host = host;
        group.listener = listener;
        group.ids.push_back(id);
        if (copy != nullptr) group.sockets.push_back(copy->socket->get());
      });
  for (auto& [where, group] : groups) state.served.push_back(std::move(group));
}

void Server::describe_sockets(MasterState& state) const {
  for (const Acceptor::Listening& listening : acceptor_->listening()) {
    const SocketFile::Identity file = listening.socket->file.identity();
    state.listeners.push_back({listening.fd, listening.socket->index, listening.socket->inherited,
                               listening.socket->name, file.path, file.device, file.inode});
  }
  for (const Refusals::Left& left : refusals_.left())
    state.refused.push_back({left.fd, left.rest_ms});
}

void Server::describe_throttled(MasterState& state) const {
  admission_.throttle().each(loop_.now_ms(), [&](const std::string& address, uint64_t full_at_ms) {
    state.throttled.push_back({address, full_at_ms});
  });
}

// ---- taking over ----

base::Result<void> Server::adopt(const MasterState& state) {
  formats_ = state.formats;
  reloads_ = state.reloads;
  last_reload_ = state.last_reload;
  reload_wanted_ = state.reload_wanted;
  warned_of_limit_ = state.warned_of_limit;
  if (auto adopted = adopt_sockets(state); !adopted) return adopted;
  watch_signals();
  if (auto adopted = adopt_generation(state); !adopted) return adopted;
  if (auto adopted = adopt_served(state); !adopted) return adopted;
  tick_.start(ipc::kHeartbeatInterval, ipc::kHeartbeatInterval);
  serving_ = true;
  acceptor_->start();
  base::log_info("the master goes on as a new program", {{"generation", generation_->number()},
                                                         {"workers", generation_->workers.ready()},
                                                         {"clients", admission_.connections()},
                                                         {"version", BANTERD_VERSION}});
  service_manager_.ready(status());
  return {};
}

base::Result<void> Server::adopt_sockets(const MasterState& state) {
  const std::vector<conf::Listener>& listeners = plan_.config.listeners;
  std::vector<ListeningSocket> sockets;
  for (const ListenerRecord& record : state.listeners) {
    auto fd = adopt_descriptor(record.fd);
    if (!fd) return fd.error();
    if (record.index >= listeners.size())
      return base::Error{base::Errc::invalid, "a socket of a listener that there is not"};
    auto address = bound_address(fd->get());
    if (!address) return address.error();
    ListeningSocket& socket = sockets.emplace_back();
    socket.index = record.index;
    socket.protocol = listeners[record.index].protocol;
    socket.address = *address;
    socket.inherited = record.inherited;
    socket.name = record.name;
    socket.v6_only = is_v6_only(fd->get());
    socket.fd = std::move(*fd);
    socket.file = SocketFile::from({record.path, record.device, record.inode});
  }
  for (const RefusedRecord& record : state.refused) {
    auto fd = adopt_descriptor(record.fd);
    if (!fd) return fd.error();
    refusals_.adopt(std::move(*fd), record.rest_ms);
  }
  apply_limits(sockets.size());
  for (const ThrottledRecord& record : state.throttled)
    admission_.throttle().restore(record.address, record.full_at_ms);
  return make_acceptor(std::move(sockets));
}

// There is none in the state of a version that knew of no cloaks. This one goes on in any case.
base::Result<base::CloakKey> Server::cloak_key_after(const MasterState& state) const {
  if (const auto known = base::cloak_key_from_hex(state.cloak_key)) return *known;
  auto fresh = base::random_cloak_key();
  if (!fresh) return fresh;
  auto kept = keep_cloak_key(state_directory(plan_.config), *fresh);
  if (kept) return kept;
  base::log_warning("the key of cloaked hosts is not kept", {{"error", kept.error()}});
  return fresh;
}

namespace {

// Gives `worker` what the record says of it; what is the supervisor's is returned.
base::Result<Supervisor::Legacy> adopt_slot(const SlotRecord& record, Worker& worker) {
  auto journal = adopt_descriptor(record.journal);
  if (!journal) return journal.error();
  worker.journal = std::make_shared<base::UniqueFd>(std::move(*journal));
  if (record.clients >= 0) {
    auto clients = adopt_descriptor(record.clients);
    if (!clients) return clients.error();
    worker.clients = std::make_shared<base::UniqueFd>(std::move(*clients));
  }
  worker.incarnation = record.incarnation;
  Supervisor::Legacy legacy;
  legacy.failures = record.failures;
  legacy.killed_from_outside = record.killed_from_outside;
  legacy.recoveries = {record.unready_deaths, record.served_until, record.clients_lost};
  if (record.pid <= 0) return legacy;
  auto channel = adopt_descriptor(record.channel);
  if (!channel) return channel.error();
  legacy.channel = std::move(*channel);
  worker.state = record.state;
  worker.pid = static_cast<pid_t>(record.pid);
  worker.started_ms = record.started_ms;
  worker.became_ready = record.became_ready;
  return legacy;
}

}  // namespace

base::Result<void> Server::adopt_generation(const MasterState& state) {
  const auto key = cloak_key_after(state);
  if (!key) return key.error();
  auto edition = make_edition(*key);
  if (!edition) return edition.error();
  if (state.slots.empty() || state.slots.size() > ipc::kMaxSlots)
    return base::Error{base::Errc::invalid, "a number of slots that cannot be"};
  Orders orders;
  orders.boot = state.boot;
  orders.number = state.generation;
  orders.first_incarnation = state.first_incarnation;
  orders.edition = std::move(*edition);
  generation_ = std::make_unique<Generation>(loop_, static_cast<uint32_t>(state.slots.size()),
                                             std::move(orders), callbacks());
  dispatcher_.use(generation_->workers);
  std::vector<Supervisor::Legacy> legacies;
  for (Worker& worker : generation_->workers) {
    auto legacy = adopt_slot(state.slots[worker.slot], worker);
    if (!legacy) return legacy.error();
    legacies.push_back(*std::move(legacy));
  }
  return generation_->supervisor.adopt(std::move(legacies));
}

base::Result<void> Server::adopt_served(const MasterState& state) {
  dispatcher_.restore_last_id(state.last_connection);
  dispatcher_.keep_sockets(plan_.config.keep_clients_on_crash);
  for (const ServedRecord& record : state.served) {
    if (record.slot >= generation_->workers.slots())
      return base::Error{base::Errc::invalid, "connections of a slot that there is not"};
    const std::vector<conf::Listener>& listeners = plan_.config.listeners;
    if (record.listener && *record.listener >= listeners.size())
      return base::Error{base::Errc::invalid, "connections of a listener that there is not"};
    const bool has_sockets = record.sockets.size() == record.ids.size();
    for (size_t i = 0; i < record.ids.size(); ++i) {
      std::optional<Dispatcher::Copy> copy;
      if (has_sockets) {
        auto adopted = adopt_descriptor(record.sockets[i]);
        if (!adopted) return adopted.error();
        copy = {std::make_shared<base::UniqueFd>(*std::move(adopted)), record.listener};
        if (record.listener) copy->protocol = listeners[*record.listener].protocol;
      }
      dispatcher_.restore_served(record.ids[i], record.slot, record.host, std::move(copy));
    }
  }
  return {};
}

}  // namespace banterd::master
