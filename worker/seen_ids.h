// The last command id that an owner has taken of each connection: what makes a command that comes
// twice be decided once. For the journal they are 64 objects of their own, each a part of all
// connections, so that one snapshot stays small whatever their number.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
    for (auto& part : parts_) {
      std::erase_if(part,
                    [&](const auto& entry) { return predicate(entry.first, entry.second.place); });
    }
  }
  template <class Visit>
  void each_place(Visit visit) const {
    for (const auto& part : parts_) {
      for (const auto& [connection, entry] : part) visit(entry.place);
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
  using Part = std::unordered_map<uint64_t, Seen::Entry>;
  [[nodiscard]] const Part& part_of(uint64_t connection) const {
    return parts_[connection % kParts];
  }
  Part& part_of(uint64_t connection) { return parts_[connection % kParts]; }

  std::array<Part, kParts> parts_;
};

}  // namespace banterd::worker
