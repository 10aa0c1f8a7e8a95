#include "worker/protocol/irc/response.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/worker/protocol/fake_session.h"

using namespace banterd::worker;
using irc::Response;

namespace {

constexpr const char* kOne = ":s 1 ann\r\n";
constexpr const char* kTwo = ":s 2 ann\r\n";
constexpr const char* kEvent = ":ann!a@h JOIN #dev\r\n";
constexpr const char* kStart = "@label=abc :irc.test BATCH +r1 labeled-response\r\n";
constexpr const char* kEnd = ":irc.test BATCH -r1\r\n";

struct Fixture {
  FakeSession session;
  Response response{session};

  Fixture() { session.settings.server.name = "irc.test"; }

  // What the client has been sent since the last call.
  std::string answer(std::string_view lines) {
    response.out() += lines;
    response.flush();
    return session.take_sent();
  }
  std::string event(std::string_view lines) {
    response.send_event(lines);
    return session.take_sent();
  }
  std::string end() {
    response.end();
    CHECK_FALSE(response.is_labelled());
    return session.take_sent();
  }
};

}  // namespace

TEST_SUITE("worker/protocol/irc/response") {
  TEST_CASE_FIXTURE(Fixture, "without a label everything goes out at once, as it is") {
    CHECK_FALSE(response.is_labelled());
    CHECK(answer("") == "");
    CHECK(answer(kOne) == kOne);
    CHECK(event(kEvent) == kEvent);
    CHECK(answer(kTwo) == kTwo);
    CHECK(response.out() == "");
    CHECK(end() == "");
  }

  TEST_CASE_FIXTURE(Fixture, "with a label nothing goes out before its command has ended") {
    response.begin("abc", 1);
    CHECK(response.is_labelled());
    CHECK(answer("") == "");
    CHECK(end() == "@label=abc :irc.test ACK\r\n");

    response.begin("abc", 1);
    CHECK(answer(kOne) == "");
    CHECK(end() == "@label=abc :s 1 ann\r\n");
    CHECK(answer(kTwo) == kTwo);
  }

  TEST_CASE_FIXTURE(Fixture, "an answer of several lines is a batch") {
    response.begin("abc", 1);
    CHECK(answer(kOne) == "");
    CHECK(answer(kTwo) == "");
    CHECK(end() == std::string(kStart) + "@batch=r1 " + kOne + "@batch=r1 " + kTwo + kEnd);
  }

  TEST_CASE_FIXTURE(Fixture, "the only thing that a command makes him do goes out at once") {
    response.begin("abc", 1);
    CHECK(event(kEvent) == "@label=abc " + std::string(kEvent));
    CHECK(response.is_labelled());
    CHECK(end() == "");
  }

  TEST_CASE_FIXTURE(Fixture, "with all that belongs to it, in a batch") {
    response.begin("abc", 1);
    CHECK(event(std::string(kEvent) + kOne) ==
          std::string(kStart) + "@batch=r1 " + kEvent + "@batch=r1 " + kOne + kEnd);
    CHECK(end() == "");
  }

  TEST_CASE_FIXTURE(Fixture, "one of several opens the batch, into which all the rest goes") {
    response.begin("abc", 2);
    CHECK(event(kEvent) == std::string(kStart) + "@batch=r1 " + kEvent);
    CHECK(answer(kOne) == "@batch=r1 " + std::string(kOne));
    CHECK(event(kEvent) == "@batch=r1 " + std::string(kEvent));
    CHECK(response.is_labelled());
    CHECK(end() == kEnd);
    CHECK(event(kEvent) == kEvent);
  }

  TEST_CASE_FIXTURE(Fixture, "what was answered before he did something comes before it") {
    response.begin("abc", 1);
    CHECK(answer(kOne) == "");
    CHECK(event(kEvent) == std::string(kStart) + "@batch=r1 " + kOne + "@batch=r1 " + kEvent);
    CHECK(end() == kEnd);
  }

  TEST_CASE_FIXTURE(Fixture, "what was not yet sent of the command before is not this one's") {
    response.out() = kOne;
    response.begin("abc", 1);
    CHECK(session.take_sent() == kOne);
    CHECK(end() == "@label=abc :irc.test ACK\r\n");
  }

  TEST_CASE_FIXTURE(Fixture, "each batch has a name of its own") {
    for (const char* reference : {"r1", "r2", "r3"}) {
      response.begin("abc", 2);
      event(kEvent);
      CHECK(end() == ":irc.test BATCH -" + std::string(reference) + "\r\n");
    }
  }
}
