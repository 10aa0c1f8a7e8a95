#include "worker/protocol/http/frame.h"

#include <wslay/wslay.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/log.h"
#include "worker/text.h"

namespace banterd::worker::http {

namespace {

constexpr size_t kMaxReasonBytes = 123;  // 125 of a control frame, without the code
constexpr uint64_t kShortPayload = 126;
constexpr uint64_t kMediumPayload = 65536;

const uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// Of a client's frame: wslay refuses lengths that are written longer than they need be.
size_t header_bytes(uint64_t payload) {
  constexpr size_t kMaskBytes = 4;
  return 2 + kMaskBytes + (payload < kShortPayload ? 0 : payload < kMediumPayload ? 2 : 8);
}

bool is_known(uint8_t opcode) {
  return opcode <= WSLAY_BINARY_FRAME || (opcode >= WSLAY_CONNECTION_CLOSE && opcode <= WSLAY_PONG);
}

std::optional<Breach> breach_of(const wslay_frame_iocb& header, size_t max_payload) {
  if (header.rsv != 0) return Breach{CloseCode::protocol_error, "reserved bits are set"};
  if (!is_known(header.opcode)) return Breach{CloseCode::protocol_error, "unknown opcode"};
  if (header.mask == 0) return Breach{CloseCode::protocol_error, "a client's frame is not masked"};
  if (header.payload_length > max_payload) return Breach{CloseCode::too_big, "message too big"};
  return std::nullopt;
}

ssize_t append_to(const uint8_t* data, size_t bytes, int, void* out) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), bytes);
  return static_cast<ssize_t>(bytes);
}

// Appends frames to a text.
class FrameWriter {
 public:
  explicit FrameWriter(std::string& out) {
    const wslay_frame_callbacks callbacks{append_to, nullptr, nullptr};
    if (wslay_frame_context_init(&context_, &callbacks, &out) != 0) throw std::bad_alloc();
  }
  ~FrameWriter() { wslay_frame_context_free(context_); }
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  void append(Opcode opcode, std::string_view payload) {
    wslay_frame_iocb frame{};
    frame.fin = 1;
    frame.opcode = static_cast<uint8_t>(opcode);
    frame.payload_length = frame.data_length = payload.size();
    frame.data = bytes_of(payload);
    // A text takes all at once; only a control frame may be too long.
    if (wslay_frame_send(context_, &frame) != static_cast<ssize_t>(payload.size()))
      base::panic("a frame that cannot be", {{"bytes", payload.size()}});
  }

 private:
  wslay_frame_context* context_ = nullptr;
};

}  // namespace

void FrameReader::FreeContext::operator()(wslay_frame_context* context) const {
  wslay_frame_context_free(context);
}

ssize_t FrameReader::give(uint8_t* out, size_t most, int, void* self) {
  auto& reader = *static_cast<FrameReader*>(self);
  const size_t bytes = std::min(most, reader.rest_.size());
  std::copy_n(reader.rest_.begin(), bytes, out);
  reader.rest_.remove_prefix(bytes);
  return static_cast<ssize_t>(bytes);  // 0: there is no more for now
}

void FrameReader::begin() {
  const wslay_frame_callbacks callbacks{nullptr, give, nullptr};
  wslay_frame_context* context = nullptr;
  if (wslay_frame_context_init(&context, &callbacks, this) != 0) throw std::bad_alloc();
  context_.reset(context);
  frame_ = {};
  given_ = 0;
}

// A context reads on beyond its frame: the next one has another, from the front of its own input.
FrameReader::Taken FrameReader::end(size_t bytes) {
  context_.reset();
  return {bytes, std::move(frame_), std::nullopt};
}

FrameReader::Taken FrameReader::next(std::string_view input) {
  if (input.empty()) return {};
  if (context_ == nullptr) begin();
  rest_ = input.substr(given_);
  for (;;) {
    wslay_frame_iocb part{};
    const ssize_t got = wslay_frame_recv(context_.get(), &part);
    given_ = input.size() - rest_.size();
    if (got == WSLAY_ERR_WANT_READ) return {};
    std::optional<Breach> breach = Breach{CloseCode::protocol_error, "a frame's header is wrong"};
    if (got >= 0) breach = breach_of(part, max_payload_);
    if (breach) return {input.size(), std::nullopt, breach};
    frame_.is_final = part.fin != 0;
    frame_.opcode = static_cast<Opcode>(part.opcode);
    frame_.payload.append(reinterpret_cast<const char*>(part.data), part.data_length);
    if (frame_.payload.size() == part.payload_length)
      return end(header_bytes(part.payload_length) + frame_.payload.size());
  }
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<size_t> rest_of_frame(std::string_view frames, size_t written) {
  constexpr uint8_t kFinal = 0x80;
  size_t end = 0;
  while (end < written) {
    const std::string_view rest = frames.substr(end);
    if (rest.size() < 2 || (static_cast<uint8_t>(rest[0]) & ~uint8_t{0x0F}) != kFinal)
      return std::nullopt;
    size_t payload = static_cast<uint8_t>(rest[1]);
    size_t header = 2;
    if (payload == kShortPayload && rest.size() >= 4) {
      payload =
          static_cast<size_t>(static_cast<uint8_t>(rest[2])) << 8 | static_cast<uint8_t>(rest[3]);
      header = 4;
    }
    // No line is so long that its length would need more.
    if (payload == 127 || header + payload > rest.size()) return std::nullopt;
    end += header + payload;
  }
  return end - written;
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  FrameWriter(out).append(opcode, payload);
}

void append_lines(std::string& out, Opcode opcode, std::string_view lines) {
  FrameWriter writer(out);
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    writer.append(opcode, without_line_end(lines.substr(0, end)));
    lines.remove_prefix(end);
  }
}

void append_close(std::string& out, std::optional<uint16_t> code, std::string_view reason) {
  std::string payload;
  if (code) {
    payload += static_cast<char>(*code >> 8);
    payload += static_cast<char>(*code & 0xFF);
    payload += beginning_of(reason, kMaxReasonBytes);
  }
  append_frame(out, Opcode::close, payload);
}

}  // namespace banterd::worker::http
