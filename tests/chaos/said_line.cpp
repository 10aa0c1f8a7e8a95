#include "tests/chaos/said_line.h"

#include <fmt/format.h>
#include <time.h>

#include <charconv>
#include <cstring>

namespace banterd::chaos {

namespace {

// Takes a number and the colon behind it off the text.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ':') return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
  return true;
}

// Takes "<begin>WORD<end>" off the text.
bool take_word(std::string_view& text, char begin, std::string_view end, std::string_view& word) {
  if (text.empty() || text.front() != begin) return false;
  const size_t at = text.find(end);
  if (at == std::string_view::npos) return false;
  word = text.substr(1, at - 1);
  text.remove_prefix(at + end.size());
  return true;
}

bool is_padding(std::string_view text) {
  return text.empty() ||
         (text.front() == 'x' && std::memcmp(text.data(), text.data() + 1, text.size() - 1) == 0);
}

}  // namespace

std::optional<SaidLine> parse_said(std::string_view line) {
  SaidLine said;
  if (line.starts_with('[') && !take_word(line, '[', "] ", said.room)) return std::nullopt;
  if (!take_word(line, '<', "> ", said.nick)) return std::nullopt;
  said.bytes = line.size();
  if (!take_number(line, said.voice) || !take_number(line, said.sequence) ||
      !take_number(line, said.stamp_us))
    return std::nullopt;
  if (!is_padding(line)) return std::nullopt;
  return said;
}

std::string said_text(VoiceNumber voice, uint32_t sequence, uint64_t stamp_us, size_t bytes) {
  std::string text = fmt::format("{}:{}:{}:", voice, sequence, stamp_us);
  if (text.size() < bytes) text.append(bytes - text.size(), 'x');
  return text;
}

uint64_t now_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace banterd::chaos
