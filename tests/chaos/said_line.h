// The lines that voices say: "VOICE:SEQUENCE:STAMP:xxxx", and how receivers see them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/chaos/voices.h"

namespace banterd::chaos {

struct SaidLine {
  std::string_view room;  // empty: the one in which the receiver talks
  std::string_view nick;
  VoiceNumber voice = 0;
  uint32_t sequence = 0;
  uint64_t stamp_us = 0;  // of the monotonic clock; 0: not to be measured
  size_t bytes = 0;       // of the text
};

// Of "<NICK> TEXT" or "[#ROOM] <NICK> TEXT", without the line's end; nothing for any other line.
// The views are into `line`.
std::optional<SaidLine> parse_said(std::string_view line);

// The text of a line with `bytes` bytes, without its end.
std::string said_text(VoiceNumber voice, uint32_t sequence, uint64_t stamp_us, size_t bytes);

// CLOCK_MONOTONIC.
uint64_t now_us();

}  // namespace banterd::chaos
