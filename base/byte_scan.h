// Questions about every byte of a text, eight bytes at a time (SIMD within a register: Knuth, The
// Art of Computer Programming 4A, section 7.1.3). For texts of which each message brings several:
// byte by byte they took a fifth of all instructions of a message in a small room.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace banterd::base {

constexpr uint64_t eight(uint8_t byte) { return byte * uint64_t{0x0101010101010101}; }

// Each is 0 if none of the eight bytes is so, and only then; which one is, it does not tell.
constexpr uint64_t any_not_ascii(uint64_t bytes) { return bytes & eight(0x80); }
// `limit`: at most 0x80.
constexpr uint64_t any_below(uint64_t bytes, uint8_t limit) {
  return (bytes - eight(limit)) & ~bytes & eight(0x80);
}
constexpr uint64_t any_equal(uint64_t bytes, uint8_t byte) {
  return any_below(bytes ^ eight(byte), 1);
}

// The place of the first byte that `is_any` finds, a question like those above; the size of the
// text if there is none.
template <class IsAny>
size_t find_byte(std::string_view text, IsAny is_any) {
  constexpr size_t kAtOnce = sizeof(uint64_t);
  size_t place = 0;
  for (; place + kAtOnce <= text.size(); place += kAtOnce) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + place, kAtOnce);
    if (is_any(bytes) != 0) break;
  }
  while (place < text.size() && is_any(eight(static_cast<uint8_t>(text[place]))) == 0) ++place;
  return place;
}

// The place of the first byte that is one of `Low`, or the size of the text. Low::has(c) says which
// they are, none of them above Low::kHighest, which is below 0x80: few texts have any byte so low.
template <class Low>
size_t find_low(std::string_view text) {
  size_t place =
      find_byte(text, [](uint64_t bytes) { return any_below(bytes, Low::kHighest + 1); });
  while (place < text.size() && !Low::has(text[place])) ++place;
  return place;
}

}  // namespace banterd::base
