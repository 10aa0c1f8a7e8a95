#include "worker/owned_object.h"

namespace banterd::worker {

namespace {

// Calls `visit` with what is there; `otherwise` is the answer for nothing.
template <class Answer, class Visit>
Answer visit_or(const OwnedObject& object, Answer otherwise, Visit visit) {
  if (const auto* room = get_as<chat::Room>(object)) return visit(*room);
  if (const auto* person = get_as<chat::Person>(object)) return visit(*person);
  if (const auto* server = get_as<chat::Server>(object)) return visit(*server);
  return otherwise;
}

// Makes it one.
template <class T>
T& emplace_as(OwnedObject& object) {
  if constexpr (std::is_same_v<T, chat::Person>) {
    return object.emplace<T>();
  } else {
    return *object.emplace<std::unique_ptr<T>>(std::make_unique<T>());
  }
}

template <class T>
T* editable_as(OwnedObject& object) {
  return const_cast<T*>(get_as<T>(object));
}

template <class T>
chat::Decision decide_as(const OwnedObject* object, const chat::Command& command) {
  return T::decide(object == nullptr ? nullptr : get_as<T>(*object), command);
}

}  // namespace

chat::Decision decide(const OwnedObject* object, std::string_view key,
                      const chat::Command& command) {
  if (chat::names_room(key)) return decide_as<chat::Room>(object, command);
  if (chat::names_server(key)) return decide_as<chat::Server>(object, command);
  return decide_as<chat::Person>(object, command);
}

void evolve(OwnedObject& object, std::string_view key, const chat::Event& event) {
  if (!exists(object)) {
    if (chat::names_room(key)) {
      emplace_as<chat::Room>(object);
    } else if (chat::names_server(key)) {
      emplace_as<chat::Server>(object);
    } else {
      emplace_as<chat::Person>(object);
    }
  }
  if (auto* room = editable_as<chat::Room>(object)) room->evolve(event);
  if (auto* person = editable_as<chat::Person>(object)) person->evolve(event);
  if (auto* server = editable_as<chat::Server>(object)) server->evolve(event);
}

bool begins_object(const chat::Event& event) {
  const auto* joined = std::get_if<chat::Joined>(&event.body);
  return (joined != nullptr && joined->creates) ||
         std::holds_alternative<chat::Claimed>(event.body) ||
         std::holds_alternative<chat::Watching>(event.body) ||
         std::holds_alternative<chat::Banned>(event.body);
}

bool changes_state(const chat::Event& event) {
  return !std::holds_alternative<chat::Said>(event.body) &&
         !std::holds_alternative<chat::Refused>(event.body) &&
         !std::holds_alternative<chat::Redacted>(event.body) &&
         !std::holds_alternative<chat::Killed>(event.body);
}

bool changes_bans(const chat::Event& event) {
  return std::holds_alternative<chat::Banned>(event.body) ||
         std::holds_alternative<chat::Unbanned>(event.body);
}

bool is_alive(const OwnedObject& object) {
  return visit_or(object, false, [](const auto& o) { return o.alive(); });
}

chat::SlotSet followers_of(const OwnedObject& object) {
  return visit_or(object, chat::SlotSet(), [](const auto& o) { return o.followers(); });
}

std::vector<Snapshot> snapshot_of(const OwnedObject& object, std::string_view name) {
  return visit_or(object, std::vector<Snapshot>(), [&](const auto& o) {
    std::vector<Snapshot> parts;
    for (auto& part : o.snapshot())
      parts.push_back({std::string(name), false, false, std::move(part)});
    if (!parts.empty()) parts.front().first = parts.back().last = true;
    return parts;
  });
}

namespace {

template <class T>
void restore_as(OwnedObject& object, bool first, typename T::Part part) {
  T* known = first ? nullptr : editable_as<T>(object);
  (known == nullptr ? emplace_as<T>(object) : *known).restore(std::move(part));
}

}  // namespace

void restore_part(OwnedObject& object, Snapshot part) {
  struct Visit {
    OwnedObject& object;
    bool first;
    void operator()(chat::Room::Part& room) {
      restore_as<chat::Room>(object, first, std::move(room));
    }
    void operator()(chat::Person::Part& person) {
      restore_as<chat::Person>(object, first, std::move(person));
    }
    void operator()(chat::Server::Part& server) {
      restore_as<chat::Server>(object, first, std::move(server));
    }
  };
  std::visit(Visit{object, part.first}, part.part);
}

}  // namespace banterd::worker
