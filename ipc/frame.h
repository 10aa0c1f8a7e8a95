// Frames: how a stream of bytes between processes, and a journal, is cut into payloads
// (docs/bus.md).
//
//   0      3   4        8
//   | length | d | checksum | payload: one JSON object in UTF-8 |
//
// length: 24 bits, little-endian, of the payload; d: how many descriptors travel beside the frame;
// checksum: the low 32 bits, little-endian, of XXH3-64 over the payload. The same bytes go on a bus
// pipe and into a journal. Pure: no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ipc/contract.h"

namespace banterd::ipc {

inline constexpr size_t kFrameHeaderBytes = 8;

struct FrameHeader {
  uint32_t length = 0;
  uint8_t descriptors = 0;
  uint32_t checksum = 0;
};

// Appends one frame. `payload` must be at most kMaxFrameBytes: a larger one is our own error and
// panics.
void append_frame(std::string& out, std::string_view payload, size_t descriptors = 0);

// The same for a payload that is written where it is to stand: begin_frame() leaves room for the
// header at the end of `out`; then the payload is appended; then end_frame(), given what
// begin_frame() has returned, fills the header in.
size_t begin_frame(std::string& out);
void end_frame(std::string& out, size_t begin, size_t descriptors = 0);

// `bytes` must hold at least kFrameHeaderBytes.
FrameHeader read_frame_header(std::string_view bytes);
uint32_t frame_checksum(std::string_view payload);

// Splits a byte stream into frames. One reader per channel; not thread-safe.
class FrameReader {
 public:
  // `payload` dies when the callback returns.
  using Callback = std::function<void(std::string_view payload, uint8_t descriptors)>;

  // Takes bytes as they came off the pipe; a frame may span any number of calls; the callback runs
  // once per complete frame. Errc::frame_too_large above kMaxFrameBytes, Errc::corrupt when a
  // checksum is wrong: close the channel. A frame that lies whole in `bytes` is given from there,
  // without a copy.
  [[nodiscard]] base::Result<void> feed(std::string_view bytes, const Callback& on_frame);

  // A frame has begun whose end has not come.
  [[nodiscard]] bool has_partial() const { return !partial_.empty(); }

 private:
  // Gives the frame at the beginning of `bytes` and returns its size; 0 when it is not whole.
  base::Result<size_t> read_one(std::string_view bytes, const Callback& on_frame);
  [[nodiscard]] size_t missing_bytes()
      const;  // of the partial frame, or of its header while that is not whole
  void forget_partial();

  std::string partial_;  // the beginning of a frame whose end has not come
};

}  // namespace banterd::ipc
