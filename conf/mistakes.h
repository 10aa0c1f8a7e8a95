// Mistakes found in a configuration text, each with its place, and how they are shown:
// FILE:LINE:COLUMN: what is wrong.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace banterd::conf {

// Both count from 1. The column counts characters (code points), as editors do; a tab is one.
struct Place {
  uint32_t line = 1;
  uint32_t column = 1;

  auto operator<=>(const Place&) const = default;
};

struct Mistake {
  Place place;
  std::string text;
};

// The text in double quotes, fit for a terminal: control characters shown as "?", a long text cut.
// Never use it on a value that may be a secret.
std::string quoted(std::string_view text);

class Mistakes {
 public:
  void add(Place place, std::string text) { list_.push_back({place, std::move(text)}); }
  size_t count() const { return list_.size(); }

  // One line per mistake in the order of the places, without an end of line after the last. At most
  // kMaxShown are shown, then their number: a file that is no configuration at all shall not flood
  // a log.
  std::string report(std::string_view file_name) const;

  static constexpr size_t kMaxShown = 20;

 private:
  std::vector<Mistake> list_;
};

}  // namespace banterd::conf
