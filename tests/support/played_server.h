// A server that the test plays itself, line by line, for tests of a client.
#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace banterd::tests {

// The server's end of one connection. A failing call, or ten seconds of silence where something has
// to come, fails the test.
class Visitor {
 public:
  explicit Visitor(base::UniqueFd socket) : socket_(std::move(socket)) {}

  void say(std::string_view text) const;
  // Closes the connection.
  void leave() { socket_.reset(); }

  // What the client says, up to `size` bytes, less when it ends its side before.
  std::string hear(size_t size);
  // One line with its end.
  std::string hear_line();
  std::string hear_to_end() { return hear(std::string::npos); }
  // The client ends its side without another word.
  bool has_ended() { return hear(1).empty(); }

 private:
  base::UniqueFd socket_;
};

class PlayedServer {
 public:
  enum class Listens { yes, no };  // no: the port is taken, but connections to it are refused

  // On a free port of 127.0.0.1.
  explicit PlayedServer(Listens listens = Listens::yes);
  // On a Unix socket at `path`.
  explicit PlayedServer(const std::string& path);

  // The next client.
  Visitor accept();

  // "127.0.0.1:PORT" or "unix:PATH".
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  base::UniqueFd listener_;
  std::string address_;
  std::string port_;
};

}  // namespace banterd::tests
