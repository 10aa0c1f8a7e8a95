// LIST: which rooms are asked for (Modern IRC, "LIST message" and "ELIST Parameter": C, M, N, T,
// U), and the answer's lines. Pure. That secret rooms are shown to their members only is the
// caller's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chat/types.h"
#include "worker/protocol/irc/numerics.h"

namespace banterd::worker::irc {

struct ListedRoom {
  std::string_view name;
  uint64_t members = 0;
  chat::TimeMs created = 0;
  chat::TimeMs topic_at = 0;  // 0: there never was a topic
  std::string_view topic = {};
};

// Owns what it knows: the rooms may come later than the words.
class ListFilter {
 public:
  // All rooms.
  ListFilter() = default;
  // `params` are those of LIST: words with commas between them, of which the second parameter has
  // conditions only. Conditions: <n and >n (members), C<n and C>n, T<n and T>n (made, topic set
  // less or more than n minutes ago), !mask; of one kind the last counts, of !mask all. Any other
  // word is a name or a mask: without one every name is taken. What makes no sense is left out.
  explicit ListFilter(std::span<const std::string_view> params);

  [[nodiscard]] bool takes(const ListedRoom& room, chat::TimeMs now) const;

 private:
  // Both bounds are outside.
  struct Range {
    std::optional<uint64_t> above;
    std::optional<uint64_t> below;
    [[nodiscard]] bool has(uint64_t number) const;
    [[nodiscard]] bool is_all() const { return !above && !below; }
  };
  bool take_condition(std::string_view word);

  std::vector<std::string> masks_;     // one of them must match, if there are any
  std::vector<std::string> unwanted_;  // none of them
  Range members_;
  Range age_ms_;
  Range topic_age_ms_;
};

// 321, 322, 323. The first is for older clients, who open their window with it.
void append_list_start(std::string& out, const ReplyTo& to);
void append_list_room(std::string& out, const ReplyTo& to, const ListedRoom& room);
void append_list_end(std::string& out, const ReplyTo& to);

}  // namespace banterd::worker::irc
