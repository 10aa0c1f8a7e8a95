// What makes a message known again, whatever a server writes around it: "#SENDER:SEQUENCE:TIME#",
// three decimal numbers, at the beginning of its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace banterd::bench {

struct Marker {
  uint32_t sender = 0;
  uint32_t sequence = 0;       // the sender's messages are numbered from 0
  uint64_t sent_after_ns = 0;  // when it was due, after the load generator's start

  bool operator==(const Marker&) const = default;
};

// A message's text: the marker, filled with 'x' to `bytes`; longer where the marker alone is.
std::string message_text(const Marker& marker, size_t bytes);

// Looks for a marker in `text` from `at` on. If there is one, `at` is behind it afterwards.
bool find_marker(std::string_view text, size_t& at, Marker& marker);

}  // namespace banterd::bench
