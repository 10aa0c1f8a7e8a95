#include "chat/person.h"

#include <algorithm>

namespace banterd::chat {

namespace {

// decide() for each kind of command; what is not for a person is `invalid`.
struct Decide {
  const Person* state;
  const Command& command;

  [[nodiscard]] bool held() const { return state != nullptr && state->held(); }
  [[nodiscard]] bool held_by(ClientId client) const {
    return held() && state->profile()->client == client;
  }
  [[nodiscard]] bool held_by_sender() const { return held_by(command.client); }

  Decision operator()(const Claim&) const {
    if (!command.profile) return Refusal::invalid;
    if (!held() || held_by_sender()) return EventBody(Claimed{command.from});
    if (state->departing()) return Wait{};
    return Refusal::nick_in_use;
  }
  Decision operator()(const Depart&) const {
    if (!held_by_sender()) return Refusal::nothing_changed;
    return EventBody(Departing{});
  }
  Decision operator()(const Release&) const {
    if (!held_by_sender()) return Refusal::nothing_changed;
    return EventBody(Released{});
  }
  Decision operator()(const Renew&) const {
    if (!held_by_sender() || !command.profile) return Refusal::nothing_changed;
    return EventBody(Renewed{});
  }
  Decision operator()(const Say& say) const {
    if (!held()) return Refusal::no_such_nick;
    if (!command.profile) return Refusal::invalid;
    Said said{say.kind, say.text, say.lines, say.tags, std::nullopt, std::nullopt};
    if (const auto& away = state->profile()->away; away.made()) said.away = *away;
    return EventBody(std::move(said));
  }
  Decision operator()(const Invite& invite) const {
    // Another one may have taken the nick since the room invited its holder.
    if (!held_by(invite.target)) return Refusal::no_such_nick;
    return EventBody(Invited{invite.target, invite.nick, invite.room});
  }
  Decision operator()(const Kill& kill) const {
    if (!held()) return Refusal::no_such_nick;
    return EventBody(Killed{kill.reason});
  }
  Decision operator()(const Watch&) const {
    Watching watching{command.from, std::nullopt};
    if (held()) watching.holder = state->profile();
    return EventBody(std::move(watching));
  }
  Decision operator()(const Unwatch&) const {
    if (state == nullptr || !state->watchers().contains(command.client))
      return Refusal::nothing_changed;
    return EventBody(Unwatched{});
  }
  Decision operator()(const LoseSlot& lost) const {
    if (state == nullptr) return Refusal::nothing_changed;
    const auto lived_there = [&](const auto& watcher) {
      return watcher.second.gone_with(lost.place);
    };
    const bool loses_holder = held() && state->place().gone_with(lost.place);
    const auto& watchers = state->watchers();
    if (!loses_holder && std::none_of(watchers.begin(), watchers.end(), lived_there))
      return Refusal::nothing_changed;
    return EventBody(SlotLost{lost.place, loses_holder});
  }
  template <class Other>
  Decision operator()(const Other&) const {
    return Refusal::invalid;
  }
};

}  // namespace

Decision Person::decide(const Person* state, const Command& command) {
  return std::visit(Decide{state, command}, command.body);
}

SlotSet Person::followers() const {
  const SlotSet slots = watched_->in_slot.slots();
  return held() ? slots | SlotSet::of(place_.slot) : slots;
}

void Person::evolve(const Event& event) {
  if (const auto* claimed = std::get_if<Claimed>(&event.body)) {
    profile_ = event.profile.value_or(nullptr);
    place_ = claimed->place;
    departing_ = false;
  } else if (std::holds_alternative<Departing>(event.body)) {
    departing_ = true;
  } else if (std::holds_alternative<Renewed>(event.body)) {
    if (event.profile) profile_ = *event.profile;
  } else if (std::holds_alternative<Released>(event.body)) {
    free_nick();
  } else if (const auto* lost = std::get_if<SlotLost>(&event.body)) {
    lose(lost->place);
  } else if (const auto* watching = std::get_if<Watching>(&event.body)) {
    watch(event.client, watching->place);
  } else if (std::holds_alternative<Unwatched>(event.body)) {
    unwatch(event.client);
  }
}

// Leaves nothing of the holder: who watches the nick keeps the object alive.
void Person::free_nick() {
  profile_ = nullptr;
  place_ = Place();
  departing_ = false;
}

void Person::watch(ClientId client, const Place& place) {
  unwatch(client);
  Watched& watched = watched_.make();
  watched.in_slot.add(place.slot);
  watched.by.emplace(client, place);
}

void Person::unwatch(ClientId client) {
  const auto found = watchers().find(client);
  if (found == watchers().end()) return;
  Watched& watched = watched_.make();
  watched.in_slot.remove(found->second.slot);
  watched.by.erase(found);
  if (watched.by.empty()) watched_.drop();
}

void Person::lose(const Place& place) {
  if (held() && place_.gone_with(place)) free_nick();
  std::vector<ClientId> lost;
  for (const auto& [client, home] : watchers()) {
    if (home.gone_with(place)) lost.push_back(client);
  }
  for (const ClientId client : lost) unwatch(client);
}

std::vector<Person::Part> Person::snapshot() const {
  if (!alive()) return {};
  std::vector<Part> parts(1);
  if (held()) parts.back().profile = profile_;
  parts.back().place = place_;
  parts.back().departing = departing_;
  for (const auto& [client, place] : watchers()) {
    if (parts.back().watchers.size() == kWatchersPerPart) parts.emplace_back();
    parts.back().watchers.push_back({client, place});
  }
  return parts;
}

void Person::restore(Part part) {
  if (part.profile) {
    profile_ = *std::move(part.profile);
    place_ = part.place;
    departing_ = part.departing;
  }
  for (const Watcher& watcher : part.watchers) watch(watcher.client, watcher.place);
}

}  // namespace banterd::chat
