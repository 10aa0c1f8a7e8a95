#include "worker/protocol/http/frame.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/web_frames.h"

namespace banterd::worker::http {

using namespace tests;

namespace {

constexpr size_t kMost = 70000;

Frame one(std::string_view bytes) {
  FrameReader reader(kMost);
  auto taken = reader.next(bytes);
  REQUIRE(taken.frame.has_value());
  CHECK(taken.bytes == bytes.size());
  return *std::move(taken.frame);
}

// The code of what it breaks; 0: nothing.
int breach(std::string_view bytes, size_t most = kMost) {
  FrameReader reader(most);
  const auto taken = reader.next(bytes);
  return taken.breach ? static_cast<int>(taken.breach->code) : 0;
}

}  // namespace

TEST_SUITE("worker/protocol/http/frame") {
  TEST_CASE("a frame is unmasked, whatever its length") {
    for (const size_t length : {0, 1, 2, 125, 126, 127, 4095, 4096, 65535, 65536, 70000}) {
      CAPTURE(length);
      std::string payload(length, 'x');
      for (size_t i = 0; i < length; ++i) payload[i] = static_cast<char>(i * 7);
      const Frame frame = one(masked(Opcode::binary, payload));
      CHECK(frame.payload == payload);
      CHECK(frame.opcode == Opcode::binary);
      CHECK(frame.is_final);
    }
    CHECK_FALSE(one(masked(Opcode::text, "a", false)).is_final);
  }

  TEST_CASE("a frame may come in any two parts") {
    const std::string payload = "Grüße, 世界";
    const std::string bytes = masked(Opcode::text, payload);
    for (size_t split = 0; split < bytes.size(); ++split) {
      CAPTURE(split);
      FrameReader reader(kMost);
      const auto first = reader.next(std::string_view(bytes).substr(0, split));
      CHECK(first.bytes == 0);
      CHECK_FALSE(first.frame.has_value());
      const auto taken = reader.next(bytes);
      REQUIRE(taken.frame.has_value());
      CHECK(taken.frame->payload == payload);
      CHECK(taken.bytes == bytes.size());
    }
  }

  TEST_CASE("frames may come byte by byte, and one behind the other") {
    const std::string two =
        masked(Opcode::text, std::string(300, 'a')) + masked(Opcode::ping, "b") + "\x81";
    FrameReader reader(kMost);
    std::string input;
    std::vector<std::string> payloads;
    for (const char byte : two) {
      input += byte;
      const auto taken = reader.next(input);
      REQUIRE_FALSE(taken.breach.has_value());
      if (taken.frame) payloads.push_back(taken.frame->payload);
      input.erase(0, taken.bytes);
    }
    CHECK(payloads == std::vector<std::string>{std::string(300, 'a'), "b"});
    CHECK(input == "\x81");
  }

  TEST_CASE("the same frames, all at once") {
    const std::string first = masked(Opcode::text, "one");
    const std::string all = first + masked(Opcode::text, std::string(5000, 'b'));
    FrameReader reader(kMost);
    CHECK(reader.next(all).bytes == first.size());
    CHECK(reader.next(std::string_view(all).substr(first.size())).frame->payload.size() == 5000);
  }

  TEST_CASE("reserved bits and opcodes are a breach") {
    for (const uint8_t bits : {0x40, 0x20, 0x10, 0x70}) {
      CAPTURE(bits);
      CHECK(breach(masked_frame(static_cast<uint8_t>(0x81 | bits), "a")) == 1002);
      CHECK(breach(masked_frame(static_cast<uint8_t>(0x89 | bits), "")) == 1002);
    }
    for (const uint8_t opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
      CAPTURE(opcode);
      CHECK(breach(masked_frame(static_cast<uint8_t>(0x80 | opcode), "a")) == 1002);
    }
  }

  TEST_CASE("a client's frame that is not masked is a breach") {
    CHECK(breach(std::string("\x81\x01z", 3)) == 1002);
    CHECK(breach(std::string("\x89\x00", 2)) == 1002);
    CHECK(breach(std::string("\x88\x00", 2)) == 1002);
  }

  TEST_CASE("a control frame is short and whole") {
    CHECK(breach(masked(Opcode::ping, std::string(125, 'p'))) == 0);
    for (const Opcode opcode : {Opcode::ping, Opcode::pong, Opcode::close}) {
      CHECK(breach(masked(opcode, std::string(126, 'p'))) == 1002);
      CHECK(breach(masked(opcode, "", false)) == 1002);
    }
  }

  TEST_CASE("a length is written as short as it can be") {
    CHECK(breach(masked_frame(0x81, std::string(125, 'x'), LengthForm::two_bytes)) == 1002);
    CHECK(breach(masked_frame(0x81, "x", LengthForm::eight_bytes)) == 1002);
    CHECK(breach(masked_frame(0x81, std::string(65535, 'x'), LengthForm::eight_bytes)) == 1002);
    CHECK(breach(std::string("\x81\xFF\xFF\0\0\0\0\0\0\0\1\2\3\4", 14)) == 1002);
  }

  TEST_CASE("a frame that is too long is found by its length alone") {
    CHECK(breach(masked(Opcode::text, std::string(100, 'x')), 100) == 0);
    const std::string longer = masked(Opcode::text, std::string(101, 'x'));
    CHECK(breach(std::string_view(longer).substr(0, 7), 100) == 1009);
    CHECK(breach(std::string("\x82\xFF\x7F\0\0\0\0\0\0\0\1\2\3\4x", 15), 100) == 1009);
  }

  TEST_CASE("what the server sends is not masked, and as short as can be") {
    for (const size_t length : {0, 1, 125, 126, 8000}) {
      CAPTURE(length);
      const std::string payload(length, 'y');
      std::string out = "before";
      append_frame(out, Opcode::text, payload);
      CHECK(frames_in(out.substr(6)) == std::vector<std::string>{"text: " + payload});
    }
  }

  TEST_CASE("each line is a frame of its own, without its end") {
    std::string out;
    append_lines(out, Opcode::text, "PING :a\r\nPING :b\n:c");
    append_lines(out, Opcode::binary, "\r\n");
    append_lines(out, Opcode::binary, "");
    CHECK(frames_in(out) ==
          std::vector<std::string>{"text: PING :a", "text: PING :b", "text: :c", "binary: "});
  }

  TEST_CASE("the end of a frame that is written in part is found") {
    std::string out;
    append_lines(out, Opcode::text, "one\r\n" + std::string(300, 'x') + "\r\n");
    const size_t first = 5;
    const size_t second = first + 304;
    REQUIRE(out.size() == second);
    for (size_t written = 0; written <= second; ++written) {
      CAPTURE(written);
      const size_t end = written == 0 ? 0 : written <= first ? first : second;
      CHECK(rest_of_frame(out, written) == end - written);
    }
    CHECK_FALSE(rest_of_frame("HTTP/1.1 101 Switching Protocols\r\n\r\n" + out, 10).has_value());
    CHECK_FALSE(rest_of_frame(std::string_view(out).substr(0, 4), 3).has_value());
    CHECK_FALSE(rest_of_frame("\x81", 1).has_value());
  }

  TEST_CASE("a close has a code and a reason that fits, or nothing") {
    std::string out;
    append_close(out, 1001, "Server is shutting down");
    append_close(out, 1000, "ü" + std::string(121, 'x') + "ü");
    append_close(out, std::nullopt, "not told");
    CHECK(frames_in(out) == std::vector<std::string>{"close 1001: Server is shutting down",
                                                     "close 1000: ü" + std::string(121, 'x'),
                                                     "close: "});
  }
}

}  // namespace banterd::worker::http
