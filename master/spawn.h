// Starts one worker process: fork and exec by uv_spawn, never a bare fork (the child's uv_close
// would take descriptors out of the epoll set that both share).
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/uv/loop.h"

namespace banterd::master {

// The program that workers run: a descriptor on the file, not its name, so that a worker started
// after an upgrade of the package still is of its generation's version.
class Binary {
 public:
  // `path` is "/proc/self/exe" for the program that runs, or names the file for the next one.
  static base::Result<Binary> open(const std::string& path);
  // By which the very file that was opened is executed, whatever its name stands for by now.
  [[nodiscard]] std::string path() const;
  // Whether `other` is the same file with the same content, as far as its status tells.
  [[nodiscard]] bool same_file(const Binary& other) const;

 private:
  Binary(base::UniqueFd fd, const struct stat& status);
  base::UniqueFd fd_;
  dev_t device_;
  ino_t inode_;
  timespec modified_;
};

// One binary with one configuration: what the workers of a generation are started with. The text is
// what the master read; workers read it again.
struct Edition {
  std::shared_ptr<const Binary> binary;
  std::string config_text;
  std::string config_name;  // for messages
};

// The environment without what systemd means for the master alone; ends with a null pointer, and
// its strings are those of `environ`.
std::vector<char*> environment_for_children();

// Runs `binary` as a worker: `channel` becomes its ipc::kControlDescriptor, standard input is
// /dev/null, standard output and error are ours. The environment is ours but for what systemd means
// for the master alone. Returns the pid; the caller reaps it by waitpid(pid), libuv does not.
// `title` is what ps(1) shows until the worker sets its own.
base::Result<pid_t> spawn_worker(base::Loop& loop, const Binary& binary,
                                 const base::UniqueFd& channel, std::string title);

}  // namespace banterd::master
