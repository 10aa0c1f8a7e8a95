// A room, a person or the server as a whole, whichever a name stands for: behind one set of
// functions, for the owner, which treats them alike.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "chat/person.h"
#include "chat/room.h"
#include "chat/server.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

// monostate: the name stands for nothing (any more). Most objects are people, and small: the large
// ones are kept elsewhere.
using OwnedObject = std::variant<std::monostate, chat::Person, std::unique_ptr<chat::Room>,
                                 std::unique_ptr<chat::Server>>;

inline bool exists(const OwnedObject& object) {
  return !std::holds_alternative<std::monostate>(object);
}
// Null when it is no T.
template <class T>
const T* get_as(const OwnedObject& object) {
  if constexpr (std::is_same_v<T, chat::Person>) {
    return std::get_if<T>(&object);
  } else {
    const auto* box = std::get_if<std::unique_ptr<T>>(&object);
    return box == nullptr ? nullptr : box->get();
  }
}

// `key` says what a command is for; `object` may be null or stand for
// nothing.
chat::Decision decide(const OwnedObject* object, std::string_view key,
                      const chat::Command& command);

// Makes the object that the first event of `key` needs, and applies an event.
void evolve(OwnedObject& object, std::string_view key, const chat::Event& event);

// True when the event is the first of an object.
bool begins_object(const chat::Event& event);

// False for what is said, and whatever else leaves the object as it was.
bool changes_state(const chat::Event& event);
// Of the server as a whole: what is kept in a file.
bool changes_bans(const chat::Event& event);

bool is_alive(const OwnedObject& object);
chat::SlotSet followers_of(const OwnedObject& object);

// The state in parts of bounded size, and back.
std::vector<Snapshot> snapshot_of(const OwnedObject& object, std::string_view name);
void restore_part(OwnedObject& object, Snapshot part);

}  // namespace banterd::worker
