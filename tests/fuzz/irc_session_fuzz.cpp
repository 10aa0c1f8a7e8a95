// Whole sessions of IRC (play.h): any bytes from two clients of one server, and one of the line
// protocol in the same rooms.
#include <cstdint>

#include "tests/fuzz/play.h"

using namespace banterd;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const conf::Listener irc{.protocol = conf::ProtocolName::irc};
  fuzz::play({reinterpret_cast<const char*>(data), size}, {irc, irc, conf::Listener{}});
  return 0;
}
