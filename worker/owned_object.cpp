#include "worker/owned_object.h"

namespace banterd::worker {

namespace {

// Calls `visit` with the room or the person; `otherwise` is the answer for nothing.
template <class Answer, class Visit>
Answer visit_or(const OwnedObject& object, Answer otherwise, Visit visit) {
  if (const auto* room = std::get_if<chat::Room>(&object)) return visit(*room);
  if (const auto* person = std::get_if<chat::Person>(&object)) return visit(*person);
  return otherwise;
}

}  // namespace

chat::Decision decide(const OwnedObject* object, std::string_view key,
                      const chat::Command& command) {
  if (chat::names_room(key)) {
    return chat::Room::decide(object == nullptr ? nullptr : std::get_if<chat::Room>(object),
                              command);
  }
  return chat::Person::decide(object == nullptr ? nullptr : std::get_if<chat::Person>(object),
                              command);
}

void evolve(OwnedObject& object, std::string_view key, const chat::Event& event) {
  if (!exists(object)) {
    if (chat::names_room(key)) {
      object.emplace<chat::Room>();
    } else {
      object.emplace<chat::Person>();
    }
  }
  if (auto* room = std::get_if<chat::Room>(&object)) room->evolve(event);
  if (auto* person = std::get_if<chat::Person>(&object)) person->evolve(event);
}

bool begins_object(const chat::Event& event) {
  const auto* joined = std::get_if<chat::Joined>(&event.body);
  return (joined != nullptr && joined->creates) ||
         std::holds_alternative<chat::Claimed>(event.body);
}

bool is_alive(const OwnedObject& object) {
  return visit_or(object, false, [](const auto& o) { return o.alive(); });
}

chat::SlotSet followers_of(const OwnedObject& object) {
  return visit_or(object, chat::SlotSet(), [](const auto& o) { return o.followers(); });
}

std::vector<Snapshot> snapshot_of(const OwnedObject& object, const std::string& name) {
  return visit_or(object, std::vector<Snapshot>(), [&](const auto& o) {
    std::vector<Snapshot> parts;
    for (auto& part : o.snapshot()) parts.push_back({name, false, false, std::move(part)});
    if (!parts.empty()) parts.front().first = parts.back().last = true;
    return parts;
  });
}

void restore_part(OwnedObject& object, Snapshot part) {
  if (auto* room_part = std::get_if<chat::Room::Part>(&part.part)) {
    if (part.first || !std::holds_alternative<chat::Room>(object)) object.emplace<chat::Room>();
    std::get<chat::Room>(object).restore(std::move(*room_part));
  } else {
    auto& person_part = std::get<chat::Person::Part>(part.part);
    object.emplace<chat::Person>().restore(std::move(person_part));
  }
}

}  // namespace banterd::worker
