#include "chat/types.h"

#include <algorithm>

namespace banterd::chat {

namespace {

char fold_byte(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_special(char c) { return std::string_view("[]\\`_^{|}").find(c) != std::string_view::npos; }

}  // namespace

std::string fold(std::string_view name) {
  std::string folded(name);
  std::transform(folded.begin(), folded.end(), folded.begin(), fold_byte);
  return folded;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return x == y || fold_byte(x) == fold_byte(y);
         });
}

std::optional<Nick> Nick::parse(std::string_view text) {
  if (text.empty() || text.size() > kMaxNickBytes) return std::nullopt;
  if (!is_letter(text[0]) && !is_special(text[0])) return std::nullopt;
  const bool good = std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_special(c) || (c >= '0' && c <= '9') || c == '-';
  });
  if (!good) return std::nullopt;
  Nick nick;
  nick.text_ = text;
  return nick;
}

std::optional<RoomName> RoomName::parse(std::string_view text) {
  if (text.size() < 2 || text.size() > kMaxRoomNameBytes || text[0] != '#') return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c <= ' ' || c == ',' || c == ':' || c == 0x7f) return std::nullopt;
    // U+0080 to U+009F, the C1 controls.
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      return std::nullopt;
  }
  RoomName name;
  name.text_ = text;
  return name;
}

std::string Profile::mask() const {
  std::string mask;
  mask.reserve(mask_bytes());
  mask.append(nick.str()).append(1, '!').append(user.view()).append(1, '@').append(host.view());
  return mask;
}

// Greedy with one step back to the last '*': the classic wildcard match without recursion.
bool matches(std::string_view mask, std::string_view text) {
  size_t m = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t retry = 0;
  while (t < text.size()) {
    if (m < mask.size() && mask[m] == '*') {
      star = m++;
      retry = t;
    } else if (m < mask.size() && (mask[m] == '?' || fold_byte(mask[m]) == fold_byte(text[t]))) {
      ++m;
      ++t;
    } else if (star != std::string_view::npos) {
      m = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (m < mask.size() && mask[m] == '*') ++m;
  return m == mask.size();
}

}  // namespace banterd::chat
