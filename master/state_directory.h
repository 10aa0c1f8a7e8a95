// What outlives the server: the folder where it is kept, and the key of cloaked hosts, which is
// made once and stays in that folder (cloak.key: 64 hexadecimal digits and a line end, readable by
// its owner alone). Without a folder the key lasts as long as the process.
#pragma once

#include <optional>
#include <string>

#include "base/cloak.h"
#include "base/result.h"
#include "conf/config.h"

namespace banterd::master {

// The configured folder, else the first of systemd's $STATE_DIRECTORY (systemd.exec(5)); empty:
// none.
std::string state_directory(const conf::Config& config);

// Nothing when the folder has no key yet, or there is no folder. Errc::corrupt: the file holds no
// key. Any other Error names what is not there or not allowed: a folder that cannot be written to
// is of no use, with a key too.
[[nodiscard]] base::Result<std::optional<base::CloakKey>> read_cloak_key(
    const std::string& directory);

// The key that the folder holds. If it holds none, or there is no folder, that is `fresh` from now
// on. Errors as of read_cloak_key() and base::atomic_write().
[[nodiscard]] base::Result<base::CloakKey> keep_cloak_key(const std::string& directory,
                                                          const base::CloakKey& fresh);

}  // namespace banterd::master
