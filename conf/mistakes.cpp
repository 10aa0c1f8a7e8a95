#include "conf/mistakes.h"

#include <algorithm>

namespace banterd::conf {

namespace {

constexpr size_t kMaxQuotedBytes = 64;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string quoted(std::string_view text) {
  size_t end = std::min(text.size(), kMaxQuotedBytes);
  while (end < text.size() && end > 0 && is_continuation(text[end]))
    --end;  // do not cut a character in two
  std::string result = "\"";
  for (char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  // C1 controls (U+0080..U+009F) are C2 80..9F; some terminals obey them.
  for (size_t i = 1; i < result.size(); ++i) {
    if (result[i - 1] == '\xC2' && static_cast<unsigned char>(result[i]) < 0xA0)
      result.replace(i - 1, 2, "?");
  }
  if (end < text.size()) result += "…";
  return result + "\"";
}

std::string Mistakes::report(std::string_view file_name) const {
  std::vector<Mistake> sorted = list_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Mistake& a, const Mistake& b) { return a.place < b.place; });
  std::string result;
  for (size_t i = 0; i < std::min(sorted.size(), kMaxShown); ++i) {
    if (i > 0) result += '\n';
    const Mistake& mistake = sorted[i];
    result.append(file_name).append(":").append(std::to_string(mistake.place.line));
    result.append(":")
        .append(std::to_string(mistake.place.column))
        .append(": ")
        .append(mistake.text);
  }
  if (sorted.size() > kMaxShown) {
    result.append("\n").append(file_name).append(": and ");
    result.append(std::to_string(sorted.size() - kMaxShown)).append(" more mistakes");
  }
  return result;
}

}  // namespace banterd::conf
