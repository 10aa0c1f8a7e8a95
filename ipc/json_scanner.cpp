#include "ipc/json_scanner.h"

#include <unistr.h>

#include <cstdint>

namespace banterd::ipc {

namespace {

// Looks at all of it, so that the compiler may look at many bytes at once.
bool is_plain(std::string_view text) {
  bool special = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    special |= byte < 0x20 || byte >= 0x80 || byte == '\\';
  }
  return !special;
}

bool is_utf8(std::string_view text) {
  return u8_check(reinterpret_cast<const uint8_t*>(text.data()), text.size()) == nullptr;
}

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
  const char* begin = at_ + 1;
  const void* close = std::memchr(begin, '"', static_cast<size_t>(end_ - begin));
  if (close == nullptr) return false;
  text = {begin, static_cast<size_t>(static_cast<const char*>(close) - begin)};
  if (!is_plain(text)) return false;
  at_ = begin + text.size() + 1;
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
  return is_utf8(text);
}

}  // namespace banterd::ipc
