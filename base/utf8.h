// What is UTF-8 (RFC 3629), by libunistring.
#pragma once

#include <cstddef>
#include <string_view>

namespace banterd::base {

// Where the first byte stands that is no part of a character; npos: nowhere. Linear in the length
// of the text.
size_t find_bad_utf8(std::string_view text);

inline bool is_valid_utf8(std::string_view text) {
  return find_bad_utf8(text) == std::string_view::npos;
}

struct CodePoint {
  char32_t value = 0;
  size_t bytes = 0;  // 0: these bytes are not UTF-8
};
// The first of `text`, which is not empty.
CodePoint first_code_point(std::string_view text);

}  // namespace banterd::base
