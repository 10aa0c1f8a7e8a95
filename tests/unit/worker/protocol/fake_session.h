// A client without a worker: keeps what his protocol asks for and sends, and plays what a test
// says.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/unit/chat/room_fixture.h"
#include "worker/protocol/protocol.h"

namespace banterd::worker {

// A request as a line of text.
struct RequestText {
  const chat::Profile& self;

  std::string operator()(const AskOwner& ask) const {
    const std::string text =
        std::visit([&](const auto& body) { return of(ask.object, body); }, ask.body);
    return text + (ask.with_profile ? ", known" : "");
  }
  std::string operator()(const DoLocally&) const { return "local"; }
  std::string operator()(const Enter& enter) const {
    return "enter " + std::string(enter.profile.nick.str()) + " " + enter.room;
  }
  // All that would be another afterwards.
  std::string operator()(const ChangeProfile& change) const {
    chat::Profile wanted = self;
    change.change(wanted);
    std::string text = "change";
    if (wanted.nick != self.nick) text = "nick " + std::string(wanted.nick.str());
    if (wanted.away != self.away)
      text += " away '" + (wanted.away.made() ? *wanted.away : "none") + "'";
    if (wanted.realname != self.realname)
      text += " realname '" + std::string(wanted.realname) + "'";
    if (wanted.server_operator != self.server_operator)
      text += switched(wanted.server_operator, 'o');
    if (wanted.bot != self.bot) text += switched(wanted.bot, 'B');
    if (wanted.invisible != self.invisible) text += switched(wanted.invisible, 'i');
    return text;
  }
  std::string operator()(const Ask& ask) const {
    const std::string type =
        std::visit([](const auto& question) { return std::string(question.kType); }, ask.question);
    return "ask " + (ask.object.empty() ? "all" : ask.object) + " " + type;
  }
  std::string operator()(const CheckPassword& check) const {
    return "is '" + check.text + "' the password of " + check.hash;
  }
  std::string operator()(const Leave& leave) const { return "leave: " + leave.reason; }

