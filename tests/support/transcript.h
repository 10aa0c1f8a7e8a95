// Questions about what a line client has heard.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace banterd::tests {

using Lines = std::vector<std::string>;

// Those that somebody has said in the current room: `<nick> text`.
Lines said_in(const Lines& lines);
// Those that contain `text`.
Lines containing(const Lines& lines, std::string_view text);
// Those said in the current room by others than `nick`.
Lines without_those_of(std::string_view nick, Lines lines);
// The texts that `nick` has said in any room or in private.
Lines texts_of(std::string_view nick, const Lines& lines);

}  // namespace banterd::tests
