// The last command id that an owner has taken of each connection: what makes a command that comes
// twice be decided once. For the journal they are 64 objects of their own, each a part of all
// connections, so that one snapshot stays small whatever their number.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/packed_table.h"
#include "worker/bus_messages.h"

namespace banterd::worker {

class SeenIds {
 public:
  // That id, or a later one of its connection, was taken.
  [[nodiscard]] bool has(const chat::CommandId& id) const;
  // Takes an id, of a command from `place`; does nothing if a later one was taken.
  void take(const chat::CommandId& id, const chat::Place& place);
  void forget(uint64_t connection);
  // Forgets those of which predicate(connection, place) holds.
  template <class Predicate>
  void forget_if(Predicate predicate) {
    for (Part& part : parts_) {
      part.erase_if([&](const Last& last) { return predicate(last.id, places_[last.place]); });
    }
  }
  template <class Visit>
  void each_place(Visit visit) const {
    for (const Part& part : parts_) {
      part.each([&](const Last& last) { visit(places_[last.place]); });
    }
  }

  // ---- the journal's objects ----
  // Names of all; '/' is in no nick, and a room's name begins with '#'.
  static std::vector<std::string> keys();
  static bool is_key(std::string_view key) { return key.starts_with(kKey); }
  // What the object of that name holds, in the order of ids.
  [[nodiscard]] Seen part(std::string_view key) const;

 private:
  static constexpr std::string_view kKey = "seen/";
  static constexpr size_t kParts = 64;
  // Of a connection, which there may be a million of.
  struct Last {
    uint64_t id = 0;  // the connection's
    uint64_t line = 0;
    uint32_t step = 0;
    uint32_t place = 0;  // in places_
  };
  using Part = base::IdTable<Last>;
  [[nodiscard]] const Part& part_of(uint64_t connection) const {
    return parts_[connection % kParts];
  }
  Part& part_of(uint64_t connection) { return parts_[connection % kParts]; }

  uint32_t number_of(const chat::Place& place);

  std::array<Part, kParts> parts_;
  std::vector<chat::Place> places_;  // all that there ever were: as many as workers were started
};

}  // namespace banterd::worker
