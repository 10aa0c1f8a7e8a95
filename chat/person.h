// A person as his nick's owner knows him: who holds the nick, and whether he is leaving it.
#pragma once

#include "chat/object.h"

namespace banterd::chat {

class Person {
 public:
  static Decision decide(const Person* state, const Command& command);
  void evolve(const Event& event);
  [[nodiscard]] bool alive() const { return profile_ != nullptr; }
  [[nodiscard]] SlotSet followers() const { return alive() ? SlotSet::of(place_.slot) : SlotSet(); }

  // Who holds the nick; null only before the first event and after the last.
  [[nodiscard]] const ProfilePtr& profile() const { return profile_; }
  [[nodiscard]] const Place& place() const { return place_; }
  [[nodiscard]] bool departing() const { return departing_; }

  struct PersonPart {
    static constexpr std::string_view kType = "person";
    ProfilePtr profile;
    Place place;
    bool departing = false;
    static void fields(auto& self, auto&& field) {
      field("profile", self.profile);
      field("place", self.place);
      field("departing", self.departing);
    }
  };
  using Part = PersonPart;
  [[nodiscard]] std::vector<Part> snapshot() const;
  void restore(Part part);

 private:
  ProfilePtr profile_;
  Place place_;
  bool departing_ = false;
};

static_assert(Object<Person>);

}  // namespace banterd::chat
