// All clients of this worker: who is ready to go on, who has something to be flushed, who waits for
// credit, who is gone.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/cloak.h"
#include "base/uv/background.h"
#include "worker/client.h"
#include "worker/keeper.h"
#include "worker/queries.h"

namespace banterd::worker {

class Clients final : public ClientHost, public RouterListener, public LocalClients {
 public:
  // What the table needs of its worker. All of it outlives the table.
  struct Context {
    const conf::Config& config;
    const chat::Place place;
    ConnectionContext& connections;
    Bus& bus;
    Hub& hub;
    const ServerInfo& server;
    // By which others see addresses.
    const base::CloakKey& cloak_key;
    // Asks this slot itself: on_answer() follows.
    std::function<void(const Query& query)> ask_self;
    // How much there is in all slots, as far as it is known here.
    std::function<std::vector<Numbers>()> numbers;
    std::function<void(ipc::OperatorAction what, const chat::Profile& who)> ask_master;
  };
  explicit Clients(Context context);
  // The router is made after the table, which it reports to.
  void set_router(Router& router) { router_ = &router; }
  // If clients are kept. It outlives the table.
  void set_keeper(Keeper& keeper) { keeper_ = &keeper; }

  // A connection that the master has handed over.
  base::Result<void> add(uint64_t connection, const conf::Listener& listener, std::string address,
                         base::UniqueFd socket);

