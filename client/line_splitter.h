// Cuts a stream of bytes into lines that end in LF or CRLF (the line protocol, docs/protocol.md).
// Pure: no I/O.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace banterd::client {

// What a line may have before it is cut into pieces, each of which counts as a line: a server that
// never ends its line costs no more memory than this.
inline constexpr size_t kMaxLineBytes = 65536;

class LineSplitter {
 public:
  // Gets a line without its end. The view dies when the call returns.
  using LineCallback = std::function<void(std::string_view line)>;

  // Takes bytes as they came; a line may span any number of calls.
  void feed(std::string_view bytes, const LineCallback& on_line);

  // The stream has ended: what it left unfinished, if anything, is the last line.
  void finish(const LineCallback& on_line);

 private:
  void end_line(std::string_view end, const LineCallback& on_line);

  std::string unfinished_;
};

}  // namespace banterd::client
