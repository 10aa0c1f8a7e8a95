// Socket.IO 4 over Engine.IO 4, WebSocket only: the event "m" is a message, in one room for all.
#pragma once

#include "bench/chatload/dialect.h"

namespace banterd::bench {

class SocketIoDialect final : public Dialect {
 public:
  // The server speaks first.
  [[nodiscard]] Answer hello(const Person&) const override { return {}; }
  [[nodiscard]] Answer take(const Person& person, std::string_view line) const override;
  [[nodiscard]] std::string message(const Person& person, std::string text) const override;
};

}  // namespace banterd::bench
