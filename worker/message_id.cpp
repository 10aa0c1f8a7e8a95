#include "worker/message_id.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <charconv>

namespace banterd::worker {

std::string message_id(uint64_t position, std::string_view object, chat::TimeMs at) {
  // No object has two events with one position between two starts of the server: its owners'
  // positions only grow, also when it gets another owner. The time tells the starts apart.
  const std::string key = chat::fold(object);
  const uint64_t hash = XXH3_64bits_withSeed(key.data(), key.size(), static_cast<uint64_t>(at));
  return fmt::format("{}-{:016x}", position, hash);
}

std::optional<uint64_t> position_in(std::string_view message_id) {
  uint64_t position = 0;
  const auto [end, error] =
      std::from_chars(message_id.data(), message_id.data() + message_id.size(), position);
  if (error != std::errc() || end == message_id.data() + message_id.size() || *end != '-')
    return std::nullopt;
  return position;
}

}  // namespace banterd::worker
