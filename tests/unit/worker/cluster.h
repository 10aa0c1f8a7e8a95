// Up to three workers without a master: each a Service with a loop of its own, joined by pipes, and
// line clients on socket pairs. The test turns the loops one after the other, so that a story runs
// the same way each time; a worker that is held is not turned: it hangs.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "ipc/channel.h"
#include "worker/exporter.h"
#include "worker/importer.h"
#include "worker/service.h"
#include "worker/slot_map.h"

namespace banterd::worker {

// A person at the other end of a socket.
class Guest {
 public:
  Guest(std::string nick, base::UniqueFd socket)
      : nick_(std::move(nick)), socket_(std::move(socket)) {}

  [[nodiscard]] const std::string& nick() const { return nick_; }

  void say(std::string_view line) { unsent_.append(line).append("\n"); }
  void say_unended(std::string_view text) { unsent_ += text; }
  void close_writing() { ends_ = true; }
  void vanish() { socket_.reset(); }
  void stop_reading() { reads_ = false; }
  void go_on_reading() { reads_ = true; }

  // What came since the last call, whole or as lines.
  std::string take() { return std::exchange(got_, {}); }
  [[nodiscard]] const std::string& got() const { return got_; }
  [[nodiscard]] bool saw(std::string_view text) const {
    return got_.find(text) != std::string::npos;
  }
  [[nodiscard]] int times(std::string_view text) const {
    int count = 0;
    for (size_t at = got_.find(text); at != std::string::npos; at = got_.find(text, at + 1))
      ++count;
    return count;
  }
  // The server has closed its side, in order or not.
  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] bool reset() const { return reset_; }
  [[nodiscard]] size_t unsent() const { return unsent_.size(); }

  // True if bytes went either way.
  bool turn() {
    if (!socket_.valid()) return false;
    const bool wrote = write();
    return read() || wrote;
  }

 private:
  bool write() {
    const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent > 0) unsent_.erase(0, static_cast<size_t>(sent));
    if (unsent_.empty() && std::exchange(ends_, false)) ::shutdown(socket_.get(), SHUT_WR);
    return sent > 0;
  }
  bool read() {
    if (!reads_) return false;
    char buffer[65536];
    const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got == 0 && !at_end_) return at_end_ = true;
    if (got < 0 && errno == ECONNRESET) reset_ = at_end_ = true;
    if (got <= 0) return false;
    got_.append(buffer, static_cast<size_t>(got));
    return true;
  }

  const std::string nick_;
  base::UniqueFd socket_;
  std::string unsent_;
  std::string got_;
  bool reads_ = true;
  bool ends_ = false;
  bool at_end_ = false;
  bool reset_ = false;
};

class Cluster {
 public:
  // `settings`: more members of the configuration.
  explicit Cluster(Slot slots, const std::string& settings = "") : Cluster(slots, settings, 0) {}
  // Of another generation, which waits for the exports of that many slots.
  Cluster(Slot slots, const std::string& settings, uint32_t imports)
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
  static constexpr const char* kNoFlood =
      R"(, "limits": {"messages_per_second": 1000000000, "message_burst": 1000000000})";
  // Clients of a worker that dies stay connected: they have TCP connections, of which the cluster
  // keeps copies as the master does.
  static constexpr const char* kKeep =
      R"(, "keep_clients_on_crash": true, "limits": {"messages_per_second": 1000000000, "message_burst": 1000000000})";
  static constexpr uint32_t kLine = 0;
  static constexpr uint32_t kRaw = 1;
  static constexpr uint32_t kEcho = 2;
  static constexpr uint32_t kIrc = 3;
  static constexpr uint32_t kHttp = 4;

  [[nodiscard]] Slot slots() const { return static_cast<Slot>(nodes_.size()); }
  Service& service(Slot slot) { return *nodes_[slot].service; }
  base::Loop& loop(Slot slot) { return *nodes_[slot].loop; }

  // ---- names by their owner ----
  [[nodiscard]] std::string name_owned_by(Slot owner, const std::string& prefix) const {
    for (int i = 0;; ++i) {
      std::string name = prefix + std::to_string(i);
      if (owner_of(chat::fold(name), slots()) == owner) return name;
    }
  }
  [[nodiscard]] std::string room_of(Slot owner) const { return name_owned_by(owner, "#room"); }
  [[nodiscard]] std::string nick_of(Slot owner) const { return name_owned_by(owner, "zed"); }

