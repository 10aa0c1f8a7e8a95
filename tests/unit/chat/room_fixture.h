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

ProfilePtr profile_of(uint64_t client, std::string_view nick, uint32_t version = 0,
                      std::string_view host = "home.example");
Someone someone(uint64_t client, std::string_view nick, Place place = {0, 1},
                std::string_view host = "home.example");

std::string type_of(const EventBody& body);
std::string name_of(Refusal why);

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
  std::string take(const Command& command);
  std::string take(const Someone& who, CommandBody body);
  std::string join(const Someone& who, std::string_view key = "");
  // Makes the room with `who` as a member of these prefixes.
  void make(const Someone& who, uint8_t grants = room_operator,
            uint16_t flags = no_external | topic_locked);
  // One change of modes: "+i", "-k", "+l 3", "+b *!*@host"; for prefixes of `target`.
  std::string mode(const Someone& who, std::string_view change,
                   const std::optional<Someone>& target = {});
  static ModeChange change_of(std::string_view change, const std::optional<Someone>& target = {});
  std::string say(const Someone& who, std::string_view text);

  [[nodiscard]] bool exists() const { return room_.has_value(); }
  [[nodiscard]] const Room& room() const { return room_.value(); }
  [[nodiscard]] const Event& last() const { return events_.back(); }
  template <class Body>
  [[nodiscard]] const Body& last_as() const {
    return std::get<Body>(last().body);
  }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] int prefixes(const Someone& who) const;
  [[nodiscard]] bool has(const Someone& who) const;
  // The masks of one list, the oldest first.
  [[nodiscard]] std::vector<std::string> masks(char list) const;
  [[nodiscard]] TimeMs now() const { return at_; }

 private:
  std::optional<Room> room_;
  std::vector<Event> events_;
  TimeMs at_ = 1'700'000'000'000;
};

}  // namespace banterd::chat
