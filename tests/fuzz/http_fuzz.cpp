// Whole sessions of HTTP (play.h): any bytes from two clients of one http listener, who may open
// WebSockets, and one of IRC in the same rooms.
#include <cstdint>

#include "tests/fuzz/play.h"

using namespace banterd;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const conf::Listener irc{.protocol = conf::ProtocolName::irc};
  const conf::Listener http{.protocol = conf::ProtocolName::http};
  const conf::Listener behind_proxy{.protocol = conf::ProtocolName::http,
                                    .origins = std::vector<std::string>{"https://a.example"},
                                    .trusted_proxies = {"192.0.2.0/24", "10.0.0.0/8", "fd00::/8"}};
  fuzz::play({reinterpret_cast<const char*>(data), size}, {http, behind_proxy, irc});
  return 0;
}
