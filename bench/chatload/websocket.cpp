#include "bench/chatload/websocket.h"

#include <array>
#include <cstdint>

namespace banterd::bench {

namespace {

constexpr std::array<char, 4> kMask = {'\x5a', '\x43', '\x17', '\x38'};
constexpr unsigned char kMasked = 0x80;
constexpr unsigned char kLast = 0x80;
constexpr size_t kShort = 125;     // longer payloads have their length behind the first two bytes:
constexpr size_t kTwoBytes = 126;  // in two
constexpr size_t kEightBytes = 127;

uint64_t big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  out.push_back(static_cast<char>(kLast | static_cast<unsigned char>(opcode)));
  const bool is_short = payload.size() <= kShort;
  out.push_back(static_cast<char>(kMasked | (is_short ? payload.size() : kTwoBytes)));
  if (!is_short) {
    out.push_back(static_cast<char>(payload.size() >> 8));
    out.push_back(static_cast<char>(payload.size()));
  }
  out.append(kMask.data(), kMask.size());
  for (size_t at = 0; at < payload.size(); ++at) {
    out.push_back(static_cast<char>(payload[at] ^ kMask[at % kMask.size()]));
  }
}

std::optional<ServerFrame> read_frame(std::string_view bytes) {
  if (bytes.size() < 2) return std::nullopt;
  uint64_t length = static_cast<unsigned char>(bytes[1]) & 0x7f;
  size_t head = 2;
  if (length > kShort) {
    head += length == kEightBytes ? 8 : 2;
    if (bytes.size() < head) return std::nullopt;
    length = big_endian(bytes.substr(2, head - 2));
  }
  if (bytes.size() - head < length) return std::nullopt;
  return ServerFrame{static_cast<Opcode>(bytes[0] & 0x0f), bytes.substr(head, length),
                     head + length};
}

std::string upgrade_request(std::string_view path, std::string_view host,
                            std::string_view subprotocol) {
  std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://" +
                        std::string(host) +
                        "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Version: 13\r\n";
  if (!subprotocol.empty()) {
    request += "Sec-WebSocket-Protocol: " + std::string(subprotocol) + "\r\n";
  }
  return request + "\r\n";
}

std::optional<size_t> read_upgrade(std::string_view bytes) {
  const size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  if (end < 12 || bytes.substr(8, 4) != " 101") return std::nullopt;
  return end + 4;
}

}  // namespace banterd::bench
