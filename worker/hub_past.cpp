// The part of Hub that keeps what was said last in rooms, for those who join.
#include "worker/hub.h"

namespace banterd::worker {

void Hub::apply(const History& history) {
  const auto found = replicas_.find(chat::fold(history.object));
  if (found == replicas_.end()) return;
  Replica& replica = *found->second;
  if (!history.goes_on.value_or(false)) {
    forget_past(replica);
    replica.past = std::make_unique<RoomHistory>();
  }
  if (replica.past == nullptr) return;
  for (const PastEvent& line : history.lines)
    replica.past->add(line.position, line.event, nullptr, replay_lines_, past_budget_);
  tell_past(replica, history.client, history.lines.size());
  past_budget_.drop_what_is_over();
}

void Hub::apply(const Replay& replay) {
  const Replica* replica = find(replay.object);
  if (replica != nullptr && replica->past != nullptr)
    tell_past(*replica, replay.client, replay.lines);
}

void Hub::tell_past(const Replica& replica, chat::ClientId who, size_t lines) {
  Audience* client = local(who);
  if (client == nullptr) return;
  const std::vector<PastEvent> past = replica.past->last(lines);
  std::vector<Delivery> deliveries;
  for (const PastEvent& line : past) {
    if (!line.event.profile) continue;
    deliveries.push_back({line.event, replica.name, line.event.profile->get(), nullptr, nullptr,
                          line.position, true});
  }
  deliverer_.to_one(*client, client->encoder(replica.name), deliveries);
}

void Hub::remember(Replica& replica, const LogEvent& event) {
  replica.past->add(event.position, event.event, replica.room.record_of(event.event.client),
                    replay_lines_, past_budget_);
  past_budget_.drop_what_is_over();
}

void Hub::erase(Replica& replica, std::string_view message) {
  replica.past->erase(chat::fold(replica.name), message, past_budget_);
}

void Hub::forget_past(Replica& replica) {
  if (replica.past != nullptr) replica.past->clear(past_budget_);
  replica.past.reset();
}

}  // namespace banterd::worker
