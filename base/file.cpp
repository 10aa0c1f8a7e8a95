#include "base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/unique_fd.h"

namespace banterd::base {

namespace {

// A file beside `path`, with a name of its own, that is gone unless it has taken that place.
class Replacement {
 public:
  explicit Replacement(const std::string& path)
      : path_(path), name_(path + ".XXXXXX"), fd_(mkostemp(name_.data(), O_CLOEXEC)) {}
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  ~Replacement() {
    if (fd_ && !placed_) unlink(name_.c_str());
  }

  // False with errno.
  bool fill(std::string_view text, mode_t mode) {
    return fd_ && fchmod(fd_.get(), mode) == 0 && write_all(fd_.get(), text) &&
           fsync(fd_.get()) == 0;
  }
  bool take_place() {
    placed_ = rename(name_.c_str(), path_.c_str()) == 0;
    return placed_;
  }

 private:
  const std::string& path_;
  std::string name_;
  UniqueFd fd_;
  bool placed_ = false;
};

// Without it a crash may undo the rename.
bool sync_folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd && fsync(fd.get()) == 0;
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t most_bytes) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return from_errno(path, errno);
  std::string text;
  std::array<char, 16 * 1024> chunk;
  for (;;) {  // not by the file's size: a pipe has none
    const ssize_t count = read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return from_errno(path, errno);
    if (count == 0) return text;
    text.append(chunk.data(), static_cast<size_t>(count));
    if (text.size() > most_bytes)
      return Error{Errc::limit, path + ": larger than " + std::to_string(most_bytes) + " bytes"};
  }
}

Result<void> require_regular(const std::string& path) {
  struct stat there {};
  if (stat(path.c_str(), &there) < 0) return from_errno(path, errno);
  if (S_ISREG(there.st_mode)) return {};
  return Error{Errc::invalid, path + ": is no regular file, and cannot be read again"};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

Result<void> atomic_write(const std::string& path, std::string_view text, mode_t mode) {
  Replacement replacement(path);
  if (!replacement.fill(text, mode) || !replacement.take_place() || !sync_folder_of(path))
    return from_errno("write " + path, errno);
  return {};
}

}  // namespace banterd::base
