// Frames of WebSocket (RFC 6455 section 5): out of a client's bytes, and around what he is sent. By
// wslay. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct wslay_frame_context;

namespace banterd::worker::http {

enum class Opcode : uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

// Why a connection is closed (RFC 6455 section 7.4.1).
enum class CloseCode : uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  invalid_text = 1007,
  policy = 1008,
  too_big = 1009,
};

// What a client breaks, with the code that he is told.
struct Breach {
  CloseCode code = CloseCode::protocol_error;
  std::string_view why;  // a literal
};

struct Frame {
  bool is_final = true;
  Opcode opcode = Opcode::text;
  std::string payload;  // unmasked
};

// Takes frames as wholes: until all of one is there nothing is consumed, so that a client who moves
// to another process takes half a frame along as unread input. What was read is not read again.
class FrameReader {
 public:
  // `max_payload`: longer ones are a breach, found as soon as their payload begins.
  explicit FrameReader(size_t max_payload) : max_payload_(max_payload) {}
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  struct Taken {
    size_t bytes = 0;  // of the input that are done with; 0: more is needed
    std::optional<Frame> frame;
    std::optional<Breach> breach;  // what follows cannot be understood
  };
  // The next frame of `input`, whose front is where the last one ended.
  Taken next(std::string_view input);

 private:
  struct FreeContext {
    void operator()(wslay_frame_context* context) const;
  };
  [[nodiscard]] static ssize_t give(uint8_t* out, size_t most, int, void* self);
  void begin();
  Taken end(size_t bytes);

  const size_t max_payload_;
  std::unique_ptr<wslay_frame_context, FreeContext> context_;  // of a frame that has begun
  Frame frame_;                                                // as far as it has come
  size_t given_ = 0;                                           // bytes of the input that wslay has
  std::string_view rest_;  // what it may still have of this input
};

// Frames of the server: not masked, never in fragments.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

// `line` without the LF or CRLF that may be at its end.
std::string_view without_line_end(std::string_view line);

// Each line of `lines` as a frame of its own, without its CRLF or LF (IRCv3 "WebSocket").
void append_lines(std::string& out, Opcode opcode, std::string_view lines);

// Of frames one after the other `written` bytes are written: how many more until the end of one.
// Nothing: they are no frames of a server.
std::optional<size_t> rest_of_frame(std::string_view frames, size_t written);

// `code` nothing: none is told. `reason`, in UTF-8, is cut to what fits.
void append_close(std::string& out, std::optional<uint16_t> code, std::string_view reason);

}  // namespace banterd::worker::http
