#include "master/state_directory.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "base/file.h"

namespace banterd::master {

namespace {

constexpr size_t kMostKeyBytes = 1000;  // enough to see that it is none

std::string key_file(const std::string& directory) { return directory + "/cloak.key"; }

}  // namespace

std::string state_directory(const conf::Config& config) {
  if (config.state_directory) return *config.state_directory;
  const char* const several = std::getenv("STATE_DIRECTORY");
  const std::string_view directories = several == nullptr ? "" : several;
  return std::string(directories.substr(0, directories.find(':')));
}

base::Result<std::optional<base::CloakKey>> read_cloak_key(const std::string& directory) {
  if (directory.empty()) return std::optional<base::CloakKey>();
  const std::string path = key_file(directory);
  auto text = base::read_file(path, kMostKeyBytes);
  const bool has_none = !text && text.error().code == base::Errc::not_found;
  if (!text && !has_none) return text.error();
  // A key that is there already is not all that is kept.
  if (access(directory.c_str(), W_OK | X_OK) < 0) return base::from_errno(directory, errno);
  if (has_none) return std::optional<base::CloakKey>();
  if (text->ends_with('\n')) text->pop_back();
  const auto key = base::cloak_key_from_hex(*text);
  if (!key)
    return base::Error{base::Errc::corrupt,
                       path + ": is no key of 64 lower-case hexadecimal digits"};
  return key;
}

base::Result<base::CloakKey> keep_cloak_key(const std::string& directory,
                                            const base::CloakKey& fresh) {
  if (directory.empty()) return fresh;
  const auto kept = read_cloak_key(directory);
  if (!kept) return kept.error();
  if (*kept) return **kept;
  constexpr mode_t kOwnerOnly = 0600;
  if (auto written =
          base::atomic_write(key_file(directory), base::to_hex(fresh) + "\n", kOwnerOnly);
      !written)
    return written.error();
  return fresh;
}

}  // namespace banterd::master