  // A client that another process has handed over; `queue` and `input` are his. Nothing happens to
  // him while the connections are suspended.
  base::Result<void> restore(const ClientRecord& record, base::UniqueFd socket, std::string input,
                             SendQueue queue);
  // One of an earlier life of this slot (worker/recovery.h). On an Error he is not here.
  base::Result<void> recover(const KeptClient& kept, Client::Restored restored);
  // One of another slot, which has failed; `connection` is his new number.
  base::Result<void> begin_anew(uint64_t connection, const KeptClient& kept,
                                Client::Restored restored, chat::TimeMs served_until);
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& client : clients_) visit(*client);
  }
  // Those whose records or input have changed since the last call, and those who have something to
  // be flushed.
  template <class Visit>
  void each_changed(Visit visit) {
    for (const uint64_t connection : std::exchange(changed_, {})) {
      Client* const client = find(connection);
      if (client == nullptr) continue;
      client->keeping_.make().queued_changed = false;
      visit(*client);
    }
  }
  template <class Visit>
  void each_to_flush(Visit visit) {
    for (Client* const client : to_flush_) visit(*client);
  }
  // A socket that nobody here goes on with.
  void refuse(uint64_t connection) { closed_.push_back(connection); }

  // How many there are of each kind; the rest is zero.
  [[nodiscard]] const Numbers& numbers() const { return numbers_; }
  // So many users are, or were, on the server at once.
  void saw_at_once(uint64_t users) override { numbers_.most = std::max(numbers_.most, users); }
  // Null: there is none.
  [[nodiscard]] Client* find(uint64_t connection) const;
  // Who has that nick and lives here; null: nobody.
  [[nodiscard]] const Client* with_nick(std::string_view nick) const;

  // Lets those go on who can, at most kReadyPerIteration; true if there was anybody. What many do
  // at once, such as thousands who leave, is paced by it.
  static constexpr size_t kReadyPerIteration = 128;
  bool run_ready();
  [[nodiscard]] bool has_ready() const;
  // Writes what was queued, and destroys who is gone. At the end of an iteration.
  void flush();

  // Connections whose sockets have gone, and clients of whom nothing is left, since the last call.
  std::vector<uint64_t> take_closed() { return std::exchange(closed_, {}); }
  std::vector<uint64_t> take_ended() { return std::exchange(ended_, {}); }

  // For a shutdown or a hand-over: no more is read, and what takes long is put off; settled() then
  // says when all that was said stands in all send queues. go_on() takes it back.
  void drain();
  void go_on();
  // The connections were suspended, or are no more: from then on nothing happens to any socket, or
  // all goes on.
  void follow_context();
  [[nodiscard]] bool settled() const;
  void farewell(std::string_view text);
  [[nodiscard]] size_t sockets() const;

  void on_answer(Slot from, Answer answer) { queries_.on_answer(from, std::move(answer)); }
  void on_slot_died(Slot slot) { queries_.on_slot_died(slot); }
  void on_greeted(Slot slot) { queries_.on_greeted(slot); }
  void on_slot_stays_down(Slot slot) { queries_.on_slot_stays_down(slot); }

  // ---- RouterListener ----
  void on_answered(const OpenCommand& command, const chat::Event& event) override;
  void on_settled(uint64_t connection) override;
  void on_opened(Slot owner, const OpenCommand& command) override {
    if (keeper_ != nullptr) keeper_->on_opened(owner, command);
  }
  void on_decided(Slot owner, const chat::CommandId& id, uint64_t position) override {
    if (keeper_ != nullptr) keeper_->on_decided(owner, id, position);
  }

  // ---- LocalClients ----
  [[nodiscard]] Audience* local(chat::ClientId client) const override {
    return find(static_cast<uint64_t>(client));  // the number of his connection
  }
  void each_local(const std::function<void(Audience&)>& visit) const override {
    for (const auto& client : clients_) visit(*client);
  }

  // ---- ClientHost ----
  [[nodiscard]] const conf::Config& config() const override { return context_.config; }
  [[nodiscard]] const chat::Place& place() const override { return context_.place; }
  [[nodiscard]] Router& router() override { return *router_; }
  [[nodiscard]] Hub& hub() override { return context_.hub; }
  [[nodiscard]] Deadlines& deadlines() override { return context_.connections.deadlines; }
  [[nodiscard]] uint64_t now_ms() const override { return context_.connections.loop.now_ms(); }
  [[nodiscard]] bool draining() const override { return draining_; }
  void needs_flush(Client& client) override { to_flush_.push_back(&client); }
  void is_ready(Client& client) override;
  void waits_for_credit(const Route& route, Client& client) override;
  void ask(Client& client, const std::string& object, const Question& question) override;
  void check_password(Client& client, std::string hash, std::string text) override;
  void ask_master(ipc::OperatorAction what, const chat::Profile& who) override {
    context_.ask_master(what, who);
  }
  [[nodiscard]] const ServerInfo& server() const override { return context_.server; }
  [[nodiscard]] std::vector<Numbers> known_numbers() const override { return context_.numbers(); }
  [[nodiscard]] std::string cloaked(std::string_view address) const override;
  void count(const chat::Profile* before, const chat::Profile* after) override;
  void count_unregistered(int change) override {
    numbers_.unregistered += static_cast<uint64_t>(change);
  }
  void socket_closed(Client& client) override { closed_.push_back(client.connection_id()); }
  void is_gone(Client& client) override { gone_.push_back(client.connection_id()); }
  [[nodiscard]] bool keeps() const override { return keeper_ != nullptr; }
  void has_changed(Client& client) override {
    if (std::exchange(client.keeping_.make().queued_changed, true)) return;
    changed_.push_back(client.connection_id());
  }
  void is_taking(const Client& client, uint64_t offset) override {
    keeper_->memory().set_mark({client.connection_id(), offset});
  }
  void has_taken() override { keeper_->memory().clear_mark(); }

 private:
  // Those who wait for it go on, as many as it reaches for; they only speak, and so are paced less.
  static constexpr size_t kCreditedPerIteration = 1024;
  struct WaitingForCredit;
  bool run_credited(WaitingForCredit& waiting);
  // Somebody waits there and need not any more.
  [[nodiscard]] bool has_credited(const WaitingForCredit& waiting) const;
  void send(Slot slot, const Query& query);
  // Answers to all clients that they have not read.
  static constexpr size_t kMostUnreadAnswers = size_t{64} << 20;
  [[nodiscard]] size_t unread_answers() const;
  base::Result<Client*> make(const ClientRecord& record, uint64_t connection);
  const conf::Listener* former_listener(const ListenerRecord& record);

  Context context_;
  Router* router_ = nullptr;
  Keeper* keeper_ = nullptr;
  struct ByConnection {
    using is_transparent = void;
    static uint64_t id_of(uint64_t connection) { return connection; }
    static uint64_t id_of(const std::unique_ptr<Client>& client) { return client->connection_id(); }
    size_t operator()(const auto& client) const { return id_of(client); }
    bool operator()(const auto& a, const auto& b) const { return id_of(a) == id_of(b); }
  };
  // Instead of one of that connection, if there is any.
  Client& put(std::unique_ptr<Client> client);
  boost::unordered_flat_set<std::unique_ptr<Client>, ByConnection, ByConnection> clients_;
  // Connection ids rather than pointers: a client may be gone before his turn.
  std::deque<uint64_t> ready_;
  // Nobody is gone before he is flushed: flush() destroys clients, and does that last.
  std::vector<Client*> to_flush_;
  std::vector<Client*> flushing_;  // empty between two calls of flush(); keeps its memory
  std::vector<uint64_t> changed_;  // records or input
  std::vector<uint64_t> gone_;
  std::vector<uint64_t> closed_;
  std::vector<uint64_t> ended_;
  struct WaitingForCredit {
    Route route;
    std::deque<uint64_t> clients;  // in the order of their coming
  };
  std::vector<WaitingForCredit> waiting_for_credit_;  // one for each pool of each owner
  size_t waiting_count_ = 0;                          // in all of them: mostly nobody
  Queries queries_;
  base::Background background_;
  Numbers numbers_;
  bool draining_ = false;
  // How those are served who came by a listener of an earlier configuration.
  std::deque<conf::Listener> former_listeners_;
};

}  // namespace banterd::worker
