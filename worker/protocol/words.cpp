#include "worker/protocol/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "worker/utc_text.h"

namespace banterd::worker {

std::string begun_anew_text(const Protocol::Former& former, const chat::Profile& now) {
  return fmt::format(
      "A part of the server has failed: you have been seen to quit, and are {} now. What was said "
      "since {} may be missing, and what you asked last may not have been done",
      now.nick.str(), utc_text(former.served_until));
}

bool begins_http_request(std::string_view line) {
  const size_t method_end = std::min(line.find(' '), line.size());
  const size_t version = line.rfind(' ') + 1;
  const bool has_three_words =
      method_end > 0 && std::count(line.begin(), line.end(), ' ') == 2 && version > method_end + 2;
  return has_three_words && line.substr(version).starts_with("HTTP/") &&
         std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(method_end),
                     [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace banterd::worker
