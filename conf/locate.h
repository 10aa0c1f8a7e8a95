// Where in a configuration text a value stands, for mistakes that its text alone does not show: a
// file that is not there.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace banterd::conf {

// "FILE:LINE:COLUMN" of the value that `keys` lead to, from the outermost object inwards; "FILE" if
// the text has none.
std::string locate(std::string_view text, std::string_view file_name,
                   std::initializer_list<std::string_view> keys);

}  // namespace banterd::conf
