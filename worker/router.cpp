#include "worker/router.h"

#include <algorithm>
#include <utility>

#include "worker/owner.h"
#include "worker/slot_map.h"

namespace banterd::worker {

namespace {

// What a command costs beside its text: about what names and punctuation add to it in the send
// queues of those who hear it.
constexpr size_t kCommandOverheadBytes = 32;

size_t cost_of(const chat::Command& command) {
  const auto* say = std::get_if<chat::Say>(&command.body);
  return kCommandOverheadBytes + (say == nullptr ? 0 : say->text.size());
}

}  // namespace

Router::Router(Bus& bus, Owner& own, RouterListener& listener)
    : bus_(bus), own_(own), listener_(listener), slots_(bus.slots()) {}

Route Router::route_to(std::string_view object) const {
  const std::string key = chat::fold(object);
  return {owner_of(key, bus_.slots()), pool_of(key, kPools)};
}

void Router::submit(const Route& route, std::string object, chat::Command command,
                    bool needs_credit) {
  PerOwner& slot = slots_[route.owner];
  if (slot.stays_down && needs_credit) return refuse({{std::move(object), std::move(command)}, {}});
  const Credit credit{route.pool, needs_credit ? cost_of(command) : 0};
  slot.credit_used[credit.pool] += credit.bytes;
  const OpenCommand& open = *slot.sent.emplace_back(
      std::make_unique<OpenCommand>(CommandMessage{std::move(object), std::move(command)}, credit));
  listener_.on_opened(route.owner, open);
  if (route.owner == bus_.self()) {
    ++held_;
  } else {
    send(route.owner, open);
  }
}

bool Router::take_own() {
  const auto& sent = slots_[bus_.self()].sent;
  const size_t count = std::exchange(held_, 0);
  for (size_t i = sent.size() - count; i < sent.size(); ++i) send(bus_.self(), *sent[i]);
  return count > 0;
}

void Router::restore(Slot owner, OpenCommand open) {
  slots_[owner].credit_used[open.credit.pool] += open.credit.bytes;
  slots_[owner].sent.push_back(std::make_unique<OpenCommand>(std::move(open)));
}

void Router::restore(Slot owner, const Answered& answered) {
  slots_[owner].credit_used[answered.credit.pool] += answered.credit.bytes;
  slots_[owner].answered.push_back(answered);
}

void Router::refuse(const OpenCommand& open) {
  const chat::Command& command = open.command;
  listener_.on_answered(open, {command.id, command.client, command.from, command.at, std::nullopt,
                               chat::Refused{chat::Refusal::unavailable}});
  listener_.on_settled(command.id.connection);
}

void Router::send(Slot owner, const OpenCommand& open) {
  if (owner == bus_.self()) {
    own_.take(open.object, open.command);
  } else {
    bus_.send<CommandMessage>(owner, open);
  }
}

void Router::on_event(Slot owner, const LogEvent& event) {
  PerOwner& slot = slots_[owner];
  // Nearly always the first: only a claim that waits for its nick is overtaken.
  const auto open = std::find_if(slot.sent.begin(), slot.sent.end(), [&](const auto& candidate) {
    return candidate->command.id == event.event.cause;
  });
  if (open == slot.sent.end()) return;  // of an earlier life of this slot, or answered already
  const std::unique_ptr<const OpenCommand> answered = std::move(*open);
  slot.sent.erase(open);
  const Answered waits{event.position, answered->command.id.connection, answered->credit};
  const bool settled = concerns_sender_alone(event);
  if (!settled) slot.answered.push_back(waits);
  listener_.on_decided(owner, answered->command.id, settled ? 0 : event.position);
  listener_.on_answered(*answered, event.event);
  if (settled) settle(slot, waits);
}

void Router::settle(PerOwner& slot, const Answered& answered) {
  slot.credit_used[answered.credit.pool] -= answered.credit.bytes;
  listener_.on_settled(answered.connection);
}

void Router::on_settled(Slot owner, uint64_t position) {
  PerOwner& slot = slots_[owner];
  while (!slot.answered.empty() && slot.answered.front().position <= position) {
    const Answered settled = slot.answered.front();
    slot.answered.pop_front();
    settle(slot, settled);
  }
}

void Router::on_slot_stays_down(Slot owner) { slots_[owner].stays_down = true; }

void Router::on_greeted(Slot owner) {
  slots_[owner].stays_down = false;
  for (const auto& open : slots_[owner].sent) send(owner, *open);
}

size_t Router::open_commands() const {
  size_t count = 0;
  for (const PerOwner& slot : slots_) count += slot.sent.size() + slot.answered.size();
  return count;
}

}  // namespace banterd::worker
