// Writes to a descriptor that other processes have too, such as standard error, without ever
// waiting for its reader. Its flags stay as they are: O_NONBLOCK would count for all who have it.
#pragma once

#include <cstddef>
#include <string_view>

namespace banterd::base {

// How many bytes of `text` were written: fewer than all, or 0, when the reader does not read, and 0
// after an error. A pipe takes up to PIPE_BUF bytes as a whole or not at all (pipe(7)).
size_t write_now(int fd, std::string_view text);

}  // namespace banterd::base
