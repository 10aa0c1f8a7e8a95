#include "worker/protocol/http/forwarded.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace banterd::worker::http {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string client(std::string_view peer, std::vector<std::string> trusted, Fields fields) {
  HttpRequest request;
  request.fields = std::move(fields);
  return client_address(request, peer, trusted);
}

std::string behind_proxy(const std::string& forwarded_for) {
  return client("127.0.0.1", {"127.0.0.1", "10.0.0.0/8"}, {{"X-Forwarded-For", forwarded_for}});
}

std::string forwarded(const std::string& value) {
  return client("127.0.0.1", {"127.0.0.1", "10.0.0.0/8"}, {{"Forwarded", value}});
}

}  // namespace

TEST_SUITE("worker/protocol/http/forwarded") {
  TEST_CASE("nobody's word counts but a trusted proxy's") {
    CHECK(client("192.0.2.1", {}, {{"X-Forwarded-For", "198.51.100.1"}}) == "192.0.2.1");
    CHECK(client("192.0.2.1", {"192.0.2.2"}, {{"X-Forwarded-For", "198.51.100.1"}}) == "192.0.2.1");
    CHECK(client("192.0.2.1", {"192.0.2.1"}, {{"X-Forwarded-For", "198.51.100.1"}}) ==
          "198.51.100.1");
    CHECK(client("192.0.2.1", {"192.0.2.1"}, {}) == "192.0.2.1");
  }

  TEST_CASE("the last address counts that is no trusted proxy") {
    CHECK(behind_proxy("203.0.113.9, 198.51.100.1") == "198.51.100.1");
    CHECK(behind_proxy("203.0.113.9, 198.51.100.1, 10.1.2.3") == "198.51.100.1");
    CHECK(behind_proxy("10.1.2.3") == "10.1.2.3");
    CHECK(behind_proxy("10.1.2.3, 10.1.2.4") == "10.1.2.3");
  }

  TEST_CASE("what is no address ends the search") {
    CHECK(behind_proxy("203.0.113.9, unknown") == "127.0.0.1");
    CHECK(behind_proxy("203.0.113.9, unknown, 10.1.2.3") == "10.1.2.3");
    CHECK(behind_proxy("1.2.3.4.5") == "127.0.0.1");
    CHECK(behind_proxy("evil!*@*") == "127.0.0.1");
    CHECK(behind_proxy(std::string("1.2.3.4\0x", 9)) == "127.0.0.1");
    CHECK(behind_proxy("") == "127.0.0.1");
  }

  TEST_CASE("addresses come with and without ports, and leave in one form") {
    CHECK(behind_proxy("198.51.100.1:4711") == "198.51.100.1");
    CHECK(behind_proxy("2001:DB8:0::1") == "2001:db8::1");
    CHECK(behind_proxy("[2001:db8::1]:4711") == "2001:db8::1");
    CHECK(behind_proxy("::ffff:198.51.100.1") == "198.51.100.1");
    CHECK(behind_proxy("[2001:db8::1") == "127.0.0.1");
  }

  TEST_CASE("Forwarded is read where there is no X-Forwarded-For") {
    CHECK(forwarded("for=198.51.100.1") == "198.51.100.1");
    CHECK(forwarded("proto=https; For=\"[2001:db8::1]:4711\";by=10.0.0.1") == "2001:db8::1");
    CHECK(forwarded("for=203.0.113.9, for=198.51.100.1;proto=http, for=10.0.0.7") ==
          "198.51.100.1");
    CHECK(forwarded("for=_hidden") == "127.0.0.1");
    CHECK(forwarded("proto=https") == "127.0.0.1");
    CHECK(client("127.0.0.1", {"127.0.0.1"},
                 {{"Forwarded", "for=203.0.113.9"}, {"X-Forwarded-For", "198.51.100.1"}}) ==
          "198.51.100.1");
  }

  TEST_CASE("networks have whatever begins like them") {
    CHECK(is_trusted("10.255.0.1", {"10.0.0.0/8"}));
    CHECK_FALSE(is_trusted("11.0.0.1", {"10.0.0.0/8"}));
    CHECK(is_trusted("192.0.2.129", {"192.0.2.128/25"}));
    CHECK_FALSE(is_trusted("192.0.2.127", {"192.0.2.128/25"}));
    CHECK(is_trusted("192.0.2.1", {"192.0.2.1/32"}));
    CHECK(is_trusted("1.2.3.4", {"0.0.0.0/0"}));
    CHECK_FALSE(is_trusted("::1", {"0.0.0.0/0"}));
    CHECK_FALSE(is_trusted("1.2.3.4", {"::/0"}));
    CHECK(is_trusted("2001:db8::5", {"2001:db8::/32"}));
    CHECK_FALSE(is_trusted("2001:db9::5", {"2001:db8::/32"}));
    CHECK(is_trusted("0:0::1", {"::1"}));
  }

  TEST_CASE("the bits of a network count from the front of its own form") {
    CHECK(is_trusted("10.255.0.1", {"::ffff:10.0.0.0/104"}));
    CHECK_FALSE(is_trusted("11.0.0.1", {"::ffff:10.0.0.0/104"}));
    CHECK(is_trusted("127.0.0.1", {"::ffff:127.0.0.1/128"}));
    CHECK_FALSE(is_trusted("127.0.0.2", {"::ffff:127.0.0.1/128"}));
    CHECK(is_trusted("127.0.0.1", {"::ffff:7f00:1/128"}));
    CHECK(is_trusted("127.0.0.1", {"::ffff:127.0.0.1"}));
    CHECK(is_trusted("1.2.3.4", {"::ffff:0:0/96"}));
    CHECK_FALSE(is_trusted("2001:db8::5", {"::ffff:0:0/96"}));
  }

  TEST_CASE("those who come by a Unix socket have no address, but a name") {
    CHECK(is_trusted("unix", {"unix"}));
    CHECK_FALSE(is_trusted("unix", {"0.0.0.0/0", "::/0"}));
    CHECK(client("unix", {"unix"}, {{"X-Forwarded-For", "198.51.100.1"}}) == "198.51.100.1");
  }
}

}  // namespace banterd::worker::http
