#include "base/utf8.h"

#include <unistr.h>

#include <cstdint>

#include "base/byte_scan.h"

namespace banterd::base {

size_t find_bad_utf8(std::string_view text) {
  const size_t ascii = find_byte(text, not_ascii);
  if (ascii == text.size()) return std::string_view::npos;
  const auto* const rest = reinterpret_cast<const uint8_t*>(text.data()) + ascii;
  const uint8_t* const bad = u8_check(rest, text.size() - ascii);
  return bad == nullptr ? std::string_view::npos : ascii + static_cast<size_t>(bad - rest);
}

CodePoint first_code_point(std::string_view text) {
  ucs4_t value = 0;
  const int bytes = u8_mbtoucr(&value, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return bytes > 0 ? CodePoint{value, static_cast<size_t>(bytes)} : CodePoint{};
}

}  // namespace banterd::base