  // What operators have asked of the master that is not there.
  std::vector<ipc::OperatorRequest> asked_of_master;

  // ---- people ----
  // Hands a new socket to a worker, as the master does.
  Guest& connect(Slot slot, uint32_t listener = kLine) {
    int ends[2];
    if (keeps_) {
      connect_tcp(ends);
    } else {
      REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    }
    const uint64_t connection = ++connections_;
    if (keeps_) nodes_[slot].sockets[connection].reset(::fcntl(ends[0], F_DUPFD_CLOEXEC, 0));
    guests_.push_back(
        std::make_unique<Guest>("guest-" + std::to_string(connection), base::UniqueFd(ends[1])));
    const auto added =
        service(slot).clients().add(connection, service(slot).config().listeners.at(listener),
                                    "10.0.0.1", base::UniqueFd(ends[0]));
    REQUIRE(added.has_value());
    return *guests_.back();
  }
  // Connects somebody who is in #lobby when this returns. Nobody has unread lines then.
  Guest& enter(Slot slot, uint32_t listener = kLine) {
    Guest& guest = connect(slot, listener);
    settle();
    forget();
    return guest;
  }
  // Says all lines, and goes on until everything that comes of it has come.
  void say(Guest& guest, std::initializer_list<std::string> lines) {
    for (const std::string& line : lines) guest.say(line);
    settle();
  }
  void forget() {
    for (const auto& guest : guests_) guest->take();
  }

