// Messages of WebSocket out of frames: fragments put together, control frames between them, what
// RFC 6455 forbids (sections 5.4, 5.5, 7.4 and 8.1). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "worker/protocol/http/frame.h"

namespace banterd::worker::http {

// Far above the longest line of IRC: that gets an answer of IRC, and the connection goes on.
inline constexpr size_t kMaxMessageBytes = 16384;

// What a frame brought.
struct Fragment {
  bool is_empty = false;
};  // of a message whose end is still to come
struct WholeMessage {
  std::string bytes;  // a text is valid UTF-8
};
struct PingFrame {
  std::string payload;
};
struct PongFrame {};
struct CloseFrame {
  std::optional<uint16_t> code;
};
using Heard = std::variant<Fragment, WholeMessage, PingFrame, PongFrame, CloseFrame, Breach>;

class MessageReader {
 public:
  // After a CloseFrame or a Breach no more.
  Heard take(Frame frame);
  // Something of a message has come, and not its end.
  [[nodiscard]] bool has_begun() const { return opcode_.has_value(); }

  // A message whose end has not come, for a client who moves to another process, and back into one
  // that was just made: false when the text is none of save().
  [[nodiscard]] std::string save() const;
  bool restore(std::string_view saved);

 private:
  Heard take_control(Frame frame);

  // What has come of a message; it has begun if there is an opcode.
  std::optional<Opcode> opcode_;
  std::string bytes_;
};

}  // namespace banterd::worker::http
