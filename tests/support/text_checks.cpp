#include "tests/support/text_checks.h"

namespace banterd::tests {

namespace {

// Bytes of the character that begins `text`; 0 if it is no valid UTF-8 (RFC 3629 section 4).
size_t character_bytes(std::string_view text) {
  const auto byte = [&](size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto continues = [&](size_t first, size_t last) {
    for (size_t i = first; i <= last; ++i) {
      if ((byte(i) & 0xc0) != 0x80) return false;
    }
    return true;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1, 1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return continues(1, 2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead < 0xf0 || lead > 0xf4) return 0;
  const bool overlong = lead == 0xf0 && byte(1) < 0x90;
  const bool too_large = lead == 0xf4 && byte(1) > 0x8f;
  return continues(1, 3) && !overlong && !too_large ? 4 : 0;
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first < 0x20 || first == 0x7f) return true;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;  // C1
}

}  // namespace

bool is_clean(std::string_view line) {
  while (!line.empty()) {
    if (line[0] >= ' ' && line[0] < '\x7f') {
      line.remove_prefix(1);
      continue;
    }
    const size_t bytes = character_bytes(line);
    if (bytes == 0 || is_control(line.substr(0, bytes))) return false;
    line.remove_prefix(bytes);
  }
  return true;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace banterd::tests
