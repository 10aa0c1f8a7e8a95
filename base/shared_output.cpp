#include "base/shared_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace banterd::base {

namespace {

size_t count(ssize_t written) { return written < 0 ? 0 : static_cast<size_t>(written); }

bool is_writable(int fd) {
  pollfd asked{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&asked, 1, 0) == 1;
}

}  // namespace

void SharedOutput::open_again(dev_t device, ino_t inode) {
  if (own_ && device_ == device && inode_ == inode) return;
  const std::string name = "/proc/self/fd/" + std::to_string(fd_);
  own_.reset(open(name.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  device_ = device;
  inode_ = inode;
}

size_t SharedOutput::write_now(std::string_view text) {
  if (text.empty()) return 0;
  struct stat about {};
  if (fstat(fd_, &about) < 0) return 0;
  if (S_ISSOCK(about.st_mode))
    return count(send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  if (S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)) {
    // Not poll alone: a terminal that has room for some bytes is writable, and waits for the rest.
    open_again(about.st_dev, about.st_ino);
    if (own_) return count(write(own_.get(), text.data(), text.size()));
    if (!is_writable(fd_)) return 0;
  }
  return count(write(fd_, text.data(), text.size()));
}

}  // namespace banterd::base
