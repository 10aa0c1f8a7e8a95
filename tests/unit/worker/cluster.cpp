#include "tests/unit/worker/cluster.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <optional>

#include "base/log.h"
#include "ipc/channel.h"
#include "tests/unit/worker/socket_pair.h"
#include "worker/exporter.h"
#include "worker/importer.h"
#include "worker/slot_map.h"

namespace banterd::worker {

// ---- a person ----

int Guest::times(std::string_view text) const {
  int count = 0;
  for (size_t at = got_.find(text); at != std::string::npos; at = got_.find(text, at + 1)) ++count;
  return count;
}

bool Guest::turn() {
  if (!socket_.valid()) return false;
  const bool wrote = write();
  return read() || wrote;
}

bool Guest::write() {
  const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent > 0) unsent_.erase(0, static_cast<size_t>(sent));
  if (unsent_.empty() && std::exchange(ends_, false)) ::shutdown(socket_.get(), SHUT_WR);
  return sent > 0;
}

bool Guest::read() {
  if (!reads_) return false;
  char buffer[65536];
  const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
  if (got == 0 && !at_end_) return at_end_ = true;
  if (got < 0 && errno == ECONNRESET) reset_ = at_end_ = true;
  if (got <= 0) return false;
  got_.append(buffer, static_cast<size_t>(got));
  return true;
}

// ---- the cluster ----

struct Cluster::Node {
  std::unique_ptr<base::Loop> loop;
  std::unique_ptr<Service> service;  // goes before its loop
  std::unique_ptr<Exporter> exporter;
  std::unique_ptr<Importer> importer;
  std::vector<ipc::ToMaster> told;
  ipc::SharedFd memory;  // its export
  base::UniqueFd journal;
  base::UniqueFd clients;                      // their memory
  std::map<uint64_t, base::UniqueFd> sockets;  // by connection
  uint64_t incarnation = 0;
  bool held = false;
  bool lost = false;  // its clients were given up
};

