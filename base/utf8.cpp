#include "base/utf8.h"

#include <unistr.h>

#include <cstdint>

#include "base/byte_scan.h"

namespace banterd::base {

bool is_valid_utf8(std::string_view text) {
  text.remove_prefix(find_byte(text, not_ascii));
  return text.empty() ||
         u8_check(reinterpret_cast<const uint8_t*>(text.data()), text.size()) == nullptr;
}

}  // namespace banterd::base
