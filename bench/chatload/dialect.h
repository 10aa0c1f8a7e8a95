// What a load generator says to a server in one of the protocols that the servers here speak, and
// what it understands of the answers. Lines are without their ends; over WebSocket a line is a
// message. One per run: it knows nothing of single connections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/chatload/options.h"

namespace banterd::bench {

// Who speaks.
struct Person {
  uint32_t number = 0;  // of the connection, in the whole run: his name comes from it
  uint32_t room = 0;
  bool subscribes = true;  // nats: a sender need not be a receiver
};

class Dialect {
 public:
  struct Answer {
    std::vector<std::string> lines;  // to be sent
    bool is_ready = false;           // he is in his room, and what is said there comes from now on
    bool is_error = false;           // worth showing
  };

  virtual ~Dialect() = default;

  // What he says first. Ready at once, or once take() says so.
  [[nodiscard]] virtual Answer hello(const Person& person) const = 0;
  // A line came that holds none of our messages.
  [[nodiscard]] virtual Answer take(const Person& person, std::string_view line) const = 0;
  // The line that says `text` in his room.
  [[nodiscard]] virtual std::string message(const Person& person, std::string text) const {
    (void)person;
    return text;
  }
  // The line with which he leaves; empty: he just closes.
  [[nodiscard]] virtual std::string goodbye() const { return {}; }
  [[nodiscard]] virtual std::string_view line_end() const { return "\r\n"; }
};

// For options.protocol. They outlive the dialect.
std::unique_ptr<Dialect> make_dialect(const Options& options);

std::string room_name(const Person& person);

}  // namespace banterd::bench
