#include "worker/line_cutter.h"

namespace banterd::worker {

namespace {

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

LineCutter::Cut LineCutter::next(std::string_view input) {
  if (swallowing_) {
    const size_t end = input.find('\n');
    swallowing_ = end == std::string_view::npos;
    return {std::nullopt, swallowing_ ? input.size() : end + 1};
  }
  const size_t end = input.find('\n', searched_);
  if (end != std::string_view::npos) {
    searched_ = 0;
    return {checked(without_cr(input.substr(0, end))), end + 1};
  }
  // The last byte may be the CR of a CRLF whose LF has not come yet.
  if (without_cr(input).size() > max_bytes_ || input.size() > size_t{max_bytes_} + 1) {
    searched_ = 0;
    swallowing_ = true;
    return {Line{{}, true}, input.size()};
  }
  searched_ = static_cast<uint32_t>(input.size());
  return {std::nullopt, 0};
}

LineCutter::Cut LineCutter::last(std::string_view input) {
  Cut cut = next(input);
  if (cut.line || cut.consumed > 0) return cut;
  const std::string_view rest = without_cr(input);
  searched_ = 0;
  cut.consumed = input.size();
  if (!rest.empty()) cut.line = Line{rest, false};
  return cut;
}

std::optional<size_t> rest_of_line(std::string_view lines, size_t written) {
  if (written == 0 || lines[written - 1] == '\n') return 0;
  const size_t end = lines.find('\n', written);
  return end == std::string_view::npos ? std::nullopt : std::optional(end + 1 - written);
}

LineCutter::Line LineCutter::checked(std::string_view line) const {
  if (line.size() > max_bytes_) return {{}, true};
  return {line, false};
}

}  // namespace banterd::worker
