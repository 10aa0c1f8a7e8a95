#include "worker/protocol/http/http_request.h"

#include <doctest/doctest.h>

#include <string>

namespace banterd::worker::http {

namespace {

// The status by which it is refused; 0: it is a request; -1: more is wanted.
int refused(std::string_view text) {
  RequestReader reader;
  const auto taken = reader.next(text);
  if (taken.refused) return static_cast<int>(*taken.refused);
  return taken.request ? 0 : -1;
}

HttpRequest request(std::string_view text) {
  RequestReader reader;
  auto taken = reader.next(text);
  REQUIRE(taken.request.has_value());
  CHECK(taken.bytes == text.size());
  return *std::move(taken.request);
}

const std::string kRequest =
    "GET /index.html?x=1 HTTP/1.1\r\nHost: a.example\r\nAccept: a\r\naccept: b\r\n\r\n";

}  // namespace

TEST_SUITE("worker/protocol/http/http_request") {
  TEST_CASE("a request has a path without its query, and fields whose names have no case") {
    const HttpRequest got = request(kRequest);
    CHECK(got.method == HttpRequest::Method::get);
    CHECK(got.path == "/index.html");
    CHECK(got.field("ACCEPT") == "a, b");
    CHECK(got.count("Accept") == 2);
    CHECK(got.field("Origin") == "");
    CHECK(got.keeps_alive);
    CHECK_FALSE(got.asks_upgrade);
  }

  TEST_CASE("methods are told apart") {
    CHECK(request("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").method == HttpRequest::Method::head);
    CHECK(request("PUT / HTTP/1.1\r\nHost: a\r\n\r\n").method == HttpRequest::Method::other);
    CHECK(request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").method == HttpRequest::Method::other);
    CHECK(request("get / HTTP/1.1\r\nHost: a\r\n\r\n").method == HttpRequest::Method::other);
  }

  TEST_CASE("a target may name the server, as for a proxy") {
    CHECK(request("GET http://a.example/x?y HTTP/1.1\r\nHost: a\r\n\r\n").path == "/x");
    CHECK(request("GET HTTP://a.example HTTP/1.1\r\nHost: a\r\n\r\n").path == "/");
    CHECK(refused("GET x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(refused("GET * HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  }

  TEST_CASE("a request may come in any two parts") {
    for (size_t split = 0; split <= kRequest.size(); ++split) {
      CAPTURE(split);
      RequestReader reader;
      const auto first = reader.next(std::string_view(kRequest).substr(0, split));
      if (split < kRequest.size()) {
        CHECK(first.bytes == 0);
        CHECK_FALSE(first.request.has_value());
        CHECK(reader.has_begun() == (split > 0));
      }
      if (split == kRequest.size()) continue;
      const auto taken = reader.next(kRequest);
      REQUIRE(taken.request.has_value());
      CHECK(taken.bytes == kRequest.size());
      CHECK(taken.request->path == "/index.html");
      CHECK(taken.request->fields.size() == 3);
      CHECK_FALSE(reader.has_begun());
    }
  }

  TEST_CASE("a request may come byte by byte") {
    RequestReader reader;
    for (size_t bytes = 1; bytes < kRequest.size(); ++bytes)
      REQUIRE(reader.next(std::string_view(kRequest).substr(0, bytes)).bytes == 0);
    CHECK(reader.next(kRequest).request->field("Host") == "a.example");
  }

  TEST_CASE("requests may come one behind the other, empty lines before them") {
    RequestReader reader;
    std::string input = "\r\n\r\n" + kRequest + "\r\n" + kRequest;
    int requests = 0;
    while (!input.empty()) {
      const auto taken = reader.next(input);
      REQUIRE(taken.bytes > 0);
      REQUIRE_FALSE(taken.refused.has_value());
      requests += taken.request ? 1 : 0;
      input.erase(0, taken.bytes);
    }
    CHECK(requests == 2);
  }

  TEST_CASE("whether the connection goes on is as the version has it, and the client") {
    CHECK(request("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keeps_alive);
    CHECK_FALSE(request("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").keeps_alive);
    CHECK_FALSE(request("GET / HTTP/1.0\r\n\r\n").keeps_alive);
    CHECK_FALSE(request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keeps_alive);
    CHECK_FALSE(request("GET / HTTP/1.0\r\n\r\n").is_1_1);
  }

  TEST_CASE("an upgrade is asked for among others") {
    CHECK(request("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n\r\n")
              .asks_upgrade);
  }

  TEST_CASE("what is no request is refused") {
    CHECK(refused("garbage\r\n\r\n") == 400);
    CHECK(refused("GET /\r\n\r\n") == 400);
    CHECK(refused("GET / HTTP/1.1\r\nHost a\r\n\r\n") == 400);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n") == 400);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n") == 400);
    CHECK(refused(std::string("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29)) == 400);
    CHECK(refused("\x16\x03\x01\x02\xfc\x03\r\n") == 400);
    CHECK(refused("NICK ann\r\n") == 400);
  }

  TEST_CASE("a first line that ends in LF alone is refused at once") {
    CHECK(refused("GET / HTTP/1.1\n") == 400);
    CHECK(refused("GET / HTTP/1.1\nHost: a\r\n\r\n") == 400);
    CHECK(refused("NICK ann\n") == 400);
  }

  TEST_CASE("another version is refused as such") {
    CHECK(refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
    CHECK(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
    CHECK(refused("GET / HTTP/0.9\r\n\r\n") == 505);
  }

  TEST_CASE("a request of HTTP/1.1 names its host, and nobody names two") {
    CHECK(refused("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n") == 400);
    CHECK(refused("GET / HTTP/1.0\r\n\r\n") == 0);
  }

  TEST_CASE("a body is refused, however its length is told") {
    CHECK(refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx") == 413);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") ==
          413);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n") == 0);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n") ==
          400);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n") == 400);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n") == 400);
    // Where such a body ends nobody can tell (RFC 9112 section 6.3): what follows is no request.
    for (const std::string coding : {"gzip", "chunked, gzip", "xchunked"}) {
      CAPTURE(coding);
      CHECK(refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + coding +
                    "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == 413);
    }
  }

  TEST_CASE("a head has a longest size, at once or in parts") {
    const std::string begin = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    const std::string end = "\r\n\r\n";
    const auto padded = [&](size_t size) {
      return begin + std::string(size - begin.size() - end.size(), 'x') + end;
    };
    CHECK(refused(padded(kMaxHeadBytes)) == 0);
    CHECK(refused(padded(kMaxHeadBytes + 1)) == 431);
    CHECK(refused("GET /" + std::string(2 * kMaxHeadBytes, 'x')) == 431);
    RequestReader reader;
    const std::string longer = padded(kMaxHeadBytes + 1);
    for (size_t bytes = 1; bytes < kMaxHeadBytes; ++bytes)
      REQUIRE(reader.next(std::string_view(longer).substr(0, bytes)).bytes == 0);
    CHECK(reader.next(longer).refused == Status::header_fields_too_large);
  }

  TEST_CASE("a head has a largest number of fields") {
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (size_t i = 1; i < kMaxFields; ++i) head += "X: y\r\n";
    CHECK(refused(head + "\r\n") == 0);
    CHECK(refused(head + "X: y\r\n\r\n") == 431);
  }

  TEST_CASE("the elements of a list are without their spaces, and empty ones are none") {
    CHECK(list_of(" a ,b;c=1,, \td") == std::vector<std::string_view>{"a", "b;c=1", "d"});
    CHECK(list_of("").empty());
    CHECK(list_of(", ,").empty());
  }
}

}  // namespace banterd::worker::http
