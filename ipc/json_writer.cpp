#include "ipc/json_writer.h"

namespace banterd::ipc {

void JsonWriter::escaped(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  put('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      put('\\');
      put(c);
    } else if (byte < 0x20) {
      append("\\u00");
      put(kHex[byte >> 4]);
      put(kHex[byte & 15]);
    } else {
      put(c);
    }
  }
  put('"');
}

}  // namespace banterd::ipc
