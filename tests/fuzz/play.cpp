#include "tests/fuzz/play.h"

#include <cstdint>
#include <string>
#include <utility>

#include "base/log.h"
#include "tests/fuzz/require.h"

namespace banterd::fuzz {

namespace {

constexpr std::string_view kHappenings = "\xff\xfe\xfd\xfc\xfb";

WorldSettings settings_of(char byte, std::vector<conf::Listener> listeners) {
  const auto has = [bits = static_cast<uint8_t>(byte)](int bit) { return (bits >> bit & 1) != 0; };
  return {.listeners = std::move(listeners),
          .password = has(0),
          .small_limits = has(1),
          .right = has(2),
          .incomplete = has(3),
          .absent = has(4)};
}

void turn(World& world) {
  world.turn();
  for (size_t index = 0; index < world.visitors(); ++index) world.visitor(index).check();
}

void let_happen(World& world, size_t& speaker, char what) {
  turn(world);
  Visitor& visitor = world.visitor(speaker);
  switch (what) {
    case '\xff':
      speaker = (speaker + 1) % world.visitors();
      break;
    case '\xfd':
      visitor.move();
      break;
    case '\xfc':
      visitor.be_silent();
      break;
    case '\xfb':
      visitor.hang_up();
      break;
    default:
      break;
  }
  turn(world);
}

// What all were sent.
std::string play_once(const WorldSettings& settings, std::string_view input, size_t piece_bytes) {
  World world(settings);
  turn(world);
  size_t speaker = 0;
  while (!input.empty()) {
    const std::string_view typed = input.substr(0, input.find_first_of(kHappenings));
    for (size_t begin = 0; begin < typed.size(); begin += piece_bytes)
      world.visitor(speaker).type(typed.substr(begin, piece_bytes));
    input.remove_prefix(typed.size());
    if (input.empty()) break;
    let_happen(world, speaker, input.front());
    input.remove_prefix(1);
  }
  turn(world);
  std::string sent;
  for (size_t index = 0; index < world.visitors(); ++index) {
    Visitor& visitor = world.visitor(index);
    visitor.read_last_words();
    visitor.hang_up();
    turn(world);
    sent += visitor.sent() + '\n';
  }
  return sent;
}

}  // namespace

void play(std::string_view input, std::vector<conf::Listener> listeners) {
  if (input.size() < 2) return;
  static const bool quiet = [] {
    base::log_setup("fuzz", base::LogLevel::error, base::LogFormat::text);
    return true;
  }();
  static_cast<void>(quiet);
  const WorldSettings settings = settings_of(input[0], std::move(listeners));
  const auto piece_bytes = static_cast<uint8_t>(input[1]);
  input.remove_prefix(2);
  const std::string sent = play_once(settings, input, input.size() + 1);
  if (piece_bytes > 0) require(play_once(settings, input, piece_bytes) == sent);
}

}  // namespace banterd::fuzz
