#include "worker/protocol/http/message.h"

#include <sodium.h>

#include <utility>

#include "base/utf8.h"

namespace banterd::worker::http {

namespace {

constexpr char kText = 't';
constexpr char kBinary = 'b';

// RFC 6455 section 7.4, and the codes that were registered since.
bool may_be_sent(uint16_t code) {
  const bool of_the_protocol =
      code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
  return of_the_protocol || (code >= 3000 && code <= 4999);
}

Heard close_of(std::string_view payload) {
  if (payload.empty()) return CloseFrame{};
  if (payload.size() == 1) return Breach{CloseCode::protocol_error, "half a close code"};
  const auto code = static_cast<uint16_t>(static_cast<uint8_t>(payload[0]) << 8 |
                                          static_cast<uint8_t>(payload[1]));
  if (!may_be_sent(code)) return Breach{CloseCode::protocol_error, "no such close code"};
  if (!base::is_valid_utf8(payload.substr(2)))
    return Breach{CloseCode::invalid_text, "a close reason is not UTF-8"};
  return CloseFrame{code};
}

}  // namespace

Heard MessageReader::take(Frame frame) {
  if (frame.opcode >= Opcode::close) return take_control(std::move(frame));
  const bool continues = frame.opcode == Opcode::continuation;
  if (continues != opcode_.has_value())
    return Breach{CloseCode::protocol_error,
                  continues ? "there is no message to continue" : "a message within another"};
  if (!continues) opcode_ = frame.opcode;
  if (bytes_.size() + frame.payload.size() > kMaxMessageBytes)
    return Breach{CloseCode::too_big, "message too big"};
  bytes_ += frame.payload;
  if (!frame.is_final) return Fragment{frame.payload.empty()};
  if (opcode_ == Opcode::text && !base::is_valid_utf8(bytes_))
    return Breach{CloseCode::invalid_text, "a text message is not UTF-8"};
  opcode_.reset();
  return WholeMessage{std::exchange(bytes_, {})};
}

// wslay has refused those that are long or in fragments.
Heard MessageReader::take_control(Frame frame) {
  if (frame.opcode == Opcode::ping) return PingFrame{std::move(frame.payload)};
  if (frame.opcode == Opcode::pong) return PongFrame{};
  return close_of(frame.payload);
}

// The opcode as a letter, then the bytes in hexadecimal: a fragment may end within a character.
std::string MessageReader::save() const {
  if (!opcode_) return {};
  std::string hex(bytes_.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<const unsigned char*>(bytes_.data()),
                 bytes_.size());
  hex.pop_back();
  return std::string(1, *opcode_ == Opcode::text ? kText : kBinary) + hex;
}

bool MessageReader::restore(std::string_view saved) {
  if (saved.empty()) return true;
  const std::string_view hex = saved.substr(1);
  if ((saved[0] != kText && saved[0] != kBinary) || hex.size() > 2 * kMaxMessageBytes) return false;
  std::string bytes(hex.size() / 2, '\0');
  size_t length = 0;
  const bool read = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                   hex.data(), hex.size(), nullptr, &length, nullptr) == 0;
  if (!read || length * 2 != hex.size()) return false;
  opcode_ = saved[0] == kText ? Opcode::text : Opcode::binary;
  bytes_ = std::move(bytes);
  return true;
}

}  // namespace banterd::worker::http
