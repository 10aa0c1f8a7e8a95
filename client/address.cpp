#include "client/address.h"

#include <charconv>

namespace banterd::client {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view kUnixPrefix = "unix:";

// 0, which is no port to connect to, for what is not a port.
uint16_t parse_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? port : 0;
}

Error invalid(std::string_view text, std::string_view why) {
  return {Errc::invalid,
          "'" + std::string(text) + "' is no address of a server: " + std::string(why)};
}

Result<ServerAddress> with_port(std::string_view whole, std::string_view host,
                                std::string_view after_host) {
  ServerAddress address{.host = std::string(host), .port = kDefaultPort, .unix_path = {}};
  if (host.empty()) return invalid(whole, "the host is missing");
  if (after_host.empty()) return address;
  address.port = parse_port(after_host.substr(1));
  if (after_host.front() != ':' || address.port == 0) {
    return invalid(whole, "the port has to be a number from 1 to 65535");
  }
  return address;
}

}  // namespace

Result<ServerAddress> parse_address(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) {
    ServerAddress address{
        .host = {}, .port = 0, .unix_path = std::string(text.substr(kUnixPrefix.size()))};
    if (address.unix_path.empty()) return invalid(text, "the path of the Unix socket is missing");
    return address;
  }
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return invalid(text, "the ] is missing");
    return with_port(text, text.substr(1, close - 1), text.substr(close + 1));
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return with_port(text, text, {});
  // Of 2001:db8::7000 nobody can say where the host ends.
  if (text.find(':', colon + 1) != std::string_view::npos) {
    return invalid(text, "an IPv6 address goes into brackets, as in [::1]:7000");
  }
  return with_port(text, text.substr(0, colon), text.substr(colon));
}

std::string to_string(const ServerAddress& address) {
  if (address.is_unix()) return std::string(kUnixPrefix) + address.unix_path;
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace banterd::client
