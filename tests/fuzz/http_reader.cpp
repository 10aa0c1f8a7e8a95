#include "tests/fuzz/http_reader.h"

#include <cstdint>

#include "base/utf8.h"
#include "tests/fuzz/require.h"

namespace banterd::fuzz {

namespace {

using namespace worker::http;

}  // namespace

void HttpReader::take(std::string_view bytes) {
  if (!open_) return take_answer(bytes);
  closed_ = false;  // of several last words only one is said
  while (!bytes.empty()) {
    require(bytes.size() >= 2 && (static_cast<uint8_t>(bytes[0]) & 0xF0) == 0x80);
    size_t length = static_cast<uint8_t>(bytes[1]);
    require(length < 127);
    size_t header = 2;
    if (length == 126) {
      require(bytes.size() >= 4);
      length =
          static_cast<size_t>(static_cast<uint8_t>(bytes[2])) << 8 | static_cast<uint8_t>(bytes[3]);
      header = 4;
    }
    require(bytes.size() >= header + length);
    // What a client is cut off at finds the ends of the same frames.
    require(rest_of_frame(bytes, 1) == header + length - 1);
    take_frame(static_cast<Opcode>(bytes[0] & 0x0F), bytes.substr(header, length));
    bytes.remove_prefix(header + length);
  }
}

void HttpReader::take_frame(Opcode opcode, std::string_view payload) {
  require(!closed_);
  if (opcode == Opcode::text || opcode == Opcode::binary) {
    irc_.take(std::string(payload) + "\r\n");
  } else if (opcode == Opcode::close) {
    closed_ = true;
    require(payload.size() != 1 && payload.size() <= 125);
    if (!payload.empty()) require(base::is_valid_utf8(payload.substr(2)));
  } else {
    require(opcode == Opcode::pong && payload.size() <= 125);
  }
}

void HttpReader::take_answer(std::string_view answer) {
  require(answer.starts_with("HTTP/1.1 "));
  const size_t end = answer.find("\r\n\r\n");
  require(end != std::string_view::npos);
  open_ = answer.starts_with("HTTP/1.1 101 ");
  if (open_) require(end + 4 == answer.size());
}

void HttpReader::on_taken(std::string_view unit) {
  FrameReader frames(kMaxMessageBytes);
  auto taken = frames.next(unit);
  if (!open_ || !taken.frame) return;
  const Heard heard = said_.take(*std::move(taken.frame));
  if (const auto* message = std::get_if<WholeMessage>(&heard))
    irc_.on_command(without_line_end(message->bytes));
}

}  // namespace banterd::fuzz
