#include "base/sodium.h"

#include <sodium.h>

namespace banterd::base {

Result<void> init_sodium() {
  if (sodium_init() < 0) return Error{Errc::system, "libsodium cannot be used"};
  return {};
}

}  // namespace banterd::base
