// What the tests of rooms share: people, a room with its owner's habits, and its state as text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "chat/room.h"

namespace banterd::chat {

// Who gives commands, and where he lives.
struct Someone {
  ProfilePtr profile;
  Place place;
  [[nodiscard]] ClientId id() const { return profile->client; }
};

inline ProfilePtr profile_of(uint64_t client, std::string_view nick, uint32_t version = 0,
                             std::string_view host = "home.example") {
  auto profile = make_profile();
  profile->client = ClientId{client};
  profile->version = version;
  profile->nick = Nick::parse(nick).value();
  profile->user = "user";
  profile->host = host;
  return profile;
}

inline Someone someone(uint64_t client, std::string_view nick, Place place = {0, 1},
                       std::string_view host = "home.example") {
  return {profile_of(client, nick, 0, host), place};
}

inline std::string type_of(const EventBody& body) {
  return std::visit([](const auto& one) { return std::string(one.kType); }, body);
}

inline std::string name_of(Refusal why) {
  return std::string(names_of(why)[static_cast<size_t>(why)]);
}

// Writes whatever describes its fields, so that a field that is added later is compared too.
class Description {
 public:
  template <class T>
  Description& add(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      text_ += std::to_string(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_integral_v<T>) {
      text_ += std::to_string(value);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      text_.append("'").append(value).append("'");
    } else if constexpr (std::is_same_v<T, Nick>) {
      text_ += value.str();
    } else {
      text_ += '{';
      T::fields(value, [this](std::string_view key, auto&& field) {
        text_.append(key).append("=");
        add(field);
        text_ += ' ';
      });
      text_ += '}';
    }
    return *this;
  }
  template <class T>
  Description& add(const std::vector<T>& list) {
    for (const T& one : list) add(one);
    return *this;
  }
  template <class T>
  Description& add(const std::optional<T>& value) {
    if (value) add(*value);
    return *this;
  }
  template <class T>
  Description& add(const base::MostlyZero<T>& value) {
    return add(value.value);
  }
  template <class T>
  Description& add(const base::Lazy<T>& value) {
    if (value.made()) add(*value);
    return *this;
  }
  Description& add(const ProfilePtr& profile) {
    if (profile != nullptr) add(*profile);
    return *this;
  }
  [[nodiscard]] std::string text() const { return text_; }

 private:
  std::string text_;
};

// The state of an object, and who follows it.
template <Object T>
std::string describe(const T& object) {
  return Description().add(object.snapshot()).add(object.followers().bits()).text();
}

// What a slot that begins to follow the object now knows of it.
template <Object T>
T copy_by_snapshot(const T& object) {
  T copy;
  for (const typename T::Part& part : object.snapshot()) copy.restore(part);
  return copy;
}

// A room that may not exist, and what its owner does with commands.
class OwnedRoom {
 public:
  // The event's type, the refusal's name, or "wait".
  std::string take(const Command& command) {
    const Decision decision = Room::decide(exists() ? &*room_ : nullptr, command);
    if (const auto* refusal = std::get_if<Refusal>(&decision)) return name_of(*refusal);
    if (std::holds_alternative<Wait>(decision)) return "wait";
    const Event event{command.id, command.client,  command.from,
                      command.at, command.profile, std::get<EventBody>(decision)};
    if (!room_) room_.emplace();
    room_->evolve(event);
    events_.push_back(event);
    if (!room_->alive()) room_.reset();
    return type_of(event.body);
  }
  std::string take(const Someone& who, CommandBody body) {
    at_ += 1000;
    return take(Command{{}, who.id(), who.place, at_, who.profile, std::move(body)});
  }
  std::string join(const Someone& who, std::string_view key = "") {
    Join join;
    join.key = key;
    return take(who, join);
  }
  // Makes the room with `who` as a member of these prefixes.
  void make(const Someone& who, uint8_t grants = room_operator,
            uint16_t flags = no_external | topic_locked) {
    Join join;
    join.grants = grants;
    join.flags = flags;
    take(who, join);
  }
  // One change of modes: "+i", "-k", "+l 3", "+b *!*@host"; for prefixes of `target`.
  std::string mode(const Someone& who, std::string_view change,
                   const std::optional<Someone>& target = {}) {
    return take(who, SetModes{{change_of(change, target)}});
  }
  static ModeChange change_of(std::string_view change, const std::optional<Someone>& target = {}) {
    ModeChange made;
    made.add = change[0] == '+';
    made.letter = change[1];
    if (change.size() > 3) made.argument = change.substr(3);
    if (target) made.target = target->id();
    return made;
  }
  std::string say(const Someone& who, std::string_view text) {
    return take(who, Say{Kind::message, std::string(text)});
  }

  [[nodiscard]] bool exists() const { return room_.has_value(); }
  [[nodiscard]] const Room& room() const { return room_.value(); }
  [[nodiscard]] const Event& last() const { return events_.back(); }
  template <class Body>
  [[nodiscard]] const Body& last_as() const {
    return std::get<Body>(last().body);
  }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] int prefixes(const Someone& who) const {
    const Member* member = room().member(who.id());
    return member == nullptr ? -1 : member->prefixes;
  }
  [[nodiscard]] bool has(const Someone& who) const {
    return exists() && room().member(who.id()) != nullptr;
  }
  // The masks of one list, the oldest first.
  [[nodiscard]] std::vector<std::string> masks(char list) const {
    std::vector<std::string> masks;
    for (const ListEntry& entry : room().entries(list)) masks.push_back(entry.mask);
    return masks;
  }
  [[nodiscard]] TimeMs now() const { return at_; }

 private:
  std::optional<Room> room_;
  std::vector<Event> events_;
  TimeMs at_ = 1'700'000'000'000;
};

}  // namespace banterd::chat
