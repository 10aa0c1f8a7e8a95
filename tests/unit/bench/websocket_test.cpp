#include "bench/chatload/websocket.h"

#include <doctest/doctest.h>

#include <string>

namespace banterd::bench {

namespace {

// The same frame as a server sends it: not masked.
std::string server_frame(std::string_view payload) {
  std::string frame = "\x81";
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(payload.size()));
  } else {
    frame += "\x7e";
    frame.push_back(static_cast<char>(payload.size() >> 8));
    frame.push_back(static_cast<char>(payload.size()));
  }
  return frame.append(payload);
}

TEST_SUITE_BEGIN("bench/websocket");

TEST_CASE("a client's frame is masked, and its payload comes back when it is masked again") {
  for (const size_t size : {0U, 1U, 125U, 126U, 300U, 65'535U}) {
    CAPTURE(size);
    const std::string payload(size, 'y');
    std::string frame;
    append_frame(frame, Opcode::text, payload);
    const size_t head = size < 126 ? 2 : 4;
    REQUIRE(frame.size() == head + 4 + size);
    CHECK((static_cast<unsigned char>(frame[1]) & 0x80) != 0);
    std::string unmasked = frame.substr(head + 4);
    for (size_t at = 0; at < size; ++at) unmasked[at] ^= frame[head + at % 4];
    CHECK(unmasked == payload);
  }
}

TEST_CASE("a server's frame is read once it is all there") {
  for (const size_t size : {0U, 5U, 125U, 126U, 4'000U}) {
    CAPTURE(size);
    const std::string payload(size, 'z');
    const std::string bytes = server_frame(payload);
    for (const size_t cut : {size_t{0}, size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
      CHECK_FALSE(read_frame(bytes.substr(0, cut)).has_value());
    }
    const std::string more = bytes + "\x89";
    const auto frame = read_frame(more);
    REQUIRE(frame.has_value());
    CHECK(frame->opcode == Opcode::text);
    CHECK(frame->payload == payload);
    CHECK(frame->bytes == bytes.size());
  }
}

TEST_CASE("a length of eight bytes is read") {
  const std::string payload(70'000, 'p');
  std::string bytes("\x82\x7f\0\0\0\0\0\x01\x11\x70", 10);
  bytes += payload;
  const auto frame = read_frame(bytes);
  REQUIRE(frame.has_value());
  CHECK(frame->opcode == Opcode::binary);
  CHECK(frame->payload.size() == payload.size());
}

TEST_CASE("the answer to an upgrade is waited for, taken or refused") {
  const std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
  CHECK(read_upgrade(head.substr(0, 20)) == 0);
  CHECK(read_upgrade(head + "\x81") == head.size());
  CHECK_FALSE(read_upgrade("HTTP/1.1 503 Service Unavailable\r\n\r\n").has_value());
  CHECK_FALSE(read_upgrade("\r\n\r\n").has_value());
}

TEST_CASE("an upgrade names path, host and subprotocol") {
  const std::string request = upgrade_request("/ws", "127.0.0.1:80", "text.ircv3.net");
  CHECK(request.starts_with("GET /ws HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"));
  CHECK(request.find("\r\nSec-WebSocket-Protocol: text.ircv3.net\r\n") != std::string::npos);
  CHECK(request.ends_with("\r\n\r\n"));
  CHECK(upgrade_request("/", "a", "").find("Protocol") == std::string::npos);
}

TEST_SUITE_END();

}  // namespace

}  // namespace banterd::bench
