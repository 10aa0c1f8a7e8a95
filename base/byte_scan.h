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

// Each gives a byte that is not 0 for each byte that is so, and 0 for the others.
inline auto not_ascii(Bytes bytes) { return bytes >= all_bytes(0x80); }
inline auto below(Bytes bytes, uint8_t limit) { return bytes < all_bytes(limit); }
inline auto equal(Bytes bytes, uint8_t byte) { return bytes == all_bytes(byte); }

// Which of eight bytes is the first that was found; 8: none.
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
template <class Word>
Ends ends_by(std::string_view text) {
  const auto load = [&](size_t at) {
    Word word{};
    std::memcpy(&word, text.data() + at, sizeof word);
    constexpr uint64_t kRepeated = UINT64_MAX / static_cast<Word>(-1);
    return word * kRepeated;
  };
  const size_t end_at = text.size() - sizeof(Word);
  return {load(0), load(end_at), end_at};
}
inline Ends ends_of(std::string_view text) {
  if (text.size() >= sizeof(uint64_t)) return ends_by<uint64_t>(text);
  if (text.size() >= sizeof(uint32_t)) return ends_by<uint32_t>(text);
  if (text.size() >= sizeof(uint16_t)) return ends_by<uint16_t>(text);
  return ends_by<uint8_t>(text);
}

// The place of the first byte that `is_any`, a question like those above, finds; the size of the
// text if there is none.
template <class IsAny>
size_t find_byte(std::string_view text, IsAny is_any) {
  using Words [[gnu::vector_size(sizeof(Bytes))]] = uint64_t;
  if (text.empty()) return 0;
  // Of two words whose first bytes are at these places of the text.
  const auto found_in = [&](Bytes bytes, size_t at, size_t then) {
    const auto found = reinterpret_cast<Words>(is_any(bytes));
    if (found[0] != 0) return at + first_found(found[0]);
    return found[1] != 0 ? then + first_found(found[1]) : text.size();
  };
  if (text.size() < sizeof(Bytes)) {
    const Ends ends = ends_of(text);
    return found_in(reinterpret_cast<Bytes>(Words{ends.begin, ends.end}), 0, ends.end_at);
  }
  for (size_t place = 0;; place += sizeof(Bytes)) {
    // The last sixteen may have some of those before once more, which are not found.
    const bool last = place + sizeof(Bytes) >= text.size();
    if (last) place = text.size() - sizeof(Bytes);
    Bytes bytes;
    std::memcpy(&bytes, text.data() + place, sizeof bytes);
    const size_t found = found_in(bytes, place, place + sizeof(uint64_t));
    if (last || found != text.size()) return found;
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
