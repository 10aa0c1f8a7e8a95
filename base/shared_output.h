// A descriptor that other processes have too, such as standard error, written to without ever
// waiting for its reader. Its flags stay as they are: O_NONBLOCK would count for all who have it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string_view>

#include "base/unique_fd.h"

namespace banterd::base {

class SharedOutput {
 public:
  // `fd` stays the caller's, and may become that of something else (dup2(2)).
  explicit SharedOutput(int fd) : fd_(fd) {}

  // How many bytes of `text` were written: fewer than all, or 0, when the reader does not read, and
  // 0 after an error. A pipe takes up to PIPE_BUF bytes as a whole or not at all (pipe(7)).
  size_t write_now(std::string_view text);

 private:
  // Opens the same pipe or terminal with flags of our own, which are kept (proc(5), /proc/PID/fd).
  // Fails for what another user has made, and when descriptors have run out.
  void open_again(dev_t device, ino_t inode);

  int fd_;
  UniqueFd own_;
  dev_t device_ = 0;  // of `own_`, as the next
  ino_t inode_ = 0;
};

}  // namespace banterd::base
