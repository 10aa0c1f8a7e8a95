// Small files, read and written whole.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace banterd::base {

// The text of a file, which may be a pipe. The Error names the path; Errc::not_found: there is
// none, Errc::limit: it has more than `most_bytes`.
[[nodiscard]] Result<std::string> read_file(const std::string& path, size_t most_bytes);

// For a file that is to be read more than once. Errc::invalid for what is no regular file: what a
// pipe holds is gone then, and a FIFO would wait for somebody who writes into it. Any other Error
// is that of stat(2). All name the path.
[[nodiscard]] Result<void> require_regular(const std::string& path);

// Writes all of it. False with errno; how much was written by then is not known.
[[nodiscard]] bool write_all(int fd, std::string_view bytes);

// Makes `text` the content of the file, or leaves the file as it was: whoever reads it sees the old
// content or the new one, also after a crash (fsync(2), rename(2)). Only when the folder cannot be
// synced is it open, after the Error, which of the two survives a crash. The permissions are `mode`
// exactly. Waits for the disk. The Error names the path.
[[nodiscard]] Result<void> atomic_write(const std::string& path, std::string_view text,
                                        mode_t mode);

}  // namespace banterd::base
