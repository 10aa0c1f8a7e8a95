// What is UTF-8 (RFC 3629), by libunistring.
#pragma once

#include <string_view>

namespace banterd::base {

// Linear in the length of the text.
bool is_valid_utf8(std::string_view text);

}  // namespace banterd::base
