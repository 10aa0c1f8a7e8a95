// The configuration that a master is started with, and the files that it names.
#pragma once

#include <limits.h>

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "conf/config.h"
#include "ipc/contract.h"

namespace banterd::master {

struct Configuration {
  conf::Config config;
  std::string text;  // what `config` was read from
};

// Errc::invalid for a path that cannot be passed on to workers and to the next program: they get it
// as JSON, which is UTF-8.
[[nodiscard]] base::Result<void> require_utf8(const std::string& path);

// Of the text as a string of JSON: so workers get it, in one frame (ipc::Start) whose rest is
// numbers, a key and two paths, in which JSON makes six bytes of one at most.
inline constexpr size_t kMostTextBytes = ipc::kMaxFrameBytes - 64 * 1024;
static_assert(ipc::kMaxFrameBytes - kMostTextBytes > 2 * 6 * PATH_MAX + 1024);

// The file's, or the built-in default without one. The Error has a line per mistake, in which
// `name` stands for the file. Errc::limit for a longer text.
[[nodiscard]] base::Result<Configuration> read_configuration(const std::optional<std::string>& file,
                                                             const std::string& name);

// As read_configuration(), for a server that runs: of a regular file only (base::require_regular).
[[nodiscard]] base::Result<Configuration> read_configuration_again(
    const std::optional<std::string>& file, const std::string& name);

// Whether what it names outside of itself is there and good: the message of the day, the folder for
// what outlives the server. The Error has a line per mistake, which begins with its place in the
// text.
[[nodiscard]] base::Result<void> check_files(const Configuration& configuration,
                                             const std::string& name);

}  // namespace banterd::master
