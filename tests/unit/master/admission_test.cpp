#include "master/admission.h"

#include <doctest/doctest.h>

using namespace banterd;
using conf::ProtocolName;
using master::Admission;
using master::effective_max_connections;
using master::refusal_text;

namespace {

// Why not, if so.
std::optional<std::string_view> enter(Admission& admission, const std::string& host,
                                      uint64_t now_ms = 0) {
  const auto refusal = admission.enter(host, now_ms);
  if (!refusal) return std::nullopt;
  return refusal->why;
}

}  // namespace

TEST_SUITE("master/admission") {
  TEST_CASE("a server that is full lets nobody in until somebody leaves") {
    Admission admission(2, 100);
    CHECK_FALSE(enter(admission, "192.0.2.1"));
    CHECK_FALSE(enter(admission, "192.0.2.2"));
    CHECK(enter(admission, "192.0.2.3") == "server is full");
    CHECK(admission.connections() == 2);
    admission.leave("192.0.2.1");
    CHECK_FALSE(enter(admission, "192.0.2.3"));
  }

  TEST_CASE("one address has its own limit, and others do not feel it") {
    Admission admission(100, 2);
    CHECK_FALSE(enter(admission, "192.0.2.1"));
    CHECK_FALSE(enter(admission, "192.0.2.1"));
    CHECK(enter(admission, "192.0.2.1") == "too many connections from your address");
    CHECK(admission.connections() == 2);
    CHECK_FALSE(enter(admission, "192.0.2.2"));
    admission.leave("192.0.2.1");
    CHECK_FALSE(enter(admission, "192.0.2.1"));
    CHECK(enter(admission, "192.0.2.1"));
  }

  TEST_CASE("the addresses of one /64 of IPv6 have one limit, those of a link do not") {
    Admission admission(100, 2);
    CHECK_FALSE(enter(admission, "2001:db8:1:2::1"));
    CHECK_FALSE(enter(admission, "2001:db8:1:2:ffff::9"));
    CHECK(enter(admission, "2001:db8:1:2::3") == "too many connections from your address");
    CHECK_FALSE(enter(admission, "2001:db8:1:3::1"));
    admission.leave("2001:db8:1:2::1");
    CHECK_FALSE(enter(admission, "2001:db8:1:2::3"));
    CHECK(enter(admission, "2001:db8:1:2::4"));
    for (const char* host : {"fe80::1", "fe80::2", "fe80::3", "192.0.2.1", "192.0.2.2"})
      CHECK_FALSE(enter(admission, host));
    // As they are kept for those who are in, and by who came in before.
    admission.leave(admission.kept("2001:db8:1:2::3"));
    CHECK_FALSE(enter(admission, "2001:db8:1:2::3"));
    admission.enter_again("2001:db8:1:2::4");
    admission.leave("2001:db8:1:2::3");
    CHECK(enter(admission, "2001:db8:1:2::3"));
  }

  TEST_CASE("peers on Unix sockets have no address, and no limit of one") {
    Admission admission(3, 1);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(enter(admission, "unix"));
    CHECK(enter(admission, "unix") == "server is full");
    for (int i = 0; i < 3; ++i) admission.leave("unix");
    CHECK(admission.connections() == 0);
  }

  TEST_CASE("who came in before an exec of the master counts as before") {
    Admission admission(100, 2);
    for (const char* host : {"192.0.2.1", "192.0.2.1", "unix"}) admission.enter_again(host);
    CHECK(admission.connections() == 3);
    CHECK(enter(admission, "192.0.2.1") == "too many connections from your address");
    CHECK_FALSE(enter(admission, "unix"));
    admission.leave("192.0.2.1");
    CHECK_FALSE(enter(admission, "192.0.2.1"));
    CHECK(admission.connections() == 4);
  }

  TEST_CASE("an address that connects too often is refused until it may again, others are not") {
    constexpr std::string_view kTooOften = "your address connects too often: try again in a minute";
    Admission admission(100, 100);
    admission.throttle().set_rate(4);
    for (int i = 0; i < 4; ++i) {
      CHECK_FALSE(enter(admission, "192.0.2.1", 1'000));
      CHECK_FALSE(enter(admission, "2001:db8:1:2::" + std::to_string(i), 1'000));
      admission.leave("192.0.2.1");
    }
    CHECK(enter(admission, "192.0.2.1", 1'000) == kTooOften);
    CHECK(enter(admission, "2001:db8:1:2:3::", 1'000) == kTooOften);
    CHECK(admission.enter("192.0.2.1", 1'000)->retry_after == std::chrono::seconds(15));
    CHECK(admission.connections() == 4);
    CHECK_FALSE(enter(admission, "192.0.2.2", 1'000));
    for (int i = 0; i < 10; ++i) CHECK_FALSE(enter(admission, "unix", 1'000));
    CHECK_FALSE(enter(admission, "192.0.2.1", 16'000));
    CHECK(enter(admission, "192.0.2.1", 16'000) == kTooOften);
  }

  TEST_CASE("who is refused by another limit has not connected") {
    Admission admission(2, 1);
    admission.throttle().set_rate(2);
    CHECK_FALSE(enter(admission, "192.0.2.1"));
    for (int i = 0; i < 5; ++i)
      CHECK(enter(admission, "192.0.2.1") == "too many connections from your address");
    CHECK_FALSE(enter(admission, "192.0.2.2"));
    for (int i = 0; i < 5; ++i) CHECK(enter(admission, "192.0.2.1") == "server is full");
    admission.leave("192.0.2.1");
    CHECK_FALSE(enter(admission, "192.0.2.1"));
  }

  TEST_CASE("with descriptors to spare the configured number holds") {
    CHECK(effective_max_connections(100'000, 1'048'576, 8, 4) == 100'000);
    CHECK(effective_max_connections(10, 1'024, 2, 2) == 10);
  }

  TEST_CASE("the limit of descriptors lowers the number, with some left for the server itself") {
    CHECK(effective_max_connections(100'000, 20'000, 2, 2) == 20'000 - 64 - 8 - 2);
    CHECK(effective_max_connections(100'000, 1'024, 4, 0) == 1'024 - 64 - 16);
  }

  TEST_CASE("even with hardly any descriptors somebody gets in") {
    CHECK(effective_max_connections(100'000, 64, 2, 2) == 16);
    CHECK(effective_max_connections(100'000, 3, 2, 2) == 1);
    CHECK(effective_max_connections(5, 64, 2, 2) == 5);
  }

  TEST_CASE("refused connections that linger take a small part of the descriptors") {
    CHECK(master::max_lingering_refusals(20'000) == 32);
    CHECK(master::max_lingering_refusals(64) == 4);
    CHECK(master::max_lingering_refusals(8) == 1);
  }

  TEST_CASE("a refusal is worded in the listener's protocol") {
    CHECK(refusal_text(ProtocolName::line, "server is full") == "! server is full\n");
    CHECK(refusal_text(ProtocolName::echo, "server is full") == "! server is full\n");
    CHECK(refusal_text(ProtocolName::irc, "server is full") == "ERROR :server is full\r\n");
    CHECK(refusal_text(ProtocolName::http, "full") ==
          "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; "
          "charset=utf-8\r\nContent-Length: 5\r\n"
          "Connection: close\r\n\r\nfull\n");
    CHECK(refusal_text(ProtocolName::http, "often", std::chrono::seconds(6)) ==
          "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; "
          "charset=utf-8\r\nContent-Length: 6\r\nRetry-After: 6\r\n"
          "Connection: close\r\n\r\noften\n");
    CHECK(refusal_text(ProtocolName::irc, "often", std::chrono::seconds(6)) == "ERROR :often\r\n");
  }
}
