// What any client may rely on in a line that it is sent.
#pragma once

#include <string_view>

namespace banterd::tests {

// Valid UTF-8 (RFC 3629 section 4).
bool is_utf8(std::string_view text);

// Valid UTF-8 without control characters (C0, DEL, C1): what line clients may be sent.
bool is_clean(std::string_view line);

}  // namespace banterd::tests
