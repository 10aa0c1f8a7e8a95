// Whole sessions of IRC: any bytes from three clients of one server, which is real but for sockets,
// time and other slots (irc_world.h). What each of them is sent is read as he would (irc_reader.h).
// Cut into pieces in another way, the same bytes bring the same answers.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/log.h"
#include "tests/fuzz/irc_world.h"
#include "tests/fuzz/require.h"

using namespace banterd;
using namespace banterd::fuzz;

namespace {

// Bytes that are not sent: what happens then. No UTF-8 has them.
enum Happening : uint8_t {
  next_speaks = 0xff,  // the next client, and after the last the first
  all_settles = 0xfe,  // what was asked so far has come to everybody
  he_moves = 0xfd,     // to another process
  he_is_silent = 0xfc,
  he_hangs_up = 0xfb,
};

constexpr std::string_view kHappenings = "\xff\xfe\xfd\xfc\xfb";

WorldSettings settings_of(uint8_t bits) {
  return {.password = (bits & 1) != 0,
          .small_limits = (bits & 2) != 0,
          .right = (bits & 4) != 0,
          .incomplete = (bits & 8) != 0,
          .absent = (bits & 16) != 0};
}

void let_happen(World& world, size_t& speaker, uint8_t happening) {
  world.turn();
  Visitor& visitor = world.visitor(speaker);
  switch (happening) {
    case next_speaks:
      speaker = (speaker + 1) % WorldSettings::kVisitors;
      break;
    case he_moves:
      visitor.move();
      break;
    case he_is_silent:
      visitor.be_silent();
      break;
    case he_hangs_up:
      visitor.hang_up();
      break;
    default:
      break;
  }
  world.turn();
  world.check();
}

// What all were sent.
std::string play(const WorldSettings& settings, std::string_view input, size_t piece_bytes) {
  World world(settings);
  size_t speaker = 0;
  while (!input.empty()) {
    const std::string_view typed = input.substr(0, input.find_first_of(kHappenings));
    for (size_t begin = 0; begin < typed.size(); begin += piece_bytes)
      world.visitor(speaker).type(typed.substr(begin, piece_bytes));
    input.remove_prefix(typed.size());
    if (input.empty()) break;
    let_happen(world, speaker, static_cast<uint8_t>(input.front()));
    input.remove_prefix(1);
  }
  world.turn();
  world.check();
  for (size_t index = 0; index < WorldSettings::kVisitors; ++index) {
    world.visitor(index).hang_up();
    world.turn();
  }
  return world.transcript();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  base::log_setup("fuzz", base::LogLevel::error, base::LogFormat::text);
  return 0;
}

// The first byte chooses the world, the second the size of the pieces; what follows is sent.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const WorldSettings settings = settings_of(data[0]);
  const std::string_view input(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::string whole = play(settings, input, input.size() + 1);
  if (data[1] != 0) require(play(settings, input, data[1]) == whole);
  return 0;
}
