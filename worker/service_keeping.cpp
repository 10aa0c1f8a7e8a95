// The part of Service that keeps its clients for the slot's next life, and goes on with those of
// the last one (docs/architecture.md, "Keeping clients").
#include <algorithm>

#include "base/fault.h"
#include "base/log.h"
#include "worker/orphans.h"
#include "worker/recovery.h"
#include "worker/service.h"
#include "worker/slot_map.h"

namespace banterd::worker {

void Service::keep_in(std::unique_ptr<ipc::ClientMemory> memory) {
  keeper_ = std::make_unique<Keeper>(std::move(memory));
  connections_.memory = &keeper_->memory();
  clients_.set_keeper(*keeper_);
  hub_.on_gone([this](chat::ClientId client) { keeper_->on_gone(client); });
  bus_.leave_in_flush_only();
}

void Service::begin_recovery(const ipc::Start& start) {
  ipc::ClientMemory& memory = keeper_->memory();
  if (start.recovers && memory.has_checkpoint()) {
    // What it was deciding as an owner is refused when it comes again: its line need not be left
    // out.
    const bool blames = !start.killed_from_outside && !owner_.was_deciding();
    auto recovery = Recovery::begin(memory, clients_, router_, hub_, place_, bus_.slots(), blames);
    if (recovery) {
      recovery_ = *std::move(recovery);
      kept_since_ = recovery_->positions().kept_since;
      standings_.stand(recovery_->positions().taken, recovery_->positions().settled);
      return;
    }
    base::log_error("the clients of the last worker are lost", {{"error", recovery.error()}});
  }
  memory.forget();
  keeper_->begin();
}

void Service::recall_own() {
  owner_.recall_own(standings_.taken()[place_.slot]);
  recovery_->on_recalled(place_.slot);
  router_.on_greeted(place_.slot);
}

void Service::on_kept(const ipc::Kept::One& connection, base::UniqueFd socket) {
  if (recovery_ == nullptr) return clients_.refuse(connection.id);
  recovery_->add_socket(connection, std::move(socket));
}

Hello Service::hello_for(Slot slot) {
  Hello hello{place_, standings_.taken()[slot], std::nullopt, std::nullopt};
  if (keeper_ != nullptr) hello.kept_since = kept_since_;
  if (recovery_ != nullptr) recovery_->on_back(slot);
  const bool recalls =
      recovery_ != nullptr ? !recovery_->has_recalled(slot) : unrecalled_.has(slot);
  if (recalls) hello.recalls = true;
  return hello;
}

// ---- while the clients are not here ----

bool Service::hold(Slot from, BusMessage& message) {
  if (const auto* standing = std::get_if<Standing>(&message)) {
    // What others have taken of our log does not wait.
    owner_.on_taken(from, standing->taken);
  } else if (std::holds_alternative<Snapshot>(message)) {
    if (!recovery_->has_recalled(from)) return false;
  } else if (!std::holds_alternative<LogEvent>(message) &&
             !std::holds_alternative<History>(message) &&
             !std::holds_alternative<Replay>(message) && !std::holds_alternative<Query>(message)) {
    return false;
  }
  recovery_->hold(from, std::move(message));
  return true;
}

void Service::on_own_snapshot(Snapshot part) {
  const bool waits = recovery_ != nullptr && recovery_->has_recalled(place_.slot);
  if (waits) return recovery_->hold(place_.slot, std::move(part));
  hub_.apply(std::move(part));
}

void Service::on_own_history(History history) {
  if (recovery_ != nullptr) return recovery_->hold(place_.slot, std::move(history));
  hub_.apply(history);
}

void Service::on_own_replay(const Replay& replay) {
  if (recovery_ != nullptr) return recovery_->hold(place_.slot, replay);
  hub_.apply(replay);
}

void Service::on_own_settled(uint64_t position) {
  // The clients have to be here to hear of it: finish_recovery() makes up for it.
  if (recovery_ != nullptr) return;
  standings_.on_settled(place_.slot, position);
  router_.on_settled(place_.slot, position);
}

void Service::on_message(Slot from, const Recalled&) {
  if (recovery_ != nullptr) return recovery_->on_recalled(from);
  unrecalled_.remove(from);
  const auto has_come = [&](const std::string& room) {
    return owner_of(chat::fold(room), bus_.slots()) == from;
  };
  clients_.each([&](Client& client) { client.find_rooms(has_come); });
  hub_.tell_missed(has_come);
  if (unrecalled_.empty()) hub_.have_all_rooms();
}

// ---- they are here ----

void Service::finish_recovery() {
  static_cast<void>(base::fault("recovering"));
  static_cast<void>(base::fault("recovering-" + std::to_string(place_.slot)));
  const std::unique_ptr<Recovery> recovery = std::move(recovery_);
  auto held = recovery->finish([this](const ipc::Kept::One& connection, base::UniqueFd socket) {
    if (*connection.listener >= config_.listeners.size()) return false;
    return clients_
        .add(connection.id, config_.listeners[*connection.listener], connection.peer,
             std::move(socket))
        .has_value();
  });
  unrecalled_ = recovery->absent();
  if (!unrecalled_.empty()) hub_.await_rooms();
  for (auto& [from, message] : held) {
    auto* const own = from == place_.slot ? std::get_if<LogEvent>(&message) : nullptr;
    if (own == nullptr) {
      on_bus_message(from, message);
    } else if (own->position > standings_.taken()[from]) {
      on_own_event(*own);
    }
  }
  owner_.on_taken(place_.slot, UINT64_MAX);
  on_own_settled(owner_.settled());
  keeper_->begin();
}

// ---- another slot's ----

base::Result<void> Service::begin_anew(const ipc::Connection& connection, base::UniqueFd socket,
                                       base::UniqueFd memory) {
  static_cast<void>(base::fault("anew"));
  if (keeper_ == nullptr || recovery_ != nullptr)
    return base::Error{base::Errc::invalid, "clients are not kept here"};
  if (orphans_ == nullptr || !orphans_->is_of(memory)) {
    auto read = Orphans::read(std::move(memory));
    if (!read) return std::move(read).error();
    orphans_ = *std::move(read);
  }
  auto orphan = orphans_->take(connection.anew->was, std::move(socket));
  if (!orphan) return std::move(orphan).error();
  keeper_->want_whole();
  return clients_.begin_anew(connection.id, std::move(orphan->record), std::move(orphan->restored),
                             connection.anew->served_until);
}

// ---- keeping ----

void Service::begin_to_keep() {
  if (keeper_ == nullptr) return;
  keeper_->memory().forget();
  keeper_->begin();
  keep();
}

void Service::keep() {
  if (keeper_ != nullptr) {
    static_cast<void>(base::fault(orphans_ == nullptr ? "committed" : "committed-anew"));
    keeper_->checkpoint(
        clients_, router_, hub_,
        {kept_since_, standings_.taken(), standings_.settled(), hub_.died(bus_.slots())});
    static_cast<void>(base::fault(orphans_ == nullptr ? "kept" : "kept-anew"));
  }
  owner_.on_kept();
}

}  // namespace banterd::worker
