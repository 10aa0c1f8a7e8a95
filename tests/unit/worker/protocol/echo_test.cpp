#include <doctest/doctest.h>

#include <string>

#include "tests/unit/worker/protocol/fake_session.h"
#include "worker/protocol/echo/echo_protocol.h"

using namespace banterd;
using namespace banterd::worker;
using echo::EchoProtocol;

namespace {

struct Fixture {
  FakeSession session;
  conf::Listener listener;
  EchoProtocol protocol;

  explicit Fixture(conf::EchoTransform transform = conf::EchoTransform::none,
                   std::string suffix = "")
      : listener(make(transform, std::move(suffix))), protocol(listener, session) {
    protocol.on_open();
  }
  static conf::Listener make(conf::EchoTransform transform, std::string suffix) {
    conf::Listener made;
    made.protocol = conf::ProtocolName::echo;
    made.transform = transform;
    made.suffix = std::move(suffix);
    return made;
  }
  // What comes back for these bytes.
  std::string answer(std::string_view input, bool ended = false) {
    for (;;) {
      const Protocol::Taken taken = protocol.take(input, ended);
      CHECK_FALSE(taken.counts);
      if (taken.bytes == 0) return session.take_sent();
      input.remove_prefix(taken.bytes);
    }
  }
};

}  // namespace

TEST_SUITE("worker/protocol/echo") {
  TEST_CASE_FIXTURE(Fixture, "nobody is greeted, and each line comes back as it came") {
    CHECK(session.sent == "");
    CHECK(answer("one\ntwo\r\n\n  three \n") == "one\ntwo\n\n  three \n");
    CHECK(answer("/help\n") == "/help\n");
    CHECK(session.requests.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a line that has not ended comes back when the input has") {
    CHECK(answer("hal") == "");
    CHECK(answer("half", true) == "half\n");
  }

  TEST_CASE("letters become capitals as Unicode has them") {
    Fixture f(conf::EchoTransform::upper);
    CHECK(f.answer("stra\xc3\x9f"
                   "e \xc3\xa4 \xce\xb1 1!\n") == "STRASSE \xc3\x84 \xce\x91 1!\n");
    CHECK(f.answer("\n") == "\n");
  }

  TEST_CASE("the suffix follows each line") {
    Fixture f(conf::EchoTransform::upper, " (you said)");
    CHECK(f.answer("hi\n\n") == "HI (you said)\n (you said)\n");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "bad UTF-8 and lines that are too long get an error, and the next goes on") {
    CHECK(answer("\xff\xfe\nok\n") == "! your line was dropped: it is not valid UTF-8\nok\n");
    CHECK(answer(std::string(4097, 'x') + "\nok\n") ==
          "! your line was dropped: it is too long\nok\n");
    CHECK(answer(std::string(4096, 'x') + "\n") == std::string(4096, 'x') + "\n");
  }

  TEST_CASE_FIXTURE(Fixture, "it has no people and tells of nothing but its end") {
    CHECK_FALSE(protocol.chats());
    CHECK_FALSE(protocol.echoes());
    const chat::Event event{{}, {}, {}, 0, std::nullopt, chat::Said{}};
    std::string out;
    protocol.encoder().encode({event, "#dev"}, out);
    protocol.encoder("#dev").encode({event, "#dev"}, out);
    CHECK(out == "");
    protocol.on_refused("#dev", chat::Say{}, chat::Refusal::full);
    protocol.on_flood();
    CHECK(session.sent == "");
    CHECK(protocol.farewell("bye") == "* bye\n");
    CHECK(protocol.cut_off("slow") == "! slow\n");
  }
}
