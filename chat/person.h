// A person as his nick's owner knows him: who holds the nick, whether he is leaving it, and who is
// told of it though he shares no room with him.
#pragma once

#include <map>

#include "base/lazy.h"
#include "chat/object.h"
#include "chat/slot_counts.h"

namespace banterd::chat {

// A client who is told whether somebody holds the nick (IRCv3 "Monitor").
struct Watcher {
  ClientId client{};
  Place place;
  static void fields(auto& self, auto&& field) {
    field("client", self.client);
    field("place", self.place);
  }
};

class Person {
 public:
  static Decision decide(const Person* state, const Command& command);
  void evolve(const Event& event);
  [[nodiscard]] bool alive() const { return held() || watched_.made(); }
  [[nodiscard]] SlotSet followers() const;

  [[nodiscard]] bool held() const { return profile_ != nullptr; }
  // Who holds the nick; null when nobody does: it may be watched all the same.
  [[nodiscard]] const ProfilePtr& profile() const { return profile_; }
  // Where the holder lives; means nothing when there is none.
  [[nodiscard]] const Place& place() const { return place_; }
  [[nodiscard]] bool departing() const { return departing_; }
  // In the order of client ids.
  [[nodiscard]] const std::map<ClientId, Place>& watchers() const { return watched_->by; }

  struct PersonPart {
    static constexpr std::string_view kType = "person";
    std::optional<ProfilePtr> profile;  // in the first part, with the next two, if the nick is held
    Place place;
    bool departing = false;
    std::vector<Watcher> watchers;
    static void fields(auto& self, auto&& field) {
      field("profile", self.profile);
      field("place", self.place);
      field("departing", self.departing);
      field("watchers", self.watchers);
    }
  };
  using Part = PersonPart;
  static constexpr size_t kWatchersPerPart = 1000;
  [[nodiscard]] std::vector<Part> snapshot() const;
  void restore(Part part);

 private:
  void free_nick();
  void watch(ClientId client, const Place& place);
  void unwatch(ClientId client);
  void lose(const Place& place);

  ProfilePtr profile_;
  [[no_unique_address]] Place place_;  // the next stands in its padding
  bool departing_ = false;
  struct Watched {
    std::map<ClientId, Place> by;
    SlotCounts in_slot;  // derived
  };
  base::Lazy<Watched> watched_;  // made while somebody watches the nick: few are
};

static_assert(Object<Person>);

}  // namespace banterd::chat
