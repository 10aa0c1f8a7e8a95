#include "worker/limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "ipc/contract.h"

namespace banterd::worker {

namespace {

constexpr std::string_view kGuest = "guest-";

}  // namespace

size_t longest_line(const conf::Config& config) {
  return std::min<size_t>(config.limits.line_bytes, ipc::kMaxFrameBytes / 8);
}

chat::Nick guest_nick(uint64_t connection) {
  return chat::Nick::parse(std::string(kGuest) + std::to_string(connection)).value_or(chat::Nick());
}

bool is_guest_nick(const chat::Nick& nick) { return nick.key().starts_with(kGuest); }

std::string nick_rule(const conf::Config& config) {
  return fmt::format(
      "use 1 to {} letters, digits and -_[]{{}}|^`\\, not beginning with a digit or -",
      config.limits.nick_bytes);
}

chat::Join join_of(const conf::Config& config, std::string_view room) {
  chat::Join join;
  join.permanent = chat::fold(room) == chat::fold(config.rooms.default_room);
  join.flags = join.permanent ? chat::no_external : chat::no_external | chat::topic_locked;
  join.grants = join.permanent ? 0 : chat::room_operator;
  join.replay_lines = config.rooms.replay_lines;
  return join;
}

}  // namespace banterd::worker
