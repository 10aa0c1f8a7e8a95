#include "bench/chatload/marker.h"

#include <cstring>

namespace banterd::bench {

namespace {

// Reads a number that ends with `end`; afterwards `at` is behind that. Not std::from_chars: this is
// run for every delivery, and numbers that are too long are no marker of ours.
bool take_number(const char*& at, const char* const stop, char end, uint64_t& number) {
  const char* const begin = at;
  number = 0;
  for (; at < stop && *at >= '0' && *at <= '9'; ++at) {
    number = number * 10 + static_cast<uint64_t>(*at - '0');
  }
  return at > begin && at < stop && *at++ == end;
}

}  // namespace

std::string message_text(const Marker& marker, size_t bytes) {
  std::string text = '#' + std::to_string(marker.sender) + ':' + std::to_string(marker.sequence) +
                     ':' + std::to_string(marker.sent_after_ns) + '#';
  if (text.size() < bytes) text.resize(bytes, 'x');
  return text;
}

bool find_marker(std::string_view text, size_t& at, Marker& marker) {
  const char* const stop = text.data() + text.size();
  const char* from = text.data() + at;
  while (from < stop) {
    const auto left = static_cast<size_t>(stop - from);
    const auto* const hash = static_cast<const char*>(std::memchr(from, '#', left));
    if (!hash) return false;
    from = hash + 1;
    const char* end = from;
    uint64_t sender = 0;
    uint64_t sequence = 0;
    uint64_t sent = 0;
    if (take_number(end, stop, ':', sender) && take_number(end, stop, ':', sequence) &&
        take_number(end, stop, '#', sent)) {
      marker = {static_cast<uint32_t>(sender), static_cast<uint32_t>(sequence), sent};
      at = static_cast<size_t>(end - text.data());
      return true;
    }
  }
  return false;
}

}  // namespace banterd::bench
