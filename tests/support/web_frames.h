// What a client of a WebSocket sends and is sent, as bytes.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/protocol/http/frame.h"

namespace banterd::tests {

using worker::http::Opcode;

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

struct ServerFrame {
  Opcode opcode = Opcode::text;
  std::string payload;
};

// The first frame of what a server has sent, taken off it; nothing: it is not whole. Whether it is
// one that a server may send: whole, no reserved bits, not masked, its length as short as can be.
struct TakenFrame {
  std::optional<ServerFrame> frame;
  bool is_right = true;
};
inline TakenFrame take_frame(std::string& bytes) {
  if (bytes.size() < 2) return {};
  const auto first = static_cast<uint8_t>(bytes[0]);
  size_t length = static_cast<uint8_t>(bytes[1]);
  size_t header = 2;
  bool is_right = (first & 0xF0) == 0x80 && length < 127;
  if (length == 126) {
    if (bytes.size() < 4) return {};
    length =
        static_cast<size_t>(static_cast<uint8_t>(bytes[2])) << 8 | static_cast<uint8_t>(bytes[3]);
    header = 4;
    is_right = is_right && length >= 126;
  }
  if (bytes.size() < header + length) return {};
  ServerFrame frame{static_cast<Opcode>(first & 0x0F), bytes.substr(header, length)};
  bytes.erase(0, header + length);
  return {std::move(frame), is_right};
}

// The code of a close and its reason; empty where there is none.
inline std::string close_text(const std::string& payload, const std::string& separator) {
  if (payload.size() < 2) return {};
  const int code = static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
  return std::to_string(code) + separator + payload.substr(2);
}

// What a server has sent, as "text: …" and so on; what is no whole, right frame of a server fails.
inline std::vector<std::string> frames_in(std::string_view sent) {
  std::vector<std::string> frames;
  for (std::string bytes(sent); !bytes.empty();) {
    const TakenFrame taken = take_frame(bytes);
    REQUIRE(taken.frame.has_value());
    REQUIRE(taken.is_right);
    const std::string& payload = taken.frame->payload;
    switch (taken.frame->opcode) {
      case Opcode::text:
        frames.push_back("text: " + payload);
        break;
      case Opcode::binary:
        frames.push_back("binary: " + payload);
        break;
      case Opcode::pong:
        frames.push_back("pong: " + payload);
        break;
      case Opcode::close:
        frames.push_back(payload.empty() ? "close: " : "close " + close_text(payload, ": "));
        break;
      case Opcode::continuation:
      case Opcode::ping:
        FAIL("a server does not send that");
    }
  }
  return frames;
}

}  // namespace banterd::tests
