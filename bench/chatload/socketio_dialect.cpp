#include "bench/chatload/socketio_dialect.h"

namespace banterd::bench {

namespace {

// The first digits of a packet: Engine.IO's type, and Socket.IO's within a message.
constexpr std::string_view kOpen = "0";
constexpr std::string_view kPing = "2";
constexpr std::string_view kPong = "3";
constexpr std::string_view kConnect = "40";
constexpr std::string_view kEvent = "42";

}  // namespace

Dialect::Answer SocketIoDialect::take(const Person&, std::string_view line) const {
  if (line.starts_with(kOpen)) return {{std::string(kConnect)}, false, false};
  if (line == kPing) return {{std::string(kPong)}, false, false};
  return {{}, line.starts_with(kConnect), false};
}

std::string SocketIoDialect::message(const Person&, std::string text) const {
  return std::string(kEvent) + R"(["m",")" + std::move(text) + R"("])";
}

}  // namespace banterd::bench
