#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

std::string mark_of(std::string_view nick) { return "<" + std::string(nick) + "> "; }

}  // namespace

Lines said_in(const Lines& lines) {
  Lines found;
  for (const std::string& line : lines) {
    if (line.starts_with('<')) found.push_back(line);
  }
  return found;
}

Lines containing(const Lines& lines, std::string_view text) {
  Lines found;
  for (const std::string& line : lines) {
    if (line.find(text) != std::string::npos) found.push_back(line);
  }
  return found;
}

Lines without_those_of(std::string_view nick, Lines lines) {
  std::erase_if(lines,
                [mark = mark_of(nick)](const std::string& line) { return line.starts_with(mark); });
  return lines;
}

Lines texts_of(std::string_view nick, const Lines& lines) {
  const std::string mark = mark_of(nick);
  Lines texts;
  for (const std::string& line : lines) {
    const size_t at = line.find(mark);  // behind `[#room] ` or `[private] `, if any
    if (at != std::string::npos) texts.push_back(line.substr(at + mark.size()));
  }
  return texts;
}

}  // namespace banterd::tests
