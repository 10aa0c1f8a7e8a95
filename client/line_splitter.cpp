#include "client/line_splitter.h"

#include <utility>

namespace banterd::client {

void LineSplitter::feed(std::string_view bytes, const LineCallback& on_line) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kMaxLineBytes - unfinished_.size());
    const size_t newline = piece.find('\n');
    if (newline != std::string_view::npos) {
      end_line(piece.substr(0, newline), on_line);
      bytes.remove_prefix(newline + 1);
      continue;
    }
    unfinished_ += piece;
    bytes.remove_prefix(piece.size());
    if (unfinished_.size() == kMaxLineBytes) finish(on_line);
  }
}

void LineSplitter::finish(const LineCallback& on_line) {
  if (!unfinished_.empty()) end_line({}, on_line);
}

void LineSplitter::end_line(std::string_view end, const LineCallback& on_line) {
  std::string line = std::exchange(unfinished_, {});
  line += end;
  if (line.ends_with('\r')) line.pop_back();
  on_line(line);
}

}  // namespace banterd::client
