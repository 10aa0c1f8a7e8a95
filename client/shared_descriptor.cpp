#include "client/shared_descriptor.h"

#include <fcntl.h>

#include <cerrno>

namespace banterd::client {

base::Result<std::unique_ptr<base::Poll>> watch_shared(base::Loop& loop, int fd,
                                                       base::Poll::Callback on_ready) {
  base::UniqueFd duplicate(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!duplicate) return base::from_errno("duplicate the input", errno);
  const int flags = fcntl(fd, F_GETFL);
  auto poll = base::Poll::create(loop, std::move(duplicate), std::move(on_ready));
  // uv_poll_init has made the open file non-blocking; epoll does not need that.
  if (flags >= 0) fcntl(fd, F_SETFL, flags);
  return poll;
}

}  // namespace banterd::client
