// How a line of the server looks on the screen: harmless and, where wanted, in colours. Pure: no
// I/O, no environment.
#pragma once

#include <string>
#include <string_view>

namespace banterd::client {

enum class ColourChoice { automatic, always, never };

// What decides about colours in ColourChoice::automatic.
struct OutputTraits {
  bool is_terminal = false;
  std::string_view term;      // $TERM; empty when not set
  std::string_view no_color;  // $NO_COLOR (https://no-color.org); empty when not set
};

[[nodiscard]] bool wants_colours(ColourChoice choice, const OutputTraits& output);

// The line with everything taken out that could drive the terminal: control characters become
// visible (^[ for escape, a space for a tab), and what is not UTF-8, C1 controls and the signs that
// turn the direction of writing become U+FFFD.
[[nodiscard]] std::string sanitised(std::string_view line);

// The sanitised line in colours (SGR sequences of ECMA-48): notices ("* …") dim, errors ("! …")
// red, a nick in a colour of its own that is the same in every session, [private] standing out,
// other tags in front of a nick dim. It always ends in the terminal's normal colours.
[[nodiscard]] std::string coloured(std::string_view line);

}  // namespace banterd::client
