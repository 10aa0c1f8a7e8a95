// Guesses which word was meant by one that is not known.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace banterd::conf {

// The fewest single-character insertions, deletions, replacements and swaps of neighbours that make
// `b` of `a` (optimal string alignment); upper and lower case count as the same. Time and memory
// grow with the product of the lengths.
size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known` to `word`, the earlier one of two equally near; empty only if `known` is.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace banterd::conf
