#include "worker/protocol/irc/list_filter.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/take_part.h"

namespace banterd::worker::irc {

namespace {

constexpr uint64_t kMsPerMinute = 60'000;

// What is too large for a number is the largest: no room has more members, or is older.
std::optional<uint64_t> parse_number(std::string_view text) {
  uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  if (parsed != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<uint32_t>::max();
  return number;
}

uint64_t age(chat::TimeMs since, chat::TimeMs now) {
  return static_cast<uint64_t>(std::max<chat::TimeMs>(now - since, 0));
}

}  // namespace

bool ListFilter::Range::has(uint64_t number) const {
  return (!above || number > *above) && (!below || number < *below);
}

ListFilter::ListFilter(std::span<const std::string_view> params) {
  for (size_t i = 0; i < params.size() && i < 2; ++i) {
    for (std::string_view words = params[i]; !words.empty();) {
      const std::string_view word = base::take_part(words, ',');
      if (!word.empty() && !take_condition(word) && i == 0) masks_.emplace_back(word);
    }
  }
}

// True also for a condition that makes no sense.
bool ListFilter::take_condition(std::string_view word) {
  if (word.front() == '!') {
    unwanted_.emplace_back(word.substr(1));
    return true;
  }
  const size_t sign = word.find_first_of("<>");
  if (sign > 1) return false;
  Range* range = &members_;
  if (sign == 1) {
    const char kind = word.front();
    if (kind == 'C' || kind == 'c') {
      range = &age_ms_;
    } else if (kind == 'T' || kind == 't') {
      range = &topic_age_ms_;
    } else {
      return false;
    }
  }
  auto number = parse_number(word.substr(sign + 1));
  if (!number) return true;
  if (sign == 1) *number *= kMsPerMinute;
  (word[sign] == '>' ? range->above : range->below) = number;
  return true;
}

bool ListFilter::takes(const ListedRoom& room, chat::TimeMs now) const {
  const auto fits = [&](const std::string& mask) { return chat::matches(mask, room.name); };
  return members_.has(room.members) && age_ms_.has(age(room.created, now)) &&
         (topic_age_ms_.is_all() ||
          (room.topic_at != 0 && topic_age_ms_.has(age(room.topic_at, now)))) &&
         (masks_.empty() || std::ranges::any_of(masks_, fits)) &&
         std::ranges::none_of(unwanted_, fits);
}

void append_list_start(std::string& out, const ReplyTo& to) {
  append_reply(out, to, kRplListStart, {"Channel"});
}

void append_list_room(std::string& out, const ReplyTo& to, const ListedRoom& room) {
  append_reply(out, to, kRplList, {room.name, std::to_string(room.members), room.topic});
}

void append_list_end(std::string& out, const ReplyTo& to) { append_reply(out, to, kRplListEnd); }

}  // namespace banterd::worker::irc
