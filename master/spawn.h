// Starts one worker process: fork and exec by uv_spawn, never a bare fork (the child's uv_close
// would take descriptors out of the epoll set that both share).
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cloak.h"
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
  std::string config_name;      // for messages
  std::string state_directory;  // empty: none
  base::CloakKey cloak_key{};
  bool keeps_clients = false;  // conf's keep_clients_on_crash
};

// As exec(3) wants them: pointers to the arguments, and a null pointer.
std::vector<char*> argument_vector(std::vector<std::string>& arguments);

// Runs `binary` with `arguments`, the first of which is what ps(1) shows. Standard input is
// /dev/null, `output` and `errors` become its descriptors 1 and 2, `third` its 3. The environment
// is ours but for what systemd means for the master alone. Returns the pid; the caller reaps it by
// waitpid(pid), libuv does not. `what` is for the Error: "start a worker".
base::Result<pid_t> spawn(base::Loop& loop, const Binary& binary,
                          std::vector<std::string> arguments, int output, int errors, int third,
                          std::string_view what);

// Runs `binary` as a worker: `channel` becomes its ipc::kControlDescriptor, standard output and
// error are ours. `title` is what ps(1) shows until the worker sets its own.
base::Result<pid_t> spawn_worker(base::Loop& loop, const Binary& binary,
                                 const base::UniqueFd& channel, std::string title);

}  // namespace banterd::master
