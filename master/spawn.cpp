#include "master/spawn.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "base/uv/handle.h"
#include "ipc/contract.h"

namespace banterd::master {

namespace {

// Above all descriptors that a worker begins with: they are put in their places before the exec,
// over whatever was there.
constexpr int kLowestBinaryDescriptor = 16;

constexpr std::array<std::string_view, 6> kForTheMasterAlone = {
    "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=",
    "LISTEN_FDS=",    "LISTEN_PID=",    "LISTEN_FDNAMES="};

// Ends with a null pointer; the strings are those of `environ`.
std::vector<char*> environment_for_children() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool for_master = false;
    for (const std::string_view name : kForTheMasterAlone)
      for_master |= std::string_view(*entry).starts_with(name);
    if (!for_master) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

uv_stdio_container_t pass_on(int fd) {
  uv_stdio_container_t container{};
  container.flags = UV_INHERIT_FD;
  container.data.fd = fd;
  return container;
}

}  // namespace

base::Result<Binary> Binary::open(const std::string& path) {
  const base::UniqueFd opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!opened) return base::from_errno("open " + path, errno);
  base::UniqueFd moved(fcntl(opened.get(), F_DUPFD_CLOEXEC, kLowestBinaryDescriptor));
  if (!moved) return base::from_errno("open " + path, errno);
  struct stat status {};
  if (fstat(moved.get(), &status) < 0) return base::from_errno("look at " + path, errno);
  return Binary(std::move(moved), status);
}

Binary::Binary(base::UniqueFd fd, const struct stat& status)
    : fd_(std::move(fd)),
      device_(status.st_dev),
      inode_(status.st_ino),
      modified_(status.st_mtim) {}

bool Binary::same_file(const Binary& other) const {
  return device_ == other.device_ && inode_ == other.inode_ &&
         modified_.tv_sec == other.modified_.tv_sec && modified_.tv_nsec == other.modified_.tv_nsec;
}

std::string Binary::path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

std::vector<char*> argument_vector(std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  return pointers;
}

base::Result<pid_t> spawn(base::Loop& loop, const Binary& binary,
                          std::vector<std::string> arguments, int output, int errors, int third,
                          std::string_view what) {
  const std::string file = binary.path();
  std::vector<char*> pointers = argument_vector(arguments);
  std::vector<char*> environment = environment_for_children();
  uv_stdio_container_t descriptors[] = {
      {UV_IGNORE, {}}, pass_on(output), pass_on(errors), pass_on(third)};
  uv_process_options_t options{};
  options.file = file.c_str();
  options.args = pointers.data();
  options.env = environment.data();
  options.stdio = descriptors;
  options.stdio_count = 4;
  // The handle is closed at once: what an exec in place cannot take along, the master does not
  // begin to rely on. libuv then forgets the child (src/unix/process.c, uv__process_close), and
  // reaping is ours.
  const base::Handle<uv_process_t> handle(new uv_process_t{});
  if (const int result = uv_spawn(loop.get(), handle.get(), &options); result < 0)
    return base::from_uv(what, result);
  return handle->pid;
}

base::Result<pid_t> spawn_worker(base::Loop& loop, const Binary& binary,
                                 const base::UniqueFd& channel, std::string title) {
  static_assert(ipc::kControlDescriptor == 3);
  return spawn(loop, binary, {std::move(title), ipc::kWorkerArgument}, STDOUT_FILENO, STDERR_FILENO,
               channel.get(), "start a worker");
}

}  // namespace banterd::master
