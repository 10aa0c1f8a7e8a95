#include "worker/owned_object.h"

namespace banterd::worker {

namespace {

// Calls `visit` with what is there; `otherwise` is the answer for nothing.
template <class Answer, class Visit>
Answer visit_or(const OwnedObject& object, Answer otherwise, Visit visit) {
  if (const auto* room = std::get_if<chat::Room>(&object)) return visit(*room);
  if (const auto* person = std::get_if<chat::Person>(&object)) return visit(*person);
  if (const auto* server = std::get_if<chat::Server>(&object)) return visit(*server);
  return otherwise;
}

template <class T>
chat::Decision decide_as(const OwnedObject* object, const chat::Command& command) {
  return T::decide(object == nullptr ? nullptr : std::get_if<T>(object), command);
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
      object.emplace<chat::Room>();
    } else if (chat::names_server(key)) {
      object.emplace<chat::Server>();
    } else {
      object.emplace<chat::Person>();
    }
  }
  if (auto* room = std::get_if<chat::Room>(&object)) room->evolve(event);
  if (auto* person = std::get_if<chat::Person>(&object)) person->evolve(event);
  if (auto* server = std::get_if<chat::Server>(&object)) server->evolve(event);
}

bool begins_object(const chat::Event& event) {
  const auto* joined = std::get_if<chat::Joined>(&event.body);
  return (joined != nullptr && joined->creates) ||
         std::holds_alternative<chat::Claimed>(event.body) ||
         std::holds_alternative<chat::Watching>(event.body) ||
         std::holds_alternative<chat::Banned>(event.body);
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

namespace {

template <class T>
void restore_as(OwnedObject& object, bool first, typename T::Part part) {
  if (first || !std::holds_alternative<T>(object)) object.emplace<T>();
  std::get<T>(object).restore(std::move(part));
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
