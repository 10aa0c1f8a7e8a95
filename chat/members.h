// The members of a room, in the order of their client ids: one array, since rooms are many and most
// of what a server holds is members. Who comes last comes at its end; one who leaves moves those
// behind him, which costs far less than telling them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "chat/types.h"

namespace banterd::chat {

struct Member {
  ClientId client{};
  ProfilePtr profile;
  [[no_unique_address]] Place place;  // the next stands in its padding
  uint8_t prefixes = 0;               // of Prefix

  static void fields(auto& self, auto&& field) {
    field("client", self.client);
    field("place", self.place);
    field("prefixes", self.prefixes);
    field("profile", self.profile);
  }
};
static_assert(sizeof(Member) == 24);

class Members {
 public:
  using Iterator = std::vector<Member>::const_iterator;
  [[nodiscard]] Iterator begin() const { return list_.begin(); }
  [[nodiscard]] Iterator end() const { return list_.end(); }
  [[nodiscard]] size_t size() const { return list_.size(); }
  [[nodiscard]] bool empty() const { return list_.empty(); }

  // Null: he is none. Valid until somebody comes or goes.
  [[nodiscard]] const Member* find(ClientId client) const {
    const auto place = place_of(client);
    return is_at(place, client) ? &*place : nullptr;
  }
  [[nodiscard]] Member* find(ClientId client) {
    const auto place = place_of(client);
    return is_at(place, client) ? &list_[static_cast<size_t>(place - list_.begin())] : nullptr;
  }
  // One who is none yet.
  void add(Member member) {
    grow_gently();
    list_.insert(place_of(member.client), std::move(member));
  }
  void remove(ClientId client) {
    const auto place = place_of(client);
    if (!is_at(place, client)) return;
    list_.erase(place);
    give_back();
  }
  template <class Predicate>
  void remove_if(Predicate predicate) {
    std::erase_if(list_, predicate);
    give_back();
  }

 private:
  // Above this size room is made, and given back, in steps of a quarter: the array of a large room
  // is never half empty.
  static constexpr size_t kGentleFrom = 8;

  // Where he stands, or would stand.
  [[nodiscard]] Iterator place_of(ClientId client) const {
    return std::ranges::lower_bound(list_, client, {}, &Member::client);
  }
  [[nodiscard]] bool is_at(Iterator place, ClientId client) const {
    return place != list_.end() && place->client == client;
  }
  void grow_gently() {
    if (list_.size() == list_.capacity() && list_.size() >= kGentleFrom)
      list_.reserve(list_.size() + list_.size() / 4);
  }
  void give_back() {
    if (list_.capacity() >= kGentleFrom && list_.size() < list_.capacity() / 2)
      list_.shrink_to_fit();
  }

  std::vector<Member> list_;
};

}  // namespace banterd::chat
