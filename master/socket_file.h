// The file of a listening Unix socket (unix(7)): made with its mode, a stale one replaced, removed
// when its owner goes.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "master/address.h"

namespace banterd::master {

class SocketFile {
 public:
  SocketFile() = default;
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&& other) noexcept;
  ~SocketFile() { remove(); }

  // Binds `socket` to `address`, whose file gets `mode` before anybody can connect. A file that is
  // there already is replaced only if it is a socket that nobody listens on: Errc::exists if it is
  // anything else. Other errors are bind's and lstat's.
  static base::Result<SocketFile> bind(int socket, const SocketAddress& address, mode_t mode);

  // ---- across an exec in place ----
  struct Identity {
    std::string path;  // empty: owns nothing
    uint64_t device = 0;
    uint64_t inode = 0;
  };
  [[nodiscard]] Identity identity() const { return {path_, device_, inode_}; }
  static SocketFile from(const Identity& identity);

  // Somebody has removed the file, or put another in its place: nobody can connect by it any more.
  [[nodiscard]] bool is_lost() const { return !path_.empty() && !is_at(path_); }
  // It is our file that is there, which may have several paths.
  [[nodiscard]] bool is_at(const std::string& path) const;

  // Gives the file another mode (chmod(2)), unless another has taken its place.
  base::Result<void> change_mode(mode_t mode) const;

  // Removes the file unless another has taken its place since (a second server that was started
  // over us).
  void remove();

 private:
  std::string path_;  // empty: owns nothing
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace banterd::master
