// Questions about every byte of a text, sixteen bytes at a time, as vectors of the compiler (GCC
// manual, "Vector Extensions"; clang's are the same). For texts of which each message brings
// several: byte by byte they took a fifth of all instructions of a message in a small room.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace banterd::base {

using Bytes [[gnu::vector_size(16)]] = uint8_t;

inline Bytes all_bytes(uint8_t byte) { return Bytes{} + byte; }
inline Bytes load_bytes(const char* from) {
  Bytes bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

// Each gives a byte that is not 0 for each byte that is so, and 0 for the others.
inline auto not_ascii(Bytes bytes) { return bytes >= all_bytes(0x80); }
inline auto below(Bytes bytes, uint8_t limit) { return bytes < all_bytes(limit); }
inline auto equal(Bytes bytes, uint8_t byte) { return bytes == all_bytes(byte); }

// Where the first byte is that `is_any`, a question like those above, finds in eight of them; 8: it
// finds none.
inline size_t first_found(uint64_t found) {
  constexpr size_t kBits = 8;
  static_assert(std::endian::native == std::endian::little);
  return static_cast<size_t>(std::countr_zero(found)) / kBits;
}

// Of a text of less than sixteen bytes, two words that have all of them: its beginning, and its end
// from `end_at` on. Where a word is longer it has the same bytes again, behind those.
struct Ends {
  uint64_t begin = 0;
  uint64_t end = 0;
  size_t end_at = 0;
};
inline Ends ends_of(std::string_view text) {
  const auto load = [&]<class Word>(Word word, size_t at) {
    std::memcpy(&word, text.data() + at, sizeof word);
    constexpr uint64_t kRepeated = UINT64_MAX / static_cast<Word>(-1);
    return word * kRepeated;
  };
  const size_t size = text.size();
  if (size >= sizeof(uint64_t))
    return {load(uint64_t{}, 0), load(uint64_t{}, size - sizeof(uint64_t)),
            size - sizeof(uint64_t)};
  if (size >= sizeof(uint32_t))
    return {load(uint32_t{}, 0), load(uint32_t{}, size - sizeof(uint32_t)),
            size - sizeof(uint32_t)};
  if (size >= sizeof(uint16_t))
    return {load(uint16_t{}, 0), load(uint16_t{}, size - sizeof(uint16_t)),
            size - sizeof(uint16_t)};
  return {load(uint8_t{}, 0), load(uint8_t{}, 0), 0};
}

// The place of the first byte that `is_any` finds; the size of the text if there is none.
template <class IsAny>
size_t find_byte(std::string_view text, IsAny is_any) {
  using Words [[gnu::vector_size(sizeof(Bytes))]] = uint64_t;
  if (text.empty()) return 0;
  const auto found_in = [&](Bytes bytes) { return reinterpret_cast<Words>(is_any(bytes)); };
  if (text.size() < sizeof(Bytes)) {
    const Ends ends = ends_of(text);
    const Words found = found_in(reinterpret_cast<Bytes>(Words{ends.begin, ends.end}));
    if (found[0] != 0) return first_found(found[0]);
    return found[1] != 0 ? ends.end_at + first_found(found[1]) : text.size();
  }
  for (size_t place = 0;; place += sizeof(Bytes)) {
    // The last sixteen may have some of those before once more, which are not found.
    const bool last = place + sizeof(Bytes) >= text.size();
    if (last) place = text.size() - sizeof(Bytes);
    const Words found = found_in(load_bytes(text.data() + place));
    if (found[0] != 0) return place + first_found(found[0]);
    if (found[1] != 0) return place + sizeof(uint64_t) + first_found(found[1]);
    if (last) return text.size();
  }
}

// The place of the first byte that is one of `Low`, or the size of the text. Low::has(c) says which
// they are, none of them above Low::kHighest: few texts have any byte so low.
template <class Low>
size_t find_low(std::string_view text) {
  size_t place = find_byte(text, [](Bytes bytes) { return below(bytes, Low::kHighest + 1); });
  while (place < text.size() && !Low::has(text[place])) ++place;
  return place;
}

}  // namespace banterd::base
