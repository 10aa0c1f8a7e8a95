#include "master/socket_file.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/log.h"

namespace banterd::master {

namespace {

const sockaddr* raw(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

// Only the one who listens can tell whether a socket's file is stale: ECONNREFUSED says that nobody
// does. EAGAIN says that somebody does, with a full backlog (connect(2)).
base::Result<void> require_nobody_listens(const SocketAddress& address) {
  const base::UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return base::from_errno("probe the socket that is there", errno);
  if (connect(probe.get(), raw(address), address.length) == 0 || errno == EAGAIN) {
    return base::Error{base::Errc::exists, "another process listens there"};
  }
  if (errno == ECONNREFUSED) return {};
  return base::from_errno("probe the socket that is there", errno);
}

base::Result<void> remove_stale(const SocketAddress& address) {
  const std::string path = path_of(address);
  struct stat there {};
  if (lstat(path.c_str(), &there) < 0) {
    if (errno == ENOENT) return {};
    return base::from_errno("look at " + path, errno);
  }
  if (!S_ISSOCK(there.st_mode))
    return base::Error{base::Errc::exists, "the file there is no socket"};
  if (auto free = require_nobody_listens(address); !free) return free;
  if (unlink(path.c_str()) < 0 && errno != ENOENT)
    return base::from_errno("remove the stale socket", errno);
  return {};
}

}  // namespace

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, "")), device_(other.device_), inode_(other.inode_) {}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, "");
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

base::Result<SocketFile> SocketFile::bind(int socket, const SocketAddress& address, mode_t mode) {
  if (auto removed = remove_stale(address); !removed) return removed.error();
  // bind makes the file with 0777 less the umask; a chmod afterwards would leave a moment with the
  // wrong mode.
  const mode_t umask_before = umask(~mode & 0777);
  const int bound = ::bind(socket, raw(address), address.length);
  const int bind_error = errno;
  umask(umask_before);
  if (bound < 0) return base::from_errno("bind", bind_error);
  SocketFile file;
  struct stat made {};
  if (lstat(path_of(address).c_str(), &made) < 0)
    return base::from_errno("look at the new socket", errno);
  file.path_ = path_of(address);
  file.device_ = made.st_dev;
  file.inode_ = made.st_ino;
  return file;
}

SocketFile SocketFile::from(const Identity& identity) {
  SocketFile file;
  file.path_ = identity.path;
  file.device_ = identity.device;
  file.inode_ = identity.inode;
  return file;
}

bool SocketFile::is_at(const std::string& path) const {
  struct stat there {};
  return !path_.empty() && lstat(path.c_str(), &there) == 0 && there.st_dev == device_ &&
         there.st_ino == inode_;
}

base::Result<void> SocketFile::change_mode(mode_t mode) const {
  if (!is_at(path_)) return base::Error{base::Errc::not_found, path_ + " is no longer ours"};
  if (chmod(path_.c_str(), mode) < 0) return base::from_errno("chmod " + path_, errno);
  return {};
}

void SocketFile::remove() {
  if (path_.empty()) return;
  if (is_at(path_) && unlink(path_.c_str()) < 0) {
    base::log_warning("cannot remove a socket",
                      {{"path", path_}, {"error", base::from_errno("unlink", errno)}});
  }
  path_.clear();
}

}  // namespace banterd::master
