// A client of the line protocol, as nc would be one.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/stream_client.h"

namespace banterd::tests {

class LineClient final : public StreamClient {
 public:
  using StreamClient::StreamClient;

  void say(std::string_view line) { send(std::string(line) + "\n"); }

  // The server's nick for this client, from its greeting.
  [[nodiscard]] std::string guest_nick() const;

 private:
  bool take_line(std::string& line) override;
  // A command that does not exist: its answer names it, and comes in its turn.
  [[nodiscard]] std::string fence_question(size_t number) const override;
  [[nodiscard]] bool is_fence_answer(const std::string& line, size_t number) const override;
};

}  // namespace banterd::tests
