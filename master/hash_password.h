// banterd --hash-password: makes the hash of a password, to be put into the configuration.
#pragma once

#include <string_view>

#include "base/result.h"

namespace banterd::master {

// Whether a client can ever give it, and a person means it: 1 to 200 bytes of UTF-8 without control
// characters. Errc::invalid otherwise.
[[nodiscard]] base::Result<void> check_password(std::string_view text);

// Reads one line from standard input and prints its hash. On a terminal it asks for the line twice,
// without showing it. Returns the process's exit code: 0, or 1 with a line on standard error.
int hash_password();

}  // namespace banterd::master
