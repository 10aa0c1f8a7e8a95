#include "worker/protocol/http/http_protocol.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/worker/protocol/http/http_fixture.h"

namespace banterd::worker::http {

namespace {

using Lines = std::vector<std::string>;
using namespace std::chrono_literals;

const std::string kHealth = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_SUITE("worker/protocol/http/http_protocol") {
  TEST_CASE_FIXTURE(HttpFixture,
                    "requests are answered in their order, and the connection goes on") {
    CHECK(send(kHealth + "GET /nope HTTP/1.1\r\nHost: a\r\n\r\n" + kHealth) == "");
    CHECK(statuses() == Lines{"200 OK", "404 Not Found", "200 OK"});
    CHECK_FALSE(protocol->chats());
  }

  TEST_CASE_FIXTURE(HttpFixture, "who asks for an end gets one, and no answer to what follows") {
    CHECK(send("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + kHealth) ==
          "leave: \n");
    CHECK(statuses() == Lines{"200 OK"});
    CHECK(input == kHealth);
  }

  TEST_CASE_FIXTURE(HttpFixture, "what cannot be understood is answered, and ends the connection") {
    CHECK(send("NICK ann\r\nUSER a 0 * :Ann\r\n") == "leave: \n");
    CHECK(statuses() == Lines{"400 Bad Request"});
  }

  TEST_CASE_FIXTURE(HttpFixture, "a body is refused, and what it is made of is not a request") {
    CHECK(send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n" + kHealth) ==
          "leave: \n");
    CHECK(statuses() == Lines{"413 Content Too Large"});
  }

  TEST_CASE_FIXTURE(HttpFixture, "a request has its time, from the answer before it") {
    session.settings.limits.registration_timeout = 5s;
    session.wake.reset();
    send(kHealth.substr(0, 10));
    CHECK_FALSE(session.wake.has_value());  // a byte now and then gains nothing
    send(kHealth.substr(10));
    CHECK(session.wake == 5s);
    sent();
    send(kHealth.substr(0, 10));
    protocol->on_wake();
    CHECK(statuses() == Lines{"408 Request Timeout"});
    CHECK(session.meet() == "leave: \n");
  }

  TEST_CASE_FIXTURE(HttpFixture, "who asks nothing is disconnected without a word") {
    CHECK(session.wake == session.settings.limits.registration_timeout);
    protocol->on_wake();
    CHECK(sent() == "");
    CHECK(session.meet() == "leave: \n");
  }

  TEST_CASE_FIXTURE(HttpFixture, "a shutdown is told to who waits for an answer, and only to him") {
    CHECK(protocol->farewell("Server is shutting down") == "");
    send(kHealth.substr(0, 20));
    const std::string told = protocol->farewell("Server is shutting down");
    CHECK(told.starts_with("HTTP/1.1 503 "));
    CHECK(told.ends_with("\r\n\r\nServer is shutting down"));
    CHECK(told.find("Connection: close") != std::string::npos);
    CHECK(protocol->goodbye("x", false) == "");
    CHECK(protocol->cut_off("x") == "");
  }

  TEST_CASE("half a request moves to another process as what was not taken") {
    const std::string request = "HEAD /index.html HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
    for (size_t split = 0; split <= request.size(); ++split) {
      CAPTURE(split);
      HttpFixture fixture;
      fixture.send(request.substr(0, split));
      fixture.move();
      fixture.send(request.substr(split) + kHealth);
      CHECK(fixture.statuses() == Lines{"200 OK", "200 OK"});
      CHECK(fixture.session.wake == fixture.session.settings.limits.registration_timeout);
    }
  }

  TEST_CASE_FIXTURE(HttpFixture, "what is no saved state is refused") {
    for (const char* bad : {"{", "x", "{\"irc\":\"x\"}", "{\"irc\":\"{}\",\"message\":\"zz\"}"}) {
      CAPTURE(bad);
      CHECK_FALSE(HttpProtocol(listener, session).restore(bad));
    }
  }

  TEST_CASE_FIXTURE(HttpFixture, "a page of another host opens no WebSocket") {
    CHECK(send(kUpgrade + "Origin: https://evil.example\r\n\r\n") == "");
    CHECK(statuses() == Lines{"403 Forbidden"});
    listener.origins = std::vector<std::string>{"https://evil.example"};
    CHECK(send(kUpgrade + "Origin: https://evil.example\r\n\r\n") == "");
    CHECK(statuses() == Lines{"101 Switching Protocols"});
  }

  TEST_CASE_FIXTURE(HttpFixture, "what a trusted proxy says of the address counts") {
    listener.trusted_proxies = {"192.0.2.7"};
    open_socket("X-Forwarded-For: 198.51.100.1\r\n");
    CHECK(session.comes_from == "198.51.100.1");
  }

  TEST_CASE_FIXTURE(HttpFixture, "what others say of the address does not") {
    open_socket("X-Forwarded-For: 198.51.100.1\r\n");
    CHECK(session.comes_from == "192.0.2.7");
  }

  TEST_CASE_FIXTURE(HttpFixture,
                    "a request with an upgrade is answered as any other, if it fails") {
    CHECK(send("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n" + kHealth) == "");
    CHECK(statuses() == Lines{"426 Upgrade Required", "200 OK"});
    CHECK(send("HEAD /ws HTTP/1.1\r\nHost: a\r\n\r\n") == "");
    CHECK(sent().ends_with("\r\n\r\n"));
  }
}

}  // namespace banterd::worker::http
