// Which bytes are UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace banterd::conf {

// The length of the UTF-8 character that `text` begins with, 0 if there is none (RFC 3629 section
// 4: no overlong forms, no surrogates, nothing above U+10FFFF).
size_t utf8_length(std::string_view text);

// Where the first byte stands that is no part of a UTF-8 character; npos: nowhere.
size_t find_bad_utf8(std::string_view text);

}  // namespace banterd::conf
