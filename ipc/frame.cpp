#include "ipc/frame.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"

namespace banterd::ipc {

namespace {

// A reader that has met one large frame gives its memory back.
constexpr size_t kKeptPartialBytes = 64 * 1024;

uint32_t byte_at(std::string_view bytes, size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

}  // namespace

void append_frame(std::string& out, std::string_view payload, size_t descriptors) {
  const size_t begin = begin_frame(out);
  out.append(payload);
  end_frame(out, begin, descriptors);
}

size_t begin_frame(std::string& out) {
  const size_t begin = out.size();
  out.resize(begin + kFrameHeaderBytes);
  return begin;
}

void end_frame(std::string& out, size_t begin, size_t descriptors) {
  const std::string_view payload = std::string_view(out).substr(begin + kFrameHeaderBytes);
  if (payload.size() > kMaxFrameBytes || descriptors > kMaxFrameDescriptors) {
    base::panic("a frame beyond its limits",
                {{"bytes", payload.size()}, {"descriptors", descriptors}});
  }
  const auto length = static_cast<uint32_t>(payload.size());
  const uint32_t checksum = frame_checksum(payload);
  const char header[kFrameHeaderBytes] = {
      static_cast<char>(length),         static_cast<char>(length >> 8),
      static_cast<char>(length >> 16),   static_cast<char>(descriptors),
      static_cast<char>(checksum),       static_cast<char>(checksum >> 8),
      static_cast<char>(checksum >> 16), static_cast<char>(checksum >> 24),
  };
  std::memcpy(out.data() + begin, header, sizeof header);
}

FrameHeader read_frame_header(std::string_view bytes) {
  return {.length = byte_at(bytes, 0) | byte_at(bytes, 1) << 8 | byte_at(bytes, 2) << 16,
          .descriptors = static_cast<uint8_t>(byte_at(bytes, 3)),
          .checksum = byte_at(bytes, 4) | byte_at(bytes, 5) << 8 | byte_at(bytes, 6) << 16 |
                      byte_at(bytes, 7) << 24};
}

uint32_t frame_checksum(std::string_view payload) {
  return static_cast<uint32_t>(XXH3_64bits(payload.data(), payload.size()));
}

base::Result<size_t> FrameReader::read_one(std::string_view bytes, const Callback& on_frame) {
  if (bytes.size() < kFrameHeaderBytes) return size_t{0};
  const FrameHeader header = read_frame_header(bytes);
  if (header.length > kMaxFrameBytes) {
    return base::Error{base::Errc::frame_too_large,
                       "a frame of " + std::to_string(header.length) + " bytes"};
  }
  const size_t whole = kFrameHeaderBytes + header.length;
  if (bytes.size() < whole) return size_t{0};
  const std::string_view payload = bytes.substr(kFrameHeaderBytes, header.length);
  if (frame_checksum(payload) != header.checksum) {
    return base::Error{base::Errc::corrupt, "a frame whose checksum is wrong"};
  }
  on_frame(payload, header.descriptors);
  return whole;
}

size_t FrameReader::missing_bytes() const {
  if (partial_.size() < kFrameHeaderBytes) return kFrameHeaderBytes - partial_.size();
  return kFrameHeaderBytes + read_frame_header(partial_).length - partial_.size();
}

base::Result<void> FrameReader::feed(std::string_view bytes, const Callback& on_frame) {
  // First the frame begun earlier, alone: what follows it is then read from `bytes` without a copy.
  // It takes two rounds when its header is not whole yet, since only that tells how much is
  // missing.
  while (!partial_.empty() && !bytes.empty()) {
    const size_t taken = std::min(missing_bytes(), bytes.size());
    partial_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    const base::Result<size_t> read = read_one(partial_, on_frame);
    if (!read) return read.error();
    if (*read > 0) forget_partial();
  }
  while (!bytes.empty()) {
    const base::Result<size_t> read = read_one(bytes, on_frame);
    if (!read) return read.error();
    if (*read == 0) break;
    bytes.remove_prefix(*read);
  }
  partial_.append(bytes);
  return {};
}

void FrameReader::forget_partial() {
  partial_.clear();
  if (partial_.capacity() > kKeptPartialBytes) partial_.shrink_to_fit();
}

}  // namespace banterd::ipc
