#include "client/address.h"

#include <doctest/doctest.h>

#include <string>

namespace banterd::client {

namespace {

std::string in_full(std::string_view text) {
  const auto address = parse_address(text);
  return address ? to_string(*address) : "refused";
}

std::string complaint(std::string_view text) {
  const auto address = parse_address(text);
  REQUIRE_FALSE(address);
  CHECK(address.error().code == base::Errc::invalid);
  return address.error().context;
}

}  // namespace

TEST_SUITE("client/address") {
  TEST_CASE("a host alone has the default port") {
    CHECK(in_full("chat.example") == "chat.example:7000");
    CHECK(in_full("127.0.0.1") == "127.0.0.1:7000");
    CHECK(in_full("[::1]") == "[::1]:7000");
  }

  TEST_CASE("a port follows the host") {
    CHECK(in_full("localhost:6667") == "localhost:6667");
    CHECK(in_full("[2001:db8::2]:1") == "[2001:db8::2]:1");
    CHECK(in_full("h:65535") == "h:65535");
  }

  TEST_CASE("an IPv6 address is kept without its brackets") {
    const auto address = parse_address("[::1]:7000");
    REQUIRE(address);
    CHECK(address->host == "::1");
    CHECK_FALSE(address->is_unix());
  }

  TEST_CASE("a Unix socket is a path, colons included") {
    const auto address = parse_address("unix:/run/a:b.sock");
    REQUIRE(address);
    CHECK(address->is_unix());
    CHECK(address->unix_path == "/run/a:b.sock");
    CHECK(to_string(*address) == "unix:/run/a:b.sock");
  }

  TEST_CASE("what is no port is refused") {
    for (const char* text : {"h:", "h:0", "h:65536", "h:-1", "h:+1", "h:x", "h:7000x", "h: 7",
                             "[::1]:", "[::1]7000"}) {
      CAPTURE(text);
      CHECK(complaint(text).find("the port has to be a number from 1 to 65535") !=
            std::string::npos);
    }
  }

  TEST_CASE("a missing host or path is named") {
    CHECK(complaint("").find("the host is missing") != std::string::npos);
    CHECK(complaint(":7000").find("the host is missing") != std::string::npos);
    CHECK(complaint("[]:7000").find("the host is missing") != std::string::npos);
    CHECK(complaint("unix:").find("the path of the Unix socket is missing") != std::string::npos);
  }

  TEST_CASE("an IPv6 address without brackets is refused with the way to write it") {
    CHECK(complaint("::1").find("[::1]:7000") != std::string::npos);
    CHECK(complaint("[::1").find("the ] is missing") != std::string::npos);
  }
}

}  // namespace banterd::client
