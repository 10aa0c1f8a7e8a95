// What clients are told alike, whatever they speak.
#pragma once

#include <string>

#include "worker/protocol/protocol.h"

namespace banterd::worker {

// Who he is now, and what he may have missed.
std::string begun_anew_text(const Protocol::Former& former, const chat::Profile& now);

}  // namespace banterd::worker
