// What a client of a WebSocket sends, and what he was sent, for tests.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/protocol/http/frame.h"

namespace banterd::worker::http {

// The lengths' forms: as short as can be, or longer than RFC 6455 section 5.2 allows.
enum class LengthForm { shortest, two_bytes, eight_bytes };

inline void append_length(std::string& out, size_t length, LengthForm form) {
  const bool is_short = form == LengthForm::shortest && length < 126;
  const bool is_medium = form == LengthForm::two_bytes ||
                         (form == LengthForm::shortest && length >= 126 && length < 65536);
  constexpr uint8_t kMasked = 0x80;
  if (is_short) {
    out += static_cast<char>(kMasked | length);
    return;
  }
  out += static_cast<char>(kMasked | (is_medium ? 126 : 127));
  for (int byte = is_medium ? 1 : 7; byte >= 0; --byte)
    out += static_cast<char>(static_cast<uint64_t>(length) >> (8 * byte));
}

// A client's frame, masked; `first` is its first byte: FIN, reserved bits, opcode.
inline std::string masked_frame(uint8_t first, std::string_view payload,
                                LengthForm form = LengthForm::shortest) {
  constexpr std::string_view kMask = "\x12\xA7\x00\xFF";
  constexpr size_t kMaskBytes = 4;
  std::string frame(1, static_cast<char>(first));
  append_length(frame, payload.size(), form);
  frame.append(kMask.data(), kMaskBytes);
  for (size_t i = 0; i < payload.size(); ++i)
    frame += static_cast<char>(payload[i] ^ kMask.data()[i % kMaskBytes]);
  return frame;
}

inline std::string masked(Opcode opcode, std::string_view payload, bool is_final = true) {
  return masked_frame(static_cast<uint8_t>((is_final ? 0x80 : 0) | static_cast<uint8_t>(opcode)),
                      payload);
}

inline std::string text_frame(std::string_view payload) { return masked(Opcode::text, payload); }

inline std::string close_payload(uint16_t code, std::string_view reason = "") {
  std::string payload;
  payload += static_cast<char>(code >> 8);
  payload += static_cast<char>(code & 0xFF);
  return payload.append(reason);
}

// What a server has sent, as "text: …" and so on; what is no whole, right frame of a server fails.
inline std::vector<std::string> frames_in(std::string_view bytes) {
  std::vector<std::string> frames;
  while (!bytes.empty()) {
    REQUIRE(bytes.size() >= 2);
    const auto first = static_cast<uint8_t>(bytes[0]);
    size_t length = static_cast<uint8_t>(bytes[1]);
    REQUIRE((first & 0xF0) == 0x80);  // whole, no reserved bits
    REQUIRE(length < 127);            // not masked, and nothing is as long as that
    size_t header = 2;
    if (length == 126) {
      REQUIRE(bytes.size() >= 4);
      length =
          static_cast<size_t>(static_cast<uint8_t>(bytes[2])) << 8 | static_cast<uint8_t>(bytes[3]);
      header = 4;
      REQUIRE(length >= 126);
    }
    REQUIRE(bytes.size() >= header + length);
    const std::string payload(bytes.substr(header, length));
    const auto opcode = static_cast<Opcode>(first & 0x0F);
    if (opcode == Opcode::close && length >= 2) {
      const int code = static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
      frames.push_back("close " + std::to_string(code) + ": " + payload.substr(2));
    } else {
      const char* const name = opcode == Opcode::text     ? "text: "
                               : opcode == Opcode::binary ? "binary: "
                               : opcode == Opcode::pong   ? "pong: "
                               : opcode == Opcode::close  ? "close: "
                                                          : "unexpected: ";
      frames.push_back(name + payload);
    }
    bytes.remove_prefix(header + length);
  }
  return frames;
}

}  // namespace banterd::worker::http
