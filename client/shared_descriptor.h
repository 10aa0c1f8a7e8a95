// Watches standard input without changing it for others.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/uv/loop.h"
#include "base/uv/poll.h"

namespace banterd::client {

// Watches a duplicate of `fd`. O_NONBLOCK belongs to the open file, which the shell and the other
// programs of a pipeline share, standard output on a terminal included; it stays as it was, and the
// callback reads once per event, which then does not block. Fails as base::Poll::create does: with
// Errc::denied for a regular file, which is always readable.
[[nodiscard]] base::Result<std::unique_ptr<base::Poll>> watch_shared(base::Loop& loop, int fd,
                                                                     base::Poll::Callback on_ready);

}  // namespace banterd::client
