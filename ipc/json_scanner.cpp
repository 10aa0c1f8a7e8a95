#include "ipc/json_scanner.h"

#include <cstdint>

#include "base/byte_scan.h"
#include "base/utf8.h"

namespace banterd::ipc {

namespace {

// The character that "u00" and these two digits stand for; only control characters are written so.
bool control_of(char high, char low, char& c) {
  if (high != '0' && high != '1') return false;
  const bool decimal = low >= '0' && low <= '9';
  if (!decimal && (low < 'a' || low > 'f')) return false;
  c = static_cast<char>((high - '0') * 16 + (decimal ? low - '0' : low - 'a' + 10));
  return true;
}

}  // namespace

bool JsonScanner::plain_text(std::string_view& text) {
  if (at_ == end_ || *at_ != '"') return false;
  const std::string_view rest(at_ + 1, static_cast<size_t>(end_ - at_ - 1));
  const size_t size = base::find_byte(rest, [](base::Bytes bytes) {
    return base::below(bytes, 0x20) | base::not_ascii(bytes) | base::equal(bytes, '"') |
           base::equal(bytes, '\\');
  });
  if (size == rest.size() || rest[size] != '"') return false;
  text = rest.substr(0, size);
  at_ += size + 2;
  return true;
}

bool JsonScanner::escaped_text(std::string& text) {
  text.clear();
  if (!take('"')) return false;
  while (!take('"')) {
    if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) return false;
    char c = *at_++;
    if (c == '\\') {
      constexpr std::ptrdiff_t kControlBytes = 5;  // u001b
      if (take('"')) {
        c = '"';
      } else if (take('\\')) {
        c = '\\';
      } else if (end_ - at_ >= kControlBytes && take("u00") && control_of(at_[0], at_[1], c)) {
        at_ += 2;
      } else {
        return false;
      }
    }
    text.push_back(c);
  }
  return base::is_valid_utf8(text);
}

}  // namespace banterd::ipc
