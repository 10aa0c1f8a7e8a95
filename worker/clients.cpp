#include "worker/clients.h"

#include <algorithm>

#include "base/password.h"

namespace banterd::worker {

Clients::Clients(Context context)
    : context_(std::move(context)),
      queries_([this](Slot slot, const Query& query) { send(slot, query); },
               [this](Slot slot) { return router_->stays_down(slot); },
               [this] { return unread_answers() < kMostUnreadAnswers; },
               [this](uint64_t connection, Findings found, bool complete) {
                 if (Client* client = find(connection))
                   client->on_found(std::move(found), complete);
               }),
      background_(context_.connections.loop) {
  for (Slot owner = 0; owner < context_.bus.slots(); ++owner) {
    for (uint32_t pool = 0; pool < Router::kPools; ++pool)
      waiting_for_credit_.push_back({{owner, pool}, {}});
  }
  context_.hub.set_clients(*this);
}

Client* Clients::find(uint64_t connection) const {
  const auto found = clients_.find(connection);
  return found == clients_.end() ? nullptr : found->get();
}

base::Result<void> Clients::add(uint64_t connection, const conf::Listener& listener,
                                std::string address, base::UniqueFd socket) {
  Client& added = put(std::make_unique<Client>(*this, connection, listener, std::move(address)));
  auto opened = added.open(context_.connections, std::move(socket));
  if (!opened) clients_.erase(connection);
  return opened;
}

Client& Clients::put(std::unique_ptr<Client> client) {
  clients_.erase(client->connection_id());
  return **clients_.insert(std::move(client)).first;
}

const Client* Clients::with_nick(std::string_view nick) const {
  const Audience* audience = context_.hub.with_nick(nick);
  const Client* client =
      audience == nullptr ? nullptr : find(static_cast<uint64_t>(audience->client_id()));
  // He may be about to leave the nick, or to take it.
  const bool has_it = client != nullptr && client->has_entered() &&
                      client->profile().nick.key() == chat::fold(nick);
  return has_it ? client : nullptr;
}

void Clients::count(const chat::Profile* before, const chat::Profile* after) {
  const auto add = [this](const chat::Profile* person, uint64_t change) {
    if (person == nullptr) return;
    (person->invisible ? numbers_.invisible : numbers_.visible) += change;
    if (person->server_operator) numbers_.operators += change;
  };
  add(before, ~uint64_t{0});
  add(after, 1);
  saw_at_once(numbers_.visible + numbers_.invisible);
}

// ---- taking over ----

// Null for a protocol that this build does not have.
const conf::Listener* Clients::former_listener(const ListenerRecord& record) {
  const auto wanted = listener_of(record);
  if (!wanted) return nullptr;
  // Few: how many ways to serve a client have there been?
  const auto found = std::find(former_listeners_.begin(), former_listeners_.end(), *wanted);
  return found != former_listeners_.end() ? &*found : &former_listeners_.emplace_back(*wanted);
}

// One of an earlier generation, or life, about whom nothing else is known yet.
base::Result<Client*> Clients::make(const ClientRecord& record, uint64_t connection) {
  const conf::Listener* listener = former_listener(record.listener);
  if (listener == nullptr)
    return base::Error{base::Errc::invalid, "no protocol is called " + record.listener.protocol};
  return &put(std::make_unique<Client>(*this, connection, *listener, ""));
}

base::Result<void> Clients::restore(const ClientRecord& record, base::UniqueFd socket,
                                    std::string input, SendQueue queue) {
  auto client = make(record, record.connection);
  if (!client) return std::move(client).error();
  return (*client)->restore(context_.connections, std::move(socket), record, std::move(input),
                            std::move(queue));
}

base::Result<void> Clients::recover(const KeptClient& kept, Client::Restored restored) {
  auto client = make(kept.client, kept.client.connection);
  if (!client) return std::move(client).error();
  auto recovered = (*client)->recover(context_.connections, kept, std::move(restored));
  if (!recovered) clients_.erase(kept.client.connection);
  return recovered;
}

base::Result<void> Clients::begin_anew(uint64_t connection, const KeptClient& kept,
                                       Client::Restored restored, chat::TimeMs served_until) {
  auto client = make(kept.client, connection);
  if (!client) return std::move(client).error();
  auto begun = (*client)->begin_anew(context_.connections, kept, std::move(restored), served_until);
  if (!begun) clients_.erase(connection);
  return begun;
}

// ---- the end of an iteration ----

bool Clients::run_ready() {
  const size_t turns = std::min(ready_.size(), kReadyPerIteration);
  for (size_t turn = 0; turn < turns; ++turn) {
    Client* client = find(ready_.front());
    ready_.pop_front();
    if (client == nullptr) continue;
    client->queued_ready_ = false;
    client->proceed();
  }
  bool ran = turns > 0;
  if (waiting_count_ == 0) return ran;
  for (WaitingForCredit& waiting : waiting_for_credit_) ran |= run_credited(waiting);
  return ran;
}

bool Clients::has_ready() const {
  if (!ready_.empty()) return true;
  return waiting_count_ > 0 &&
         std::ranges::any_of(waiting_for_credit_, [this](const WaitingForCredit& waiting) {
           return has_credited(waiting);
         });
}

bool Clients::has_credited(const WaitingForCredit& waiting) const {
  return !waiting.clients.empty() &&
         (router_->has_credit(waiting.route) || router_->stays_down(waiting.route.owner));
}

bool Clients::run_credited(WaitingForCredit& waiting) {
  size_t turns = std::min(waiting.clients.size(), kCreditedPerIteration);
  const bool any = has_credited(waiting);
  for (; turns > 0 && has_credited(waiting); --turns) {
    Client* client = find(waiting.clients.front());
    waiting.clients.pop_front();
    --waiting_count_;
    if (client == nullptr) continue;
    client->queued_credit_ = false;
    client->proceed();
  }
  return any;
}

void Clients::flush() {
  // Who is cut off meanwhile comes once more, and has nothing left to be flushed then.
  while (!to_flush_.empty()) {
    flushing_.swap(to_flush_);
    for (Client* client : flushing_) client->flush();
    flushing_.clear();
  }
  for (const uint64_t connection : std::exchange(gone_, {})) {
    if (clients_.erase(connection) == 0) continue;
    ended_.push_back(connection);
    if (keeper_ != nullptr) keeper_->on_removed(connection);
  }
}

void Clients::is_ready(Client& client) {
  if (!std::exchange(client.queued_ready_, true)) ready_.push_back(client.connection_id());
}

void Clients::waits_for_credit(const Route& route, Client& client) {
  if (std::exchange(client.queued_credit_, true)) return;
  ++waiting_count_;
  waiting_for_credit_[route.owner * Router::kPools + route.pool].clients.push_back(
      client.connection_id());
}

// ---- the router ----

void Clients::on_answered(const OpenCommand& command, const chat::Event& event) {
  if (Client* client = find(command.command.id.connection)) client->on_answered(command, event);
}

void Clients::on_settled(uint64_t connection) {
  if (Client* client = find(connection)) client->on_settled();
}

// ---- questions ----

void Clients::ask(Client& client, const std::string& object, const Question& question) {
  chat::SlotSet asked;
  for (Slot slot = 0; slot < context_.bus.slots(); ++slot) {
    if (object.empty() || slot == router_->route_to(object).owner) asked.add(slot);
  }
  queries_.start(client.connection_id(), question, asked);
}

void Clients::send(Slot slot, const Query& query) {
  if (slot == context_.bus.self()) return context_.ask_self(query);
  context_.bus.send(slot, query);
}

size_t Clients::unread_answers() const {
  size_t bytes = 0;
  for (const auto& client : clients_) {
    if (const Connection* connection = client->connection()) bytes += connection->answer_bytes();
  }
  return bytes;
}

void Clients::check_password(Client& client, std::string hash, std::string text) {
  const auto right = std::make_shared<bool>(false);
  background_.run([right, hash = std::move(hash),
                   text = std::move(text)] { *right = base::verify_password(hash, text); },
                  [this, right, connection = client.connection_id()](bool done) {
                    Client* const asker = find(connection);
                    if (asker == nullptr) return;
                    asker->on_checked(!done    ? PasswordIs::unknown
                                      : *right ? PasswordIs::right
                                               : PasswordIs::wrong);
                  });
}

std::string Clients::cloaked(std::string_view address) const {
  // "::1" would be no word of a line of IRC (Modern IRC, "RPL_WHOISACTUALLY").
  if (!config().server.cloak_hosts || address == "localhost")
    return (address.starts_with(':') ? "0" : "") + std::string(address);
  return base::cloak_host(context_.cloak_key, address);
}

// ---- shutdown ----

void Clients::drain() {
  draining_ = true;
  for (const auto& client : clients_) is_ready(*client);
  // However many ask, or try a password, a hand-over waits for one.
  queries_.drop_waiting();
  background_.drop_waiting();
}

void Clients::go_on() {
  draining_ = false;
  for (const auto& client : clients_) is_ready(*client);
}

void Clients::follow_context() {
  for (const auto& client : clients_) client->follow_context();
}

bool Clients::settled() const {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](const auto& client) { return client->settled(); });
}

void Clients::farewell(std::string_view text) {
  for (const auto& client : clients_) client->farewell(text);
}

size_t Clients::sockets() const {
  return static_cast<size_t>(std::count_if(
      clients_.begin(), clients_.end(), [](const auto& client) { return client->has_socket(); }));
}

}  // namespace banterd::worker
