// WebSocket (RFC 6455), as much of it as a client needs that loads a server: text frames, PING and
// PONG, CLOSE. Frames are neither split nor
// compressed, and ours are shorter than 64 KiB. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace banterd::bench {

enum class Opcode : unsigned char {
  more = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

// Appends a frame as a client sends it: masked, always with the same key.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

struct ServerFrame {
  Opcode opcode;
  std::string_view payload;  // in the bytes that it was read from
  size_t bytes;              // of the whole frame
};
// The frame that `bytes` begin with. Nothing while it is not all there.
std::optional<ServerFrame> read_frame(std::string_view bytes);

// The request that asks for a WebSocket, and the bytes of the answer's head once it is all there: 0
// before, or nothing if it is another answer than 101.
std::string upgrade_request(std::string_view path, std::string_view host,
                            std::string_view subprotocol);
std::optional<size_t> read_upgrade(std::string_view bytes);

}  // namespace banterd::bench