namespace {

base::UniqueFd clients_memory() {
  base::UniqueFd memory(::memfd_create("cluster-clients", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  REQUIRE(memory.valid());
  return memory;
}

}  // namespace

Cluster::Cluster(Slot slots, const std::string& settings, uint32_t imports)
    : nodes_(slots), imports_(imports) {
  base::log_setup("test", base::LogLevel::error, base::LogFormat::text);
  config_ = R"({"listeners": [{"protocol": "line", "address": "127.0.0.1", "port": 0},)"
            R"({"protocol": "line", "format": "raw", "address": "127.0.0.1", "port": 0},)"
            R"({"protocol": "echo", "address": "127.0.0.1", "port": 0},)"
            R"({"protocol": "irc", "address": "127.0.0.1", "port": 0},)"
            R"({"protocol": "http", "address": "127.0.0.1", "port": 0}])" +
            (settings.empty() ? std::string(kNoFlood) : settings) + "}";
  keeps_ = conf::parse(config_, "test.json").value().keep_clients_on_crash;
  for (Node& node : nodes_) {
    auto memory = ipc::Journal::create_memory("cluster");
    REQUIRE(memory.has_value());
    node.journal = *std::move(memory);
    node.clients = clients_memory();
  }
  for (Slot slot = 0; slot < slots; ++slot) start(slot);
}

Cluster::~Cluster() = default;

Slot Cluster::slots() const { return static_cast<Slot>(nodes_.size()); }

Service& Cluster::service(Slot slot) { return *nodes_[slot].service; }

base::Loop& Cluster::loop(Slot slot) { return *nodes_[slot].loop; }

std::string Cluster::name_owned_by(Slot owner, const std::string& prefix) const {
  for (int i = 0;; ++i) {
    std::string name = prefix + std::to_string(i);
    if (owner_of(chat::fold(name), slots()) == owner) return name;
  }
}

// ---- people ----

Guest& Cluster::connect(Slot slot, uint32_t listener) {
  auto [ours, guests] = keeps_ ? tcp_pair() : unix_pair();
  const uint64_t connection = ++connections_;
  if (keeps_) nodes_[slot].sockets[connection].reset(::fcntl(ours.get(), F_DUPFD_CLOEXEC, 0));
  guests_.push_back(
      std::make_unique<Guest>("guest-" + std::to_string(connection), std::move(guests)));
  const auto added = service(slot).clients().add(
      connection, service(slot).config().listeners.at(listener), "10.0.0.1", std::move(ours));
  REQUIRE(added.has_value());
  return *guests_.back();
}

Guest& Cluster::enter(Slot slot, uint32_t listener) {
  Guest& guest = connect(slot, listener);
  settle();
  forget();
  return guest;
}

void Cluster::say(Guest& guest, std::initializer_list<std::string> lines) {
  for (const std::string& line : lines) guest.say(line);
  settle();
}

void Cluster::forget() {
  for (const auto& guest : guests_) guest->take();
}

// ---- time ----

void Cluster::hold(Slot slot) { nodes_[slot].held = true; }

void Cluster::release(Slot slot) { nodes_[slot].held = false; }

void Cluster::turn(Node& node) {
  if (node.service == nullptr || node.held) return;
  node.service->end_iteration();
  uv_run(node.loop->get(), UV_RUN_NOWAIT);
  node.service->end_iteration();
  node.exporter->end_iteration();
  node.importer->end_iteration();
  for (const uint64_t connection : node.service->clients().take_closed())
    node.sockets.erase(connection);
}

bool Cluster::turn_guests() {
  bool moved = false;
  for (const auto& guest : guests_) moved = guest->turn() || moved;
  return moved;
}

bool Cluster::turn() {
  for (Node& node : nodes_) turn(node);
  return turn_guests();
}

void Cluster::steps(int count) {
  for (int i = 0; i < count; ++i) {
    const size_t next = step_++ % (nodes_.size() + 1);
    if (next < nodes_.size()) {
      turn(nodes_[next]);
    } else {
      turn_guests();
    }
  }
}

void Cluster::turns(int count) {
  for (int i = 0; i < count; ++i) turn();
}

void Cluster::run_until(const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    turn();
    REQUIRE(std::chrono::steady_clock::now() < give_up);
  }
}

void Cluster::settle() {
  using std::chrono::steady_clock;
  // TCP delivers when the kernel comes to it.
  const std::chrono::milliseconds patience(keeps_ ? 20 : 0);
  steady_clock::time_point moved = steady_clock::now();
  for (int quiet = 0; quiet < kQuietTurns || steady_clock::now() < moved + patience; ++quiet) {
    if (!turn()) continue;
    quiet = 0;
    moved = steady_clock::now();
  }
}

// ---- generations ----

void Cluster::freeze() {
  for (Node& node : nodes_) node.exporter->freeze();
  run_until([&] { return told_everywhere<ipc::Frozen>(); });
}

void Cluster::thaw() {
  for (Node& node : nodes_) {
    if (node.exporter != nullptr) node.exporter->thaw();
    node.told.clear();
  }
}

void Cluster::export_to(Cluster& next) {
  static uint64_t attempt = 0;
  ++attempt;
  std::vector<std::vector<base::UniqueFd>> ends(nodes_.size());  // at the new slots, by old slot
  for (Slot from = 0; from < slots(); ++from) {
    std::vector<base::UniqueFd> pipes;
    for (Slot to = 0; to < next.slots(); ++to) {
      auto pair = ipc::make_channel_pair();
      REQUIRE(pair.has_value());
      pipes.push_back(std::move(pair->first));
      ends[from].push_back(std::move(pair->second));
    }
    nodes_[from].exporter->begin(attempt, std::move(pipes));
  }
  run_until([&] { return told_everywhere<ipc::Exported>(); });
  for (Slot from = 0; from < slots(); ++from) {
    for (Slot to = 0; to < next.slots(); ++to)
      next.nodes_[to].importer->add(from, *nodes_[from].memory, std::move(ends[from][to]));
  }
  next.run_until([&] {
    turn();
    return next.told_everywhere<ipc::Imported>() || next.told_anywhere<ipc::HandoverFailed>();
  });
}

void Cluster::commit_to(Cluster& next) {
  for (Node& node : next.nodes_) node.importer->commit();
  next.guests_ = std::move(guests_);
  next.connections_ = connections_;
  for (Slot slot = 0; slot < slots(); ++slot) kill(slot);
}

void Cluster::hand_over_to(Cluster& next) {
  freeze();
  export_to(next);
  REQUIRE_FALSE(next.told_anywhere<ipc::HandoverFailed>());
  commit_to(next);
}

std::vector<size_t> Cluster::export_sizes() const {
  std::vector<size_t> sizes;
  for (const Node& node : nodes_)
    sizes.push_back(static_cast<size_t>(::lseek(node.memory->get(), 0, SEEK_END)));
  return sizes;
}

// ---- lives ----

void Cluster::kill(Slot slot) {
  nodes_[slot].exporter.reset();
  nodes_[slot].importer.reset();
  nodes_[slot].service.reset();
  nodes_[slot].loop.reset();
  nodes_[slot].held = false;
}

void Cluster::start(Slot slot, const Birth& birth) {
  Node& node = nodes_[slot];
  ++node.incarnation;
  node.loop = std::make_unique<base::Loop>();
  auto config = conf::parse(config_, "test.json");
  REQUIRE_MESSAGE(config.has_value(), config.error().context);
  auto journal = ipc::Journal::open(base::UniqueFd(::fcntl(node.journal.get(), F_DUPFD_CLOEXEC, 0)),
                                    kJournalBytes);
  REQUIRE(journal.has_value());
  (*journal)->stop_memory_after(birth.stores);
  ipc::Start who;
  who.slot = slot;
  who.slots = slots();
  who.incarnation = node.incarnation;
  who.killed_from_outside = birth.killed_from_outside;
  if (node.incarnation == 1) who.imports = imports_;
  std::unique_ptr<ipc::ClientMemory> clients;
  if (keeps_) {
    auto opened =
        ipc::ClientMemory::open(base::UniqueFd(::fcntl(node.clients.get(), F_DUPFD_CLOEXEC, 0)));
    REQUIRE(opened.has_value());
    clients = *std::move(opened);
    who.recovers = !std::exchange(node.lost, false);
  }
  node.service = std::make_unique<Service>(
      *node.loop, who, *std::move(config), *std::move(journal),
      [this](const ipc::OperatorRequest& request) { asked_of_master.push_back(request); },
      std::move(clients));
  for (const auto& [connection, socket] : node.sockets) {
    node.service->on_kept({connection, std::nullopt, "10.0.0.1"},
                          base::UniqueFd(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0)));
  }
  node.exporter = std::make_unique<Exporter>(
      *node.loop, *node.service,
      [&node](const ipc::ToMaster& message, std::vector<ipc::SharedFd> descriptors) {
        node.told.push_back(message);
        if (!descriptors.empty()) node.memory = std::move(descriptors.front());
      });
  node.importer = std::make_unique<Importer>(
      *node.loop, *node.service, who.imports,
      [&node](const ipc::ToMaster& message) { node.told.push_back(message); });
  for (Slot other = 0; other < slots(); ++other) {
    if (other == slot || nodes_[other].service == nullptr) continue;
    auto pair = ipc::make_channel_pair();
    REQUIRE(pair.has_value());
    node.service->bus().connect({other, nodes_[other].incarnation}, std::move(pair->first));
    nodes_[other].service->bus().connect({slot, node.incarnation}, std::move(pair->second));
  }
  if (node.incarnation > 1) node.service->on_meshed();
  if (birth.stores != UINT64_MAX) kill(slot);
}

