#include "client/style.h"

#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace banterd::client {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view kDim = "2";
constexpr std::string_view kRed = "31";
constexpr std::string_view kStandOut = "1;7";

// Readable on black and on white; red means an error.
constexpr std::array<std::string_view, 8> kNickColours = {"32", "33", "35", "36",
                                                          "92", "94", "95", "96"};

// C1 controls act like escape sequences in some terminals; the bidirectional controls of Unicode
// (UAX #9, section 2) and the line and paragraph separators make text look like something else than
// it is.
bool is_treacherous(char32_t value) {
  return (value >= 0x80 && value <= 0x9f) || (value >= 0x2028 && value <= 0x202e) ||
         (value >= 0x2066 && value <= 0x2069);
}

void append_sanitised(std::string& out, std::string_view bytes, char32_t value) {
  if (value == '\t') {
    out += ' ';
  } else if (value < 0x20 || value == 0x7f) {
    out += '^';
    out += static_cast<char>(value ^ 0x40);
  } else if (is_treacherous(value)) {
    out += kReplacement;
  } else {
    out += bytes;
  }
}

std::string in_style(std::string_view sgr, std::string_view text) {
  return "\x1b[" + std::string(sgr) + "m" + std::string(text) + "\x1b[0m";
}

// FNV-1a: the same everywhere and for ever, which std::hash is not.
std::string_view colour_of(std::string_view nick) {
  uint32_t hash = 2166136261u;
  for (const char c : nick) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
  return kNickColours[hash % kNickColours.size()];
}

// The length of the tags in front of "<nick> ": "[private] " has 10. 0 also when no nick follows.
size_t tags_length(std::string_view line) {
  size_t length = 0;
  while (line.substr(length).starts_with('[')) {
    const size_t close = line.find("] ", length);
    if (close == std::string_view::npos) return 0;
    length = close + 2;
  }
  return line.substr(length).starts_with('<') ? length : 0;
}

std::string coloured_tags(std::string_view tags) {
  std::string out;
  while (!tags.empty()) {
    const size_t length = tags.find("] ") + 1;
    const std::string_view tag = tags.substr(0, length);
    out += in_style(tag == "[private]" ? kStandOut : kDim, tag) + " ";
    tags.remove_prefix(length + 1);
  }
  return out;
}

}  // namespace

bool wants_colours(ColourChoice choice, const OutputTraits& output) {
  if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
  return output.is_terminal && !output.term.empty() && output.term != "dumb" &&
         output.no_color.empty();
}

std::string sanitised(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  while (!line.empty()) {
    const base::CodePoint first = base::first_code_point(line);
    if (first.bytes == 0) {
      out += kReplacement;
      line.remove_prefix(1);
      continue;
    }
    append_sanitised(out, line.substr(0, first.bytes), first.value);
    line.remove_prefix(first.bytes);
  }
  return out;
}

std::string coloured(std::string_view line) {
  const std::string clean = sanitised(line);
  const std::string_view text = clean;
  if (text.starts_with("* ")) return in_style(kDim, text);
  if (text.starts_with("! ")) return in_style(kRed, text);
  const size_t tags = tags_length(text);
  const size_t nick_end = text.find("> ", tags);
  if (!text.substr(tags).starts_with('<') || nick_end == std::string_view::npos) return clean;
  const std::string_view nick = text.substr(tags, nick_end + 1 - tags);
  return coloured_tags(text.substr(0, tags)) + in_style(colour_of(nick), nick) +
         clean.substr(nick_end + 1);
}

}  // namespace banterd::client
