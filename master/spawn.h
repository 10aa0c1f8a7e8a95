// Starts one worker process: fork and exec by uv_spawn, never a bare fork (the child's uv_close
// would take descriptors out of the epoll set that both share).
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/uv/loop.h"

namespace banterd::master {

// The program that workers run: a descriptor on the file, not its name, so that a worker started
// after an upgrade of the package still is of its master's version.
class Binary {
 public:
  // `path` is "/proc/self/exe", but for tests.
  static base::Result<Binary> open(const std::string& path);
  [[nodiscard]] std::string path() const;

 private:
  explicit Binary(base::UniqueFd fd) : fd_(std::move(fd)) {}
  base::UniqueFd fd_;
};

// Runs `binary` as a worker: `channel` becomes its ipc::kControlDescriptor, standard input is
// /dev/null, standard output and error are ours. The environment is ours but for what systemd means
// for the master alone. Returns the pid; the caller reaps it by waitpid(pid), libuv does not.
// `title` is what ps(1) shows until the worker sets its own.
base::Result<pid_t> spawn_worker(base::Loop& loop, const Binary& binary,
                                 const base::UniqueFd& channel, std::string title);

}  // namespace banterd::master
