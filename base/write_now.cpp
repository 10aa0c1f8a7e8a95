#include "base/write_now.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/unique_fd.h"

namespace banterd::base {

namespace {

size_t count(ssize_t written) { return written < 0 ? 0 : static_cast<size_t>(written); }

// The same pipe or terminal with flags of our own (proc(5), /proc/PID/fd). Fails for what another
// user has made, and when descriptors have run out.
UniqueFd open_again(int fd) {
  const std::string name = "/proc/self/fd/" + std::to_string(fd);
  return UniqueFd(open(name.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

bool is_writable(int fd) {
  pollfd asked{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&asked, 1, 0) == 1;
}

}  // namespace

size_t write_now(int fd, std::string_view text) {
  if (text.empty()) return 0;
  struct stat about {};
  if (fstat(fd, &about) < 0) return 0;
  if (S_ISSOCK(about.st_mode))
    return count(send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  if (S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)) {
    // Not poll alone: a terminal that has room for some bytes is writable, and waits for the rest.
    if (const UniqueFd own = open_again(fd))
      return count(write(own.get(), text.data(), text.size()));
    if (!is_writable(fd)) return 0;
  }
  return count(write(fd, text.data(), text.size()));
}

}  // namespace banterd::base
