// K-lines on disk: bans.json in the state directory, an object with a version and a list of the
// bans (chat/server.h). Whoever calls waits for the disk.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "chat/server.h"

namespace banterd::worker {

// The bans of that folder; without a file there are none. Errc::corrupt, with the file and the
// field that is wrong: it is no such list, or of a later version. Any other Error names what cannot
// be read.
[[nodiscard]] base::Result<std::vector<chat::ServerBan>> load_bans(const std::string& directory);

// Replaces them by `bans`, whose texts are valid UTF-8: all or, with an Error that names the file,
// nothing (base::atomic_write). Errc::limit: more than load_bans() would take, 64 MiB.
[[nodiscard]] base::Result<void> save_bans(const std::string& directory,
                                           const std::vector<chat::ServerBan>& bans);

}  // namespace banterd::worker
