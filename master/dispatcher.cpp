#include "master/dispatcher.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

#include "base/log.h"

namespace banterd::master {

namespace {

uint64_t bit(ipc::Slot slot) { return uint64_t{1} << slot; }
static_assert(ipc::kMaxSlots <= 64 && ipc::kMaxSlots == conf::kMaxWorkers);

constexpr std::string_view kFull = "server is full";
constexpr std::string_view kWorkerFailed = "the server failed on you: come again";

void log_unknown(const Worker& worker, std::string_view message, uint64_t id) {
  base::log_warning("a worker speaks of a connection it has not",
                    {{"slot", worker.slot}, {"message", message}, {"id", id}});
}

}  // namespace

Dispatcher::Dispatcher(base::Loop& loop, Admission& admission, Refusals& refusals)
    : loop_(loop), admission_(admission), refusals_(refusals) {}

void Dispatcher::take_in(Accepted connection) {
  if (const auto refusal = admission_.enter(connection.peer.host, loop_.now_ms())) {
    refusals_.refuse(std::move(connection.socket),
                     refusal_text(connection.protocol, refusal->why, refusal->retry_after),
                     refusal->why);
    return;
  }
  Handoff handoff;
  handoff.id = ++last_id_;
  handoff.socket = std::make_shared<base::UniqueFd>(std::move(connection.socket));
  handoff.accepted = std::move(connection);
  // Who came before is served before.
  if (held_ || !waiting_.empty() || place(handoff) != Outcome::offered)
    waiting_.push_back(std::move(handoff));
  changed_ = true;
}

// ---- offering ----

// Takes the handoff only if it was offered.
Dispatcher::Outcome Dispatcher::place(Handoff& handoff) {
  collect_candidates(handoff);
  if (candidates_.empty())
    return may_find_another(handoff) ? Outcome::must_wait : Outcome::refused_by_all;
  const auto slot = choose_worker(candidates_);
  if (!slot) return Outcome::must_wait;
  offer(workers_->at(*slot), std::move(handoff));
  return Outcome::offered;
}

void Dispatcher::collect_candidates(const Handoff& handoff) {
  candidates_.clear();
  const uint64_t now = loop_.now_ms();
  for (const Worker& worker : *workers_) {
    if (!worker.takes_connections() || (handoff.refused_by & bit(worker.slot)) != 0) continue;
    Candidate candidate;
    candidate.slot = worker.slot;
    candidate.connections = worker.connections;
    candidate.full = worker.unacknowledged >= kMaxUnacknowledged ||
                     worker.channel->queued_bytes() > kMaxQueuedBytes;
    candidate.stalled = worker.unacknowledged > 0 &&
                        now - worker.last_answer_ms > static_cast<uint64_t>(kStalled.count());
    candidates_.push_back(candidate);
  }
}

// A slot without a worker at the moment will have one that has not been asked.
bool Dispatcher::may_find_another(const Handoff& handoff) {
  return std::ranges::any_of(*workers_, [&](const Worker& worker) {
    return (handoff.refused_by & bit(worker.slot)) == 0;
  });
}

void Dispatcher::offer(Worker& worker, Handoff handoff) {
  ipc::Connection message;
  message.id = handoff.id;
  message.listener = handoff.accepted.listener;
  message.peer = handoff.accepted.peer.host;
  std::vector<ipc::SharedFd> descriptors{handoff.socket};
  if (handoff.anew) {
    message.anew = handoff.anew;
    descriptors.push_back(handoff.memory);
  }
  worker.channel->send(ipc::encode(message), std::move(descriptors));
  if (worker.unacknowledged == 0) worker.last_answer_ms = loop_.now_ms();
  ++worker.connections;
  ++worker.unacknowledged;
  const uint64_t id = handoff.id;
  offered_.emplace(id, Offered{worker.slot, std::move(handoff)});
}

void Dispatcher::offer_waiting() {
  if (held_ || !std::exchange(changed_, false) || waiting_.empty()) return;
  std::deque<Handoff> still_waiting;
  for (Handoff& handoff : std::exchange(waiting_, {})) {
    if (!why_stopped_.empty()) {
      turn_away(std::move(handoff), why_stopped_);
      continue;
    }
    const Outcome outcome = place(handoff);
    if (outcome == Outcome::must_wait) still_waiting.push_back(std::move(handoff));
    if (outcome == Outcome::refused_by_all)
      turn_away(std::move(handoff), handoff.anew ? kWorkerFailed : kFull);
  }
  waiting_ = std::move(still_waiting);
}

void Dispatcher::stop(std::string why) {
  why_stopped_ = std::move(why);
  changed_ = true;
}

void Dispatcher::release() {
  held_ = false;
  changed_ = true;
}

void Dispatcher::turn_away(Handoff handoff, std::string_view why) {
  admission_.leave(handoff.accepted.peer.host);
  // Of a browser that is served nobody here knows what it would understand.
  const bool speaks_frames = handoff.anew && handoff.accepted.protocol == conf::ProtocolName::http;
  // Nobody else uses the descriptor any more: it was sent and refused, or its channel has gone.
  refusals_.refuse(std::move(*handoff.socket),
                   speaks_frames ? "" : refusal_text(handoff.accepted.protocol, why), why);
}

// ---- what workers answer ----

Dispatcher::Offered* Dispatcher::offered_to(const Worker& worker, uint64_t id) {
  const auto found = offered_.find(id);
  return found != offered_.end() && found->second.slot == worker.slot ? &found->second : nullptr;
}

void Dispatcher::answered(Worker& worker) {
  --worker.unacknowledged;
  worker.last_answer_ms = loop_.now_ms();
  changed_ = true;
}

void Dispatcher::on_taken(Worker& worker, const ipc::Taken& message) {
  Offered* const offered = offered_to(worker, message.id);
  if (offered == nullptr) return log_unknown(worker, "taken", message.id);
  Accepted& accepted = offered->handoff.accepted;
  serve(message.id, worker.slot, accepted.peer.host);
  if (keeps_sockets_) {
    Copy& copy = copies_[message.id];
    copy = {std::move(offered->handoff.socket), accepted.listener, accepted.protocol};
    // Who has begun anew does not come as he came first.
    if (offered->handoff.anew) copy.listener.reset();
  }
  offered_.erase(message.id);
  answered(worker);
}

// It was admitted.
void Dispatcher::serve(uint64_t id, ipc::Slot slot, const std::string& host) {
  served_.at(id) = {id, &admission_.kept(host), slot};
}

void Dispatcher::on_refused(Worker& worker, const ipc::Refused& message) {
  Offered* const offered = offered_to(worker, message.id);
  if (offered == nullptr) return log_unknown(worker, "refused", message.id);
  ++refused_by_workers_;
  last_refusal_ = message.why;
  offered->handoff.refused_by |= bit(worker.slot);
  Offered back = std::move(*offered);
  offered_.erase(message.id);
  answered(worker);
  --worker.connections;
  waiting_.push_front(std::move(back.handoff));
}

void Dispatcher::on_closed(Worker& worker, const ipc::Closed& message) {
  for (const uint64_t id : message.ids) {
    const Served* const served = served_.find(id);
    if (served == nullptr || served->slot != worker.slot) {
      log_unknown(worker, "closed", id);
      continue;
    }
    admission_.leave(*served->host);
    served_.erase(id);
    copies_.erase(id);
    --worker.connections;
  }
  changed_ = true;
}

void Dispatcher::on_copies(Worker& worker, const ipc::Copies& message,
                           std::vector<base::UniqueFd> sockets) {
  if (!keeps_sockets_ || !lacks_copies()) return;
  for (size_t i = 0; i < std::min(message.ids.size(), sockets.size()); ++i) {
    const Served* const served = served_.find(message.ids[i]);
    // Unless it has ended since.
    if (served != nullptr && served->slot == worker.slot)
      copies_[served->id] = {std::make_shared<base::UniqueFd>(std::move(sockets[i])), std::nullopt};
  }
  if (!lacks_copies()) base::log_info("all clients are kept from now on");
}

void Dispatcher::on_gone(Worker& worker, bool killed_from_outside) {
  reclaim_offers(worker, killed_from_outside);
  forget_served(worker, false);
}

void Dispatcher::on_gone_for_now(Worker& worker, bool killed_from_outside) {
  reclaim_offers(worker, killed_from_outside);
  // Who came while no copies were kept is lost all the same.
  forget_served(worker, true);
}

void Dispatcher::forget_served(Worker& worker, bool copies_stay) {
  worker.connections = 0;
  served_.erase_if([&](const Served& served) {
    const bool its = served.slot == worker.slot;
    const bool lost = its && !(copies_stay && copies_.contains(served.id));
    if (lost) admission_.leave(*served.host);
    if (lost) copies_.erase(served.id);
    if (its && !lost) ++worker.connections;
    return lost;
  });
}

void Dispatcher::give_back(Worker& worker) {
  ipc::Kept kept;
  std::vector<ipc::SharedFd> sockets;
  const auto send = [&] {
    if (sockets.empty()) return;
    worker.channel->send(ipc::encode(std::exchange(kept, {})), std::exchange(sockets, {}));
  };
  for (const auto& [id, copy] : copies_) {
    const Served& served = *served_.find(id);
    if (served.slot != worker.slot) continue;
    kept.connections.push_back({id, copy.listener, *served.host});
    sockets.push_back(copy.socket);
    if (sockets.size() == ipc::kMaxFrameDescriptors) send();
  }
  send();
}

void Dispatcher::on_given_up(Worker& worker, bool killed_from_outside, const ipc::SharedFd& memory,
                             int64_t served_until) {
  reclaim_offers(worker, killed_from_outside);
  std::vector<Handoff> orphans;
  for (auto& [id, copy] : copies_) {
    const Served& served = *served_.find(id);
    if (served.slot != worker.slot) continue;
    Handoff& orphan = orphans.emplace_back();
    orphan.accepted.protocol = copy.protocol.value_or(conf::ProtocolName::http);
    orphan.accepted.peer.host = *served.host;
    orphan.socket = std::move(copy.socket);
    orphan.anew = {id, served_until};
    orphan.memory = memory;
    if (workers_->slots() > 1) orphan.refused_by = bit(worker.slot);
    served_.erase(id);
  }
  std::ranges::sort(orphans, {}, [](const Handoff& orphan) { return orphan.anew->was; });
  base::log_info("clients begin anew", {{"slot", worker.slot}, {"clients", orphans.size()}});
  for (Handoff& orphan : orphans) {
    copies_.erase(orphan.anew->was);
    orphan.id = ++last_id_;
    waiting_.push_back(std::move(orphan));
  }
  forget_served(worker, false);
}

void Dispatcher::keep_sockets(bool keeps) {
  keeps_sockets_ = keeps;
  if (!keeps) copies_.clear();
}

void Dispatcher::reclaim_offers(Worker& worker, bool killed_from_outside) {
  std::vector<Handoff> back;
  for (auto entry = offered_.begin(); entry != offered_.end();) {
    const bool lost = entry->second.slot == worker.slot;
    Handoff& handoff = entry->second.handoff;
    if (lost && handoff.anew && !killed_from_outside) {
      turn_away(std::move(handoff), kWorkerFailed);
    } else if (lost) {
      // The worker's memory may have him by this one.
      if (handoff.anew) handoff.id = ++last_id_;
      back.push_back(std::move(handoff));
    }
    entry = lost ? offered_.erase(entry) : std::next(entry);
  }
  // Who came first waits in front.
  std::ranges::sort(back, std::ranges::greater{}, &Handoff::id);
  for (Handoff& handoff : back) waiting_.push_front(std::move(handoff));
  // Its successor has not been asked yet.
  for (Handoff& handoff : waiting_) handoff.refused_by &= ~bit(worker.slot);
  worker.unacknowledged = 0;
  changed_ = true;
}

// ---- another generation ----

void Dispatcher::move_to(WorkerTable& workers, const std::vector<std::optional<uint32_t>>& became,
                         const std::vector<conf::Listener>& listeners) {
  workers_ = &workers;
  served_.each([&](Served& served) {
    served.slot = ipc::slot_of_connection(served.id, workers.slots());
    ++workers.at(served.slot).connections;
  });
  for (auto& [id, copy] : copies_) copy.listener.reset();
  for (Handoff& handoff : std::exchange(waiting_, {})) {
    handoff.refused_by = 0;
    if (handoff.anew) {
      waiting_.push_back(std::move(handoff));
      continue;
    }
    const std::optional<uint32_t> listener = became.at(handoff.accepted.listener);
    if (!listener) {
      turn_away(std::move(handoff), kPortClosed);
      continue;
    }
    handoff.accepted.listener = *listener;
    handoff.accepted.protocol = listeners[*listener].protocol;
    waiting_.push_back(std::move(handoff));
  }
  changed_ = true;
}

void Dispatcher::each_served(const ServedCallback& on_served) const {
  served_.each([&](const Served& served) {
    const auto copy = copies_.find(served.id);
    on_served(served.id, served.slot, *served.host,
              copy == copies_.end() ? nullptr : &copy->second);
  });
}

void Dispatcher::restore_served(uint64_t id, ipc::Slot slot, const std::string& host,
                                std::optional<Copy> copy) {
  admission_.enter_again(host);
  ++workers_->at(slot).connections;
  serve(id, slot, host);
  if (copy) copies_[id] = *std::move(copy);
}

void Dispatcher::report() {
  // A worker that stalls is passed over by the clock alone.
  changed_ = true;
  if (refused_by_workers_ == 0) return;
  base::log_warning("workers refused connections",
                    {{"count", refused_by_workers_}, {"why", last_refusal_}});
  refused_by_workers_ = 0;
}

}  // namespace banterd::master