void Cluster::kill_after_reading(Slot slot) {
  uv_run(nodes_[slot].loop->get(), UV_RUN_NOWAIT);
  kill(slot);
}

void Cluster::forbid_growth(Slot slot) {
  REQUIRE(::fcntl(nodes_[slot].clients.get(), F_ADD_SEALS, F_SEAL_GROW) == 0);
}

base::UniqueFd Cluster::memory_of(Slot slot) const {
  return base::UniqueFd(::fcntl(nodes_[slot].clients.get(), F_DUPFD_CLOEXEC, 0));
}

size_t Cluster::kept_sockets(Slot slot) const { return nodes_[slot].sockets.size(); }

void Cluster::lose(Slot slot) {
  nodes_[slot].sockets.clear();
  nodes_[slot].lost = true;
  for (Node& node : nodes_) {
    if (node.service != nullptr) node.service->on_slot_stays_down(slot, true);
  }
}

bool Cluster::give_away(Slot from, Slot to) {
  const base::UniqueFd memory = std::move(nodes_[from].clients);
  nodes_[from].clients = clients_memory();
  auto sockets = std::exchange(nodes_[from].sockets, {});
  lose(from);
  bool all = true;
  for (auto& [connection, socket] : sockets) {
    ipc::Connection again;
    again.id = ++connections_;
    again.anew = {connection, 0};
    nodes_[to].sockets[again.id].reset(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    const auto begun = service(to).begin_anew(
        again, std::move(socket), base::UniqueFd(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0)));
    if (!begun) nodes_[to].sockets.erase(again.id);
    all = all && begun;
  }
  return all;
}

int Cluster::journal(Slot slot) const { return nodes_[slot].journal.get(); }

const std::vector<ipc::ToMaster>& Cluster::told_by(Slot slot) const { return nodes_[slot].told; }

}  // namespace banterd::worker
