// libsodium, ready for use: its other functions must not be called before.
#pragma once

#include "base/result.h"

namespace banterd::base {

// Cheap after the first call; from any thread. Errc::system: the kernel gives no random numbers.
[[nodiscard]] Result<void> init_sodium();

}  // namespace banterd::base
