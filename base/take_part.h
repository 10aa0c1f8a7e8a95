#pragma once

#include <algorithm>
#include <string_view>

namespace banterd::base {

// What `rest` has before the first `separator`, all of it if there is none; `rest` keeps what is
// behind the separator.
inline std::string_view take_part(std::string_view& rest, char separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

}  // namespace banterd::base
