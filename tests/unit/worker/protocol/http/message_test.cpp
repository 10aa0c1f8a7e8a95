#include "worker/protocol/http/message.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/web_frames.h"

namespace banterd::worker::http {

using namespace tests;

namespace {

struct HeardText {
  std::string operator()(const Fragment& fragment) const {
    return fragment.is_empty ? "empty fragment" : "fragment";
  }
  std::string operator()(const WholeMessage& message) const { return "message " + message.bytes; }
  std::string operator()(const PingFrame& ping) const { return "ping " + ping.payload; }
  std::string operator()(const PongFrame&) const { return "pong"; }
  std::string operator()(const CloseFrame& close) const {
    return "close " + (close.code ? std::to_string(*close.code) : "");
  }
  std::string operator()(const Breach& breach) const {
    return "breach " + std::to_string(static_cast<int>(breach.code));
  }
};

struct Reader {
  MessageReader messages;
  std::string take(Opcode opcode, std::string payload, bool is_final = true) {
    return std::visit(HeardText{}, messages.take({is_final, opcode, std::move(payload)}));
  }
};

std::string alone(Opcode opcode, std::string payload) {
  return Reader().take(opcode, std::move(payload));
}

}  // namespace

TEST_SUITE("worker/protocol/http/message") {
  TEST_CASE("a message in one frame") {
    CHECK(alone(Opcode::text, "hello") == "message hello");
    CHECK(alone(Opcode::binary, "\xff") == "message \xff");
    CHECK(alone(Opcode::text, "") == "message ");
  }

  TEST_CASE("a message in fragments, control frames between them") {
    Reader reader;
    CHECK(reader.take(Opcode::text, "he", false) == "fragment");
    CHECK(reader.take(Opcode::ping, "now") == "ping now");
    CHECK(reader.take(Opcode::continuation, "", false) == "empty fragment");
    CHECK(reader.take(Opcode::pong, "") == "pong");
    CHECK(reader.take(Opcode::continuation, "llo", true) == "message hello");
    CHECK(reader.take(Opcode::text, "again") == "message again");
  }

  TEST_CASE("a continuation of nothing is a breach") {
    CHECK(alone(Opcode::continuation, "a") == "breach 1002");
    Reader reader;
    reader.take(Opcode::text, "whole");
    CHECK(reader.take(Opcode::continuation, "a") == "breach 1002");
  }

  TEST_CASE("a message within another is a breach") {
    Reader reader;
    reader.take(Opcode::text, "a", false);
    CHECK(reader.take(Opcode::text, "b") == "breach 1002");
  }

  TEST_CASE("a text is UTF-8, also over fragments") {
    for (const char* bad : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"}) {
      CAPTURE(bad);
      CHECK(alone(Opcode::text, bad) == "breach 1007");
    }
    Reader within;  // ü in two halves
    CHECK(within.take(Opcode::text, "\xc3", false) == "fragment");
    CHECK(within.take(Opcode::continuation, "\xbc") == "message \xc3\xbc");
    Reader broken;
    CHECK(broken.take(Opcode::text, "\xc3", false) == "fragment");
    CHECK(broken.take(Opcode::continuation, "x") == "breach 1007");
  }

  TEST_CASE("a binary message may be anything, also over fragments") {
    Reader reader;
    CHECK(reader.take(Opcode::binary, "\xc3", false) == "fragment");
    CHECK(reader.take(Opcode::continuation, "x") == "message \xc3x");
  }

  TEST_CASE("a message has a longest size, in one frame and in many") {
    CHECK(alone(Opcode::text, std::string(kMaxMessageBytes, 'x')).size() > kMaxMessageBytes);
    CHECK(alone(Opcode::text, std::string(kMaxMessageBytes + 1, 'x')) == "breach 1009");
    Reader reader;
    CHECK(reader.take(Opcode::text, std::string(kMaxMessageBytes, 'x'), false) == "fragment");
    CHECK(reader.take(Opcode::continuation, "x") == "breach 1009");
  }

  TEST_CASE("a close has no code, or one that may be sent") {
    CHECK(alone(Opcode::close, "") == "close ");
    CHECK(alone(Opcode::close, "\x03") == "breach 1002");
    for (const uint16_t code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999})
      CHECK(alone(Opcode::close, close_payload(code)) == "close " + std::to_string(code));
    for (const uint16_t code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
      CAPTURE(code);
      CHECK(alone(Opcode::close, close_payload(code)) == "breach 1002");
    }
  }

  TEST_CASE("a close reason is UTF-8") {
    CHECK(alone(Opcode::close, close_payload(1000, "über")) == "close 1000");
    CHECK(alone(Opcode::close, close_payload(1000, "\xff")) == "breach 1007");
  }

  TEST_CASE("a message that has begun moves to another process") {
    for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
      Reader before;
      before.take(opcode, "\xc3", false);
      Reader after;
      REQUIRE(after.messages.restore(before.messages.save()));
      CHECK(after.take(Opcode::continuation, "\xbc") == "message \xc3\xbc");
    }
    Reader before;
    before.take(Opcode::text, "", false);
    Reader after;
    REQUIRE(after.messages.restore(before.messages.save()));
    CHECK(after.take(Opcode::text, "x") == "breach 1002");
    Reader idle;
    CHECK(idle.messages.save() == "");
    CHECK(idle.messages.restore(""));
    CHECK(idle.take(Opcode::text, "x") == "message x");
  }

  TEST_CASE("what is not a saved message is refused") {
    for (const char* bad : {"x", "t1", "t1g", "61", "tt"}) {
      CAPTURE(bad);
      CHECK_FALSE(MessageReader().restore(bad));
    }
    CHECK_FALSE(MessageReader().restore("t" + std::string(2 * kMaxMessageBytes + 2, '0')));
  }
}

}  // namespace banterd::worker::http
