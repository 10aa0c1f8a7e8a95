// Cuts lines out of a client's input. Pure. Linear also when a line comes byte by byte: what was
// searched is not searched again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace banterd::worker {

class LineCutter {
 public:
  // `max_bytes`: the longest line allowed, without its end; below 4 GiB.
  explicit LineCutter(size_t max_bytes) : max_bytes_(static_cast<uint32_t>(max_bytes)) {}

  struct Line {
    std::string_view text;  // without LF or CRLF; points into the input
    bool too_long = false;  // text is empty; the whole line is to be dropped
  };
  struct Cut {
    std::optional<Line> line;
    // Bytes of the input that are done with: a line's, or, without one, those of the middle or the
    // end of a line that is too long. 0: more input is needed.
    size_t consumed = 0;
  };
  // The next line of `input`, whose front is where the last cut's `consumed` ended. A line that is
  // too long is reported once, when its limit is passed, and its rest swallowed up to its end.
  Cut next(std::string_view input);

  // The input has ended: like next(), but what is left without a line end is a line too, unless it
  // is empty or the rest of one that was too long. Call until nothing is consumed.
  Cut last(std::string_view input);

  // Somebody else has taken what stood at the front of the input.
  void begin_anew() { searched_ = 0; }

  // Whether it is inside a line that was too long, for a client who moves to another process.
  [[nodiscard]] bool swallowing() const { return swallowing_; }
  void swallow() { swallowing_ = true; }

 private:
  [[nodiscard]] Line checked(std::string_view line) const;

  uint32_t max_bytes_;
  uint32_t searched_ = 0;    // bytes at the front known to hold no LF
  bool swallowing_ = false;  // inside a line that was too long
};

// Of lines one after the other `written` bytes are written: how many more until the end of one.
// Nothing: there is none.
std::optional<size_t> rest_of_line(std::string_view lines, size_t written);

}  // namespace banterd::worker
