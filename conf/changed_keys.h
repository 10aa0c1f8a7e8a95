// What differs between two configurations, by the names of the keys: for the log of a reload.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace banterd::conf {

// The keys that one text has and the other has not, or has with another value, in the order of the
// alphabet: "limits.ping_timeout", "workers". A list counts as one key: "listeners". Comments and
// the order of keys make no difference; a key that is written with its default and one that is left
// out do. Values are never told: they may be secrets. Both texts must be ones that parse() reads.
std::vector<std::string> changed_keys(std::string_view before, std::string_view after);

}  // namespace banterd::conf
