// The message of the day: the text of server.motd_file.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace banterd::conf {

constexpr size_t kMaxMotdBytes = 64 * 1024;

// Of a regular file: valid UTF-8 without NUL bytes; lines end in LF or CRLF. The Error names the
// path and what is wrong with it.
[[nodiscard]] base::Result<std::string> read_motd(const std::string& path);

}  // namespace banterd::conf
