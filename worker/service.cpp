#include "worker/service.h"

#include "base/log.h"
#include "conf/motd.h"
#include "worker/orphans.h"
#include "worker/recovery.h"
#include "worker/slot_map.h"
#include "worker/text.h"

namespace banterd::worker {

namespace {

// How long an ended connection may take to be written, and the client then to close his side; in a
// shutdown nobody waits long for the latter.
constexpr std::chrono::milliseconds kFlushLimit{10'000};
constexpr std::chrono::milliseconds kLinger{2000};
constexpr std::chrono::milliseconds kShutdownLinger{300};
// How often in one iteration those go on whose fences opened meanwhile.
constexpr int kRoundsPerIteration = 4;
// No further question of a slot is answered while its pipe has that much to be sent.
constexpr size_t kMostAnswerBytes = size_t{1} << 20;
std::optional<std::string> motd_of(const conf::Config& config) {
  if (!config.server.motd_file) return std::nullopt;
  auto text = conf::read_motd(*config.server.motd_file);
  if (text) return *std::move(text);
  // It could be read when the configuration was checked.
  base::log_warning("no message of the day", {{"error", text.error()}});
  return std::nullopt;
}

// None comes from a master of an earlier version only: then the cloaks are this worker's own.
base::CloakKey cloak_key_of(const ipc::Start& start) {
  if (const auto key = base::cloak_key_from_hex(start.cloak_key)) return *key;
  auto key = base::random_cloak_key();
  if (!key) base::panic("no random numbers", {{"error", key.error()}});
  return *key;
}

ServerInfo server_info(const conf::Config& config, const ipc::Start& start) {
  return {BANTERD_VERSION, static_cast<chat::TimeMs>(start.boot), motd_of(config)};
}

}  // namespace

Service::Service(base::Loop& loop, const ipc::Start& start, conf::Config config,
                 std::unique_ptr<ipc::Journal> journal, AskMaster ask_master,
                 std::unique_ptr<ipc::ClientMemory> memory)
    : place_{start.slot, start.incarnation},
      first_incarnation_(start.first_incarnation),
      config_(std::move(config)),
      cloak_key_(cloak_key_of(start)),
      state_directory_(start.state_directory),
      deadlines_(loop),
      wake_(loop, [] {}),
      connections_{loop, deadlines_, config_.limits.send_queue_bytes, kFlushLimit, kLinger},
      bus_(loop, start.slot, start.slots, *this),
      hub_(place_, config_.rooms.replay_lines),
      owner_(bus_, place_, std::move(journal), config_.rooms.history_lines, *this,
             start.first_incarnation),
      standings_(loop, bus_, owner_),
      server_(server_info(config_, start)),
      clients_(context_for_clients(std::move(ask_master))),
      respondent_(owner_, clients_, place_.slot, start.slots),
      router_(bus_, owner_, clients_),
      kept_since_(start.incarnation),
      lost_(start.slots) {
  clients_.set_router(router_);
  if (config_.keep_clients_on_crash) owner_.keep_clients();
  if (memory != nullptr) keep_in(std::move(memory));
  if (start.imports > 0) {
    suspend();
    return;
  }
  // Who has a journal knows more than the file.
  if (start.incarnation == start.first_incarnation) load_bans();
  if (keeper_ != nullptr) begin_recovery(start);
  owner_.restore(start.killed_from_outside, recovery_ == nullptr ? 0 : kept_since_);
  if (owner_.may_lack_bans()) save_bans();
  if (recovery_ != nullptr) {
    recall_own();
  } else if (keeper_ != nullptr) {
    standings_.stand(place_.slot, owner_.published());
  }
}

Service::~Service() = default;

Clients::Context Service::context_for_clients(AskMaster ask_master) {
  return {config_,
          place_,
          connections_,
          bus_,
          hub_,
          server_,
          cloak_key_,
          [this](const Query& query) {
            respondent_.take(place_.slot, query);
            wake_.start(std::chrono::milliseconds::zero());
          },
          [this] { return known_numbers(); },
          [ask = std::move(ask_master)](ipc::OperatorAction what, const chat::Profile& who) {
            ask({what, who.mask()});
          }};
}

void Service::on_own_event(const LogEvent& event) {
  if (recovery_ != nullptr) return recovery_->hold(place_.slot, event);
  on_event(place_.slot, event);
  if (changes_bans(event.event)) save_bans();
}

void Service::farewell(std::string_view text, std::chrono::milliseconds patience) {
  connections_.flush_limit = patience;
  connections_.linger = kShutdownLinger;
  clients_.drain();
  clients_.farewell(text);
}

void Service::end_iteration() {
  if (recovery_ != nullptr && meshed_ && recovery_->complete()) finish_recovery();
  commit();
  answer_questions();
  if (!connections_.suspended) let_clients_go_on();
  hub_.end_iteration();
  // A hand-over waits until all stands everywhere.
  standings_.tell(respondent_.numbers(), clients_.draining());
  clients_.saw_at_once(standings_.most_users());
  // Before anything leaves.
  if (config_.keep_clients_on_crash) keep();
  const bool decided = router_.take_own();
  // To write to thousands of clients takes milliseconds, in which other slots can write to theirs.
  bus_.flush();
  if (!connections_.suspended) clients_.flush();
  orphans_.reset();
  standings_.on_ended(clients_.take_ended());
  // The rest is committed or published in the next iteration, which must not wait for anybody.
  if (decided || owner_.has_unpublished()) wake_.start(std::chrono::milliseconds::zero());
}

void Service::commit() {
  if (!config_.keep_clients_on_crash) router_.take_own();
  owner_.commit();
}

void Service::let_clients_go_on() {
  for (int round = 0; round < kRoundsPerIteration && clients_.run_ready(); ++round) commit();
  // The rest has its turn in the next iteration, after the pipes and clients have had theirs.
  if (clients_.has_ready()) wake_.start(std::chrono::milliseconds::zero());
}

// ---- handing over ----

bool Service::quiet() const { return clients_.settled() && owner_.quiet() && bus_.complete(); }

void Service::suspend() {
  connections_.suspended = true;
  deadlines_.pause();
  clients_.follow_context();
}

void Service::resume() {
  connections_.suspended = false;
  for (const chat::Place& place : std::exchange(died_meanwhile_, {})) on_slot_died(place);
  deadlines_.resume();
  clients_.go_on();
  clients_.follow_context();
  // Their turn comes with the next iteration, which must not wait for anybody.
  wake_.start(std::chrono::milliseconds::zero());
}

void Service::begin_above(uint64_t position) {
  owner_.begin_above(position);
  for (Slot owner = 0; owner < bus_.slots(); ++owner) standings_.stand(owner, position);
}

void Service::on_event(Slot owner, const LogEvent& event) {
  standings_.on_event(owner, event);
  // The sender learns of the decision before anyone is told of the event.
  if (event.event.from.slot == place_.slot) router_.on_event(owner, event);
  hub_.apply(event);
}

// ---- the bus ----

void Service::on_bus_message(Slot from, BusMessage& message) {
  if (recovery_ != nullptr && hold(from, message)) return;
  std::visit([&](auto& one) { on_message(from, one); }, message);
}

void Service::on_slot_died(const chat::Place& place) {
  if (ignores_deaths_) return;
  // What is written down of rooms by one is what others write down of them: see resume().
  if (connections_.suspended) return died_meanwhile_.push_back(place);
  base::log_info("slot is down", {{"slot", place.slot}, {"incarnation", place.incarnation}});
  standings_.on_slot_died(place.slot);
  respondent_.forget(place.slot);
  if (recovery_ != nullptr) recovery_->on_down(place.slot);
  if (config_.keep_clients_on_crash && !lost_[place.slot]) {
    owner_.on_slot_awaited(place.slot);
  } else {
    owner_.on_slot_died(place);
  }
  clients_.on_slot_died(place.slot);
}

void Service::on_meshed() {
  meshed_ = true;
  // If clients are kept, the master says which are lost.
  if (config_.keep_clients_on_crash) return;
  for (Slot slot = 0; slot < bus_.slots(); ++slot) {
    if (slot != place_.slot && !bus_.connected(slot)) owner_.on_slot_absent(slot);
  }
}

bool Service::knows_server() const {
  return hub_.knows_server() || !bus_.connected(owner_of(chat::kServerObject, bus_.slots()));
}

void Service::on_slot_stays_down(Slot slot, bool lost) {
  if (slot >= bus_.slots() || slot == place_.slot) return;
  lost_[slot] = lost;
  if (recovery_ != nullptr) recovery_->on_absent(slot);
  // As owners we take it as dead only when its pipe has been read to its end.
  if (lost && !bus_.connected(slot)) owner_.on_slot_absent(slot);
  router_.on_slot_stays_down(slot);
  clients_.on_slot_stays_down(slot);
}

void Service::on_message(Slot from, const Hello& hello) {
  if (hello.place.slot != from) {
    base::log_warning("hello of another slot dropped",
                      {{"from", from}, {"says", hello.place.slot}});
    return;
  }
  lost_[from] = false;
  owner_.on_greeted(hello);
  standings_.greet(from, living());
  router_.on_greeted(from);
  clients_.on_greeted(from);
}

void Service::share_record(chat::ProfilePtr& record) const {
  if (record == nullptr) return;
  const auto share = [&](const chat::ProfilePtr& ours) {
    const bool same =
        ours != nullptr && ours->client == record->client && ours->version == record->version;
    if (same) record = ours;
    return same;
  };
  if (share(hub_.record_of(record->client))) return;
  if (const Client* client = clients_.find(static_cast<uint64_t>(record->client));
      client != nullptr && client->has_entered() && share(client->record()))
    return;
  share(owner_.holder(record->nick.str()));
}

void Service::on_message(Slot, CommandMessage& message) {
  if (message.command.profile) share_record(*message.command.profile);
  owner_.take(message.object, message.command);
}

void Service::on_message(Slot from, Snapshot& part) {
  if (auto* room = std::get_if<chat::Room::Part>(&part.part)) {
    for (chat::Member& member : room->members) share_record(member.profile);
  }
  hub_.be_late(unrecalled_.has(from));
  hub_.apply(std::move(part));
  hub_.be_late(false);
}

void Service::on_message(Slot from, LogEvent& event) {
  if (event.event.profile) share_record(*event.event.profile);
  // What is sent again after a pipe was re-made may have come before.
  if (event.position > standings_.taken()[from]) on_event(from, event);
}

void Service::on_message(Slot from, const Standing& standing) {
  owner_.on_taken(from, standing.taken);
  standings_.on_settled(from, standing.settled);
  router_.on_settled(from, standing.settled);
}

// Of those that wait for room in a pipe the loop turns by itself once there is some.
void Service::answer_questions() {
  const auto has_room = [this](Slot slot) { return bus_.queued_bytes(slot) < kMostAnswerBytes; };
  const auto send = [this](Slot slot, Answer answer) {
    if (slot == place_.slot) {
      clients_.on_answer(slot, std::move(answer));
    } else {
      bus_.send(slot, answer);
    }
  };
  if (respondent_.answer_some(has_room, send)) wake_.start(std::chrono::milliseconds::zero());
}

std::vector<uint64_t> Service::living() const {
  std::vector<uint64_t> connections;
  if (recovery_ != nullptr) connections = recovery_->connections();
  clients_.each([&](const Client& client) { connections.push_back(client.connection_id()); });
  return connections;
}

void Service::on_message(Slot from, const Numbers& numbers) {
  standings_.on_numbers(from, numbers);
  clients_.saw_at_once(standings_.most_users());
}

std::vector<Numbers> Service::known_numbers() const {
  std::vector<Numbers> all = standings_.numbers();
  all[place_.slot] = respondent_.numbers();
  return all;
}

}  // namespace banterd::worker