  // ---- time ----
  void hold(Slot slot) { nodes_[slot].held = true; }
  void release(Slot slot) { nodes_[slot].held = false; }
  // One turn of every worker and of everybody's socket. True if a client heard or said anything.
  bool turn() {
    for (Node& node : nodes_) turn(node);
    return turn_guests();
  }
  // A part of a turn: that of the next worker, or of everybody's sockets. So many of them.
  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      const size_t next = step_++ % (nodes_.size() + 1);
      if (next < nodes_.size()) {
        turn(nodes_[next]);
      } else {
        turn_guests();
      }
    }
  }
  void turns(int count) {
    for (int i = 0; i < count; ++i) turn();
  }
  template <class Done>
  void run_until(Done done) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      turn();
      REQUIRE(std::chrono::steady_clock::now() < give_up);
    }
  }
  // Until nothing moves any more. A message between workers needs no more than two turns, and no
  // story here has ten in a row of which no client hears.
  void settle() {
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
  static constexpr int kQuietTurns = 30;

  // ---- generations ----
  void freeze() {
    for (Node& node : nodes_) node.exporter->freeze();
    run_until([&] { return told_everywhere<ipc::Frozen>(); });
  }
  void thaw() {
    for (Node& node : nodes_) {
      node.exporter->thaw();
      node.told.clear();
    }
  }
  // Gives all that it has to `next`, which may be of another size, up to the commit: the people
  // stay here until commit_to().
  void export_to(Cluster& next) {
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
  void commit_to(Cluster& next) {
    for (Node& node : next.nodes_) node.importer->commit();
    next.guests_ = std::move(guests_);
    next.connections_ = connections_;
    for (Slot slot = 0; slot < slots(); ++slot) kill(slot);
  }
  // All of it.
  void hand_over_to(Cluster& next) {
    freeze();
    export_to(next);
    REQUIRE_FALSE(next.told_anywhere<ipc::HandoverFailed>());
    commit_to(next);
  }
  [[nodiscard]] std::vector<size_t> export_sizes() const {
    std::vector<size_t> sizes;
    for (const Node& node : nodes_)
      sizes.push_back(static_cast<size_t>(::lseek(node.memory->get(), 0, SEEK_END)));
    return sizes;
  }
  template <class Message>
  [[nodiscard]] bool told_everywhere() const {
    return std::ranges::all_of(nodes_, [](const Node& node) { return has_told<Message>(node); });
  }
  template <class Message>
  [[nodiscard]] bool told_anywhere() const {
    return std::ranges::any_of(nodes_, [](const Node& node) { return has_told<Message>(node); });
  }

  // ---- lives ----
  // The worker is gone: its pipes and its clients' sockets have ended.
  void kill(Slot slot) {
    nodes_[slot].exporter.reset();
    nodes_[slot].importer.reset();
    nodes_[slot].service.reset();
    nodes_[slot].loop.reset();
    nodes_[slot].held = false;
  }
  // How a next life begins.
  struct Birth {
    bool killed_from_outside = true;  // so the last life ended
    // The life ends within its start: when it has stored so many bytes in its journal.
    uint64_t stores = UINT64_MAX;
  };
  void start(Slot slot) { start(slot, Birth{}); }
  // The worker is killed when it has read what there was, before anything that follows from it has
  // left.
  void kill_after_reading(Slot slot) {
    uv_run(nodes_[slot].loop->get(), UV_RUN_NOWAIT);
    kill(slot);
  }
  // There is no more memory for its clients.
  void forbid_growth(Slot slot) {
    REQUIRE(::fcntl(nodes_[slot].clients.get(), F_ADD_SEALS, F_SEAL_GROW) == 0);
  }
  [[nodiscard]] base::UniqueFd memory_of(Slot slot) const {
    return base::UniqueFd(::fcntl(nodes_[slot].clients.get(), F_DUPFD_CLOEXEC, 0));
  }
  // Copies of sockets that the master would have.
  [[nodiscard]] size_t kept_sockets(Slot slot) const { return nodes_[slot].sockets.size(); }
  // The master gives a dead slot's clients up.
  void lose(Slot slot) {
    nodes_[slot].sockets.clear();
    nodes_[slot].lost = true;
    for (Node& node : nodes_) {
      if (node.service != nullptr) node.service->on_slot_absent(slot, true);
    }
  }
  // And they begin anew with `to`. True if all of them do.
  bool give_away(Slot from, Slot to) {
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
  // Its next life, with its journal and new pipes to all who live.
  void start(Slot slot, const Birth& birth) {
    Node& node = nodes_[slot];
    ++node.incarnation;
    node.loop = std::make_unique<base::Loop>();
    auto config = conf::parse(config_, "test.json");
    REQUIRE_MESSAGE(config.has_value(), config.error().context);
    auto journal = ipc::Journal::open(
        base::UniqueFd(::fcntl(node.journal.get(), F_DUPFD_CLOEXEC, 0)), kJournalBytes);
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
        *node.loop, *node.service, [&node](const ipc::ToMaster& message, ipc::SharedFd descriptor) {
          node.told.push_back(message);
          if (descriptor != nullptr) node.memory = std::move(descriptor);
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
  // The memory that a dead worker leaves to its next life.
  [[nodiscard]] int journal(Slot slot) const { return nodes_[slot].journal.get(); }
  static constexpr size_t kJournalBytes = 1 << 16;

 private:
  struct Node {
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
  static base::UniqueFd clients_memory() {
    base::UniqueFd memory(::memfd_create("cluster-clients", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    REQUIRE(memory.valid());
    return memory;
  }
  void turn(Node& node) {
    if (node.service == nullptr || node.held) return;
    node.service->end_iteration();
    uv_run(node.loop->get(), UV_RUN_NOWAIT);
    node.service->end_iteration();
    node.exporter->end_iteration();
    node.importer->end_iteration();
    for (const uint64_t connection : node.service->clients().take_closed())
      node.sockets.erase(connection);
  }
  static void connect_tcp(int (&ends)[2]) {
    const base::UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener.get(), generic, length) == 0);
    REQUIRE(::listen(listener.get(), 1) == 0);
    REQUIRE(::getsockname(listener.get(), generic, &length) == 0);
    ends[1] = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(ends[1], generic, length) == 0);
    ends[0] = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    REQUIRE(ends[0] >= 0);
    REQUIRE(::fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    // As the master's listeners have it: else a small segment may wait for an acknowledgement.
    const int on = 1;
    for (const int end : ends)
      REQUIRE(::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
  }
  bool turn_guests() {
    bool moved = false;
    for (const auto& guest : guests_) moved = guest->turn() || moved;
    return moved;
  }
  template <class Message>
  static bool has_told(const Node& node) {
    return std::ranges::any_of(node.told, [](const ipc::ToMaster& message) {
      return std::holds_alternative<Message>(message);
    });
  }

  std::string config_;
  bool keeps_ = false;
  std::vector<Node> nodes_;
  const uint32_t imports_;
  std::vector<std::unique_ptr<Guest>> guests_;
  uint64_t connections_ = 0;
  size_t step_ = 0;
};

}  // namespace banterd::worker
