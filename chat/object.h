// The one form of what is owned. An object (a room, a person) is deterministic and event-sourced:
// `decide` looks at the state and gives an event, a refusal or "wait"; `evolve` applies an event
// and always succeeds. The owner does both; whoever follows the object only evolves a replica. One
// snapshot encoding serves a slot that begins to follow, the journal and exports.
#pragma once

#include <concepts>
#include <string>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/event.h"

namespace banterd::chat {

// The command is put aside and decided again after the object's next event: a claim on a nick that
// is being left.
struct Wait {};

using Decision = std::variant<EventBody, Refusal, Wait>;

template <class T>
concept Object = requires(const T* state, T& evolving, const T& object, const Command& command,
                          const Event& event) {
  // `state` is null when the object does not exist.
  { T::decide(state, command) } -> std::same_as<Decision>;
  evolving.evolve(event);
  // False when nothing is left of it: the owner and all replicas drop it.
  { object.alive() } -> std::same_as<bool>;
  // The slots that have to know what happens to it.
  { object.followers() } -> std::same_as<SlotSet>;
  // Parts of bounded size that, restored in order into an empty T, give this state.
  { object.snapshot() } -> std::same_as<std::vector<typename T::Part>>;
  evolving.restore(std::declval<typename T::Part>());
};

}  // namespace banterd::chat
