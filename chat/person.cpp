#include "chat/person.h"

namespace banterd::chat {

namespace {

// decide() for each kind of command; what is not for a person is `invalid`.
struct Decide {
  const Person* state;
  const Command& command;

  [[nodiscard]] bool held_by_sender() const {
    return state != nullptr && state->profile()->client == command.client;
  }

  Decision operator()(const Claim&) const {
    if (!command.profile) return Refusal::invalid;
    if (state == nullptr || held_by_sender()) return EventBody(Claimed{command.from});
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
    if (state == nullptr) return Refusal::no_such_nick;
    if (!command.profile) return Refusal::invalid;
    return EventBody(Said{say.kind, say.text});
  }
  Decision operator()(const LoseSlot& lost) const {
    if (state == nullptr || !state->place().gone_with(lost.place)) return Refusal::nothing_changed;
    return EventBody(SlotLost{lost.place});
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

void Person::evolve(const Event& event) {
  if (const auto* claimed = std::get_if<Claimed>(&event.body)) {
    profile_ = event.profile.value_or(nullptr);
    place_ = claimed->place;
    departing_ = false;
  } else if (std::holds_alternative<Departing>(event.body)) {
    departing_ = true;
  } else if (std::holds_alternative<Renewed>(event.body)) {
    if (event.profile) profile_ = *event.profile;
  } else if (std::holds_alternative<Released>(event.body) ||
             std::holds_alternative<SlotLost>(event.body)) {
    profile_ = nullptr;
  }
}

std::vector<Person::Part> Person::snapshot() const {
  if (!alive()) return {};
  return {Part{profile_, place_, departing_}};
}

void Person::restore(Part part) {
  profile_ = std::move(part.profile);
  place_ = part.place;
  departing_ = part.departing;
}

}  // namespace banterd::chat
