// Reads the list "listeners". Which keys a listener may have depends on its protocol, and where it
// listens on whether it has a "unix" path.
#pragma once

#include <vector>

#include "conf/config.h"
#include "conf/object_reader.h"

namespace banterd::conf {

// One listener for each protocol, on its usual port of 127.0.0.1.
std::vector<Listener> default_listeners();

// Replaces `listeners` by those of the list, if there is one; else leaves them.
void read_listeners(ObjectReader& config, std::vector<Listener>& listeners, Mistakes& mistakes);

}  // namespace banterd::conf
