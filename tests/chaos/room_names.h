// Names for rooms whose owners differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace banterd::chaos {

// `count` names. For each of the numbers of workers the rooms have different owners, as far as
// there are as many workers.
std::vector<std::string> room_names(size_t count, const std::vector<uint32_t>& worker_counts);

}  // namespace banterd::chaos
