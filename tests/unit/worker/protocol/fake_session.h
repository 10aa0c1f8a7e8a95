// A client without a worker: keeps what his protocol asks for and sends, and plays what a test
// says.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/unit/chat/room_fixture.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker {

// A request as a line of text.
struct RequestText {
  std::string operator()(const AskOwner& ask) const {
    const std::string text =
        std::visit([&](const auto& body) { return of(ask.object, body); }, ask.body);
    return text + (ask.with_profile ? ", known" : "");
  }
  std::string operator()(const DoLocally&) const { return "local"; }
  std::string operator()(const ChangeNick& change) const { return "nick " + change.nick.str(); }
  std::string operator()(const AskRooms&) const { return "rooms"; }
  std::string operator()(const Leave& leave) const { return "leave: " + leave.reason; }

  static std::string of(const std::string& object, const chat::Say& say) {
    const std::string kind(names_of(say.kind)[static_cast<size_t>(say.kind)]);
    return kind + " to " + object + ": " + say.text;
  }
  static std::string of(const std::string& object, const chat::Join& join) {
    return "join " + object + " key '" + join.key + "' flags " + std::to_string(join.flags) +
           " grants " + std::to_string(join.grants) + (join.permanent ? " permanent" : "") +
           " replay " + std::to_string(join.replay_lines);
  }
  static std::string of(const std::string& object, const chat::Part& part) {
    return "part " + object + ": " + part.reason;
  }
  static std::string of(const std::string& object, const chat::SetTopic& topic) {
    return "topic of " + object + ": " + topic.text;
  }
  template <class Other>
  static std::string of(const std::string& object, const Other&) {
    return std::string(Other::kType) + " " + object;
  }
};

class FakeSession final : public Session {
 public:
  struct Room {
    std::string name;
    chat::RoomHead head;
    std::vector<chat::ProfilePtr> members;
  };
  conf::Config settings;
  chat::Profile self = *chat::profile_of(7, "ann");
  std::vector<Room> his_rooms;
  std::vector<Request> requests;
  std::string sent;
  std::vector<std::string> reshaped;

  // Meets his requests: does local ones, and gives the others as text, one on each line.
  std::string meet() {
    std::string asked;
    for (size_t i = 0; i < requests.size(); ++i) {
      const Request request = std::move(requests[i]);
      if (const auto* local = std::get_if<DoLocally>(&request)) {
        local->action();
      } else {
        asked += std::visit(RequestText(), request) + "\n";
      }
    }
    requests.clear();
    return asked;
  }
  std::string take_sent() { return std::exchange(sent, {}); }

  // ---- Session ----
  [[nodiscard]] const conf::Config& config() const override { return settings; }
  [[nodiscard]] const chat::Profile& profile() const override { return self; }
  [[nodiscard]] bool is_in(std::string_view room) const override { return find(room) != nullptr; }
  [[nodiscard]] std::vector<std::string> rooms() const override {
    std::vector<std::string> names;
    for (const Room& room : his_rooms) names.push_back(room.name);
    return names;
  }
  [[nodiscard]] std::vector<chat::ProfilePtr> members(std::string_view room) const override {
    const Room* found = find(room);
    return found == nullptr ? std::vector<chat::ProfilePtr>() : found->members;
  }
  [[nodiscard]] const chat::RoomHead* room_head(std::string_view room) const override {
    const Room* found = find(room);
    return found == nullptr ? nullptr : &found->head;
  }
  void request(Request request) override { requests.push_back(std::move(request)); }
  void send(std::string_view bytes) override { sent += bytes; }
  void reshape(std::string_view room) override { reshaped.emplace_back(room); }

 private:
  [[nodiscard]] const Room* find(std::string_view name) const {
    for (const Room& room : his_rooms) {
      if (chat::fold(room.name) == chat::fold(name)) return &room;
    }
    return nullptr;
  }
};

}  // namespace banterd::worker
