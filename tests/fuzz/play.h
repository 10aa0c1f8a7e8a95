// An input of a fuzzer as a play: what the visitors of a world type, and what happens meanwhile.
#pragma once

#include <string_view>

#include "tests/fuzz/world.h"

namespace banterd::fuzz {

// The first byte chooses the world's settings; `listeners` say who is there. The second, unless it
// is 0, has all played once more, in pieces of that many bytes: everybody must be sent the same.
// What follows is typed, but for bytes that no UTF-8 has:
//   FF  the next one types, and after the last the first
//   FE  all that was asked for comes to everybody
//   FD  who types moves to another process
//   FC  he is silent for so long that his protocol wants to know why
//   FB  his stream ends
void play(std::string_view input, std::vector<conf::Listener> listeners);

}  // namespace banterd::fuzz
