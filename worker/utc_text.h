// A moment as people read it. Pure.
#pragma once

#include <string>

#include "chat/types.h"

namespace banterd::worker {

// "2023-11-14 22:13:20 UTC": to the second.
std::string utc_text(chat::TimeMs time);

}  // namespace banterd::worker
