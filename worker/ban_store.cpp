#include "worker/ban_store.h"

#include <optional>
#include <utility>

#include "base/file.h"
#include "ipc/json.h"

namespace banterd::worker {

namespace {

constexpr uint32_t kVersion = 1;
// A few kilobytes for each of chat::Server::kMaxBans.
constexpr size_t kMostBytes = 64 * 1024 * 1024;

struct BanFile {
  uint32_t version = 0;
  std::optional<std::vector<chat::ServerBan>> bans;  // in every file, empty or not
  static void fields(auto& self, auto&& field) {
    field("version", self.version);
    field("bans", self.bans);
  }
};

std::string file_in(const std::string& directory) { return directory + "/bans.json"; }

// What is wrong with it; empty: nothing.
std::string mistake_in(const BanFile& file) {
  if (file.version != kVersion)
    return "version: " + std::to_string(file.version) + ", and this program reads " +
           std::to_string(kVersion);
  if (!file.bans) return "bans: missing";
  for (size_t i = 0; i < file.bans->size(); ++i) {
    if (file.bans->at(i).mask.empty())
      return "bans: number " + std::to_string(i + 1) + " has no mask";
  }
  return {};
}

}  // namespace

base::Result<std::vector<chat::ServerBan>> load_bans(const std::string& directory) {
  const std::string path = file_in(directory);
  const auto text = base::read_file(path, kMostBytes);
  if (!text && text.error().code == base::Errc::not_found) return std::vector<chat::ServerBan>();
  if (!text) return text.error();
  auto file = ipc::from_json<BanFile>(*text);
  const std::string mistake = file ? mistake_in(*file) : file.error().context;
  if (!mistake.empty()) return base::Error{base::Errc::corrupt, path + ": " + mistake};
  return *std::move(file->bans);
}

base::Result<void> save_bans(const std::string& directory,
                             const std::vector<chat::ServerBan>& bans) {
  constexpr mode_t kOwnerOnly = 0600;  // masks may hold addresses
  const std::string path = file_in(directory);
  const std::string text = ipc::to_json(BanFile{kVersion, bans}) + "\n";
  if (text.size() > kMostBytes) {
    return base::Error{base::Errc::limit,
                       path + ": larger than " + std::to_string(kMostBytes) + " bytes"};
  }
  return base::atomic_write(path, text, kOwnerOnly);
}

}  // namespace banterd::worker