  static std::string switched(bool on, char letter) {
    return std::string(on ? " +" : " -") + letter;
  }
  static std::string of(const std::string& object, const chat::Say& say) {
    const std::string kind(names_of(say.kind)[static_cast<size_t>(say.kind)]);
    return kind + " to " + object + (say.rank ? " rank " + std::to_string(*say.rank) : "") +
           (say.tags ? " tags " + *say.tags : "") + ": " + std::string(say.text);
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
  static std::string of(const std::string& object, const chat::SetModes& modes) {
    std::string text = "modes of " + object + ":";
    for (const chat::ModeChange& change : modes.changes) {
      text += std::string(change.add ? " +" : " -") + change.letter;
      if (!change.argument.empty()) text += " " + change.argument;
      if (change.target != chat::ClientId{})
        text += " client " + std::to_string(static_cast<uint64_t>(change.target));
    }
    return text;
  }
  static std::string of(const std::string& object, const chat::Kick& kick) {
    return "kick from " + object + " client " + std::to_string(static_cast<uint64_t>(kick.target)) +
           ": " + kick.reason;
  }
  static std::string of(const std::string& object, const chat::Invite& invite) {
    return "invite at " + object + " of " + invite.nick + " to " + invite.room;
  }
  static std::string of(const std::string& object, const chat::Redact& redact) {
    return "redact in " + object + " " + redact.message + ": " + redact.reason;
  }
  static std::string of(const std::string& object, const chat::Kill& kill) {
    return "kill " + object + ": " + kill.reason;
  }
  static std::string of(const std::string& object, const chat::Ban& ban) {
    return "ban at " + object + " " + ban.mask + " until " + std::to_string(ban.expires) + ": " +
           ban.reason;
  }
  static std::string of(const std::string& object, const chat::Unban& unban) {
    return "unban at " + object + " " + unban.mask;
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
    chat::Room state;
  };
  conf::Config settings;
  std::vector<Numbers> all_numbers;  // as each slot has told last
  ServerInfo info{"1.2.3", 1'700'000'000'000, std::nullopt};
  chat::Profile self = *chat::profile_of(7, "ann");
  std::list<Room> his_rooms;
  std::map<std::string, std::string> his_watched;       // as Session::watched()
  std::map<std::string, chat::ProfilePtr> his_holders;  // by folded nick
  chat::Server bans;
  chat::TimeMs time = 1'700'000'100'000;
  std::chrono::milliseconds silence{0};
  std::deque<Request> requests;
  std::optional<Request> waits_for;  // an Ask or a CheckPassword
  std::string sent;
  std::vector<std::string> reshaped;
  std::optional<std::chrono::milliseconds> wake;  // the last wake_in()
  std::vector<ipc::OperatorAction> asked_of_master;

  // He comes into the room, or it has another state now.
  chat::Room& put_room(const std::string& name, chat::Room::Part part = {}) {
    Room* known = nullptr;
    for (Room& room : his_rooms) {
      if (room.name == name) known = &room;
    }
    if (known == nullptr) known = &his_rooms.emplace_back(Room{name, {}});
    if (!part.head) part.head.emplace();
    known->state = chat::Room();
    known->state.restore(std::move(part));
    return known->state;
  }

  // Meets his requests in their order, up to one that waits for an answer: does local ones, and
  // gives the others as text, one on each line. What is asked for by what is done comes next.
  std::string meet() {
    std::string asked;
    while (!requests.empty() && !waits_for) {
      Request request = std::move(requests.front());
      requests.pop_front();
      if (const auto* local = std::get_if<DoLocally>(&request)) {
        before_all_else(local->action);
        continue;
      }
      asked += std::visit(RequestText{self}, request) + "\n";
      if (std::holds_alternative<Ask>(request) || std::holds_alternative<CheckPassword>(request))
        waits_for = std::move(request);
    }
    return asked;
  }
  // Answers the question that he waits for, and goes on meeting.
  std::string answer(Findings found, bool complete = true) {
    REQUIRE(waits_for.has_value());
    const Request asked = *std::exchange(waits_for, std::nullopt);
    before_all_else([&] { std::get<Ask>(asked).then(std::move(found), complete); });
    return meet();
  }
  std::string check_password(PasswordIs found) {
    REQUIRE(waits_for.has_value());
    const Request asked = *std::exchange(waits_for, std::nullopt);
    before_all_else([&] { std::get<CheckPassword>(asked).then(found); });
    return meet();
  }
  template <class Question>
  [[nodiscard]] const Question& question() const {
    REQUIRE(waits_for.has_value());
    return std::get<Question>(std::get<Ask>(*waits_for).question);
  }
  std::string take_sent() { return std::exchange(sent, {}); }

  // ---- Session ----
  [[nodiscard]] const conf::Config& config() const override { return settings; }
  [[nodiscard]] const ServerInfo& server() const override { return info; }
  [[nodiscard]] std::vector<Numbers> known_numbers() const override { return all_numbers; }
  uint64_t seen_at_once = 0;
  void saw_at_once(uint64_t users) override { seen_at_once = users; }
  [[nodiscard]] const chat::Profile& profile() const override { return self; }
  [[nodiscard]] std::string_view address() const override { return comes_from; }
  std::string comes_from = "192.0.2.7";
  void come_from(std::string address) override { comes_from = std::move(address); }
  [[nodiscard]] bool has_gone(chat::ClientId member) const override {
    return gone.contains(member);
  }
  std::set<chat::ClientId> gone;
  [[nodiscard]] RoomView room(std::string_view name) const override {
    for (const Room& room : his_rooms) {
      if (chat::fold(room.name) == chat::fold(name)) return {room.name, &room.state};
    }
    return {};
  }
  [[nodiscard]] std::vector<std::string> rooms() const override {
    std::vector<std::string> names;
    for (const Room& room : his_rooms) names.push_back(room.name);
    return names;
  }
  [[nodiscard]] size_t room_count() const override { return his_rooms.size(); }
  [[nodiscard]] const std::map<std::string, std::string>& watched() const override {
    return his_watched;
  }
  [[nodiscard]] std::optional<chat::ProfilePtr> holder_of(std::string_view nick) const override {
    const auto found = his_holders.find(chat::fold(nick));
    if (found == his_holders.end()) return nullptr;
    return found->second;
  }
  [[nodiscard]] const chat::Server& server_state() const override { return bans; }
  [[nodiscard]] chat::TimeMs now() const override { return time; }
  [[nodiscard]] std::chrono::milliseconds silent_for() const override { return silence; }
  void wake_in(std::chrono::milliseconds delay) override { wake = delay; }
  void ask_master(ipc::OperatorAction what) override { asked_of_master.push_back(what); }
  void request(Request request) override { requests.push_back(std::move(request)); }
  void send_answer(std::string_view bytes) override { send(bytes); }
  void send(std::string_view bytes) override { sent += bytes; }
  void reshape(std::string_view room) override { reshaped.emplace_back(room); }

 private:
  void before_all_else(const std::function<void()>& action) {
    std::deque<Request> later = std::exchange(requests, {});
    if (action) action();
    std::move(later.begin(), later.end(), std::back_inserter(requests));
  }
};

}  // namespace banterd::worker
