// Where a server is, as the user names it on the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace banterd::client {

inline constexpr uint16_t kDefaultPort = 7000;

// A host and a TCP port, or the path of a Unix socket: exactly one of `host` and `unix_path` is
// set.
struct ServerAddress {
  std::string host;
  uint16_t port = kDefaultPort;
  std::string unix_path;

  [[nodiscard]] bool is_unix() const { return !unix_path.empty(); }
};

// Reads HOST, HOST:PORT, [IPV6], [IPV6]:PORT or unix:PATH. The host is not looked up. Errc::invalid
// with a sentence for the user for anything else.
[[nodiscard]] base::Result<ServerAddress> parse_address(std::string_view text);

// The address as the user would write it in full: "127.0.0.1:7000", "[::1]:7000",
// "unix:/run/banterd/line.sock".
[[nodiscard]] std::string to_string(const ServerAddress& address);

}  // namespace banterd::client
