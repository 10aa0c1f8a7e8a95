#include "tests/chaos/served_connections.h"

#include <arpa/inet.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unordered_set>

namespace banterd::chaos {

namespace {

constexpr std::string_view kSocket = "socket:[";

std::unordered_set<uint64_t> socket_inodes(pid_t pid) {
  std::unordered_set<uint64_t> inodes;
  std::error_code error;
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string target = std::filesystem::read_symlink(entry->path(), error).string();
    if (!error && target.starts_with(kSocket))
      inodes.insert(std::stoull(target.substr(kSocket.size())));
    error.clear();
  }
  return inodes;
}

}  // namespace

std::set<LocalEnd> served_connections(pid_t pid, uint16_t port) {
  const auto inodes = socket_inodes(pid);
  std::set<LocalEnd> found;
  std::ifstream table("/proc/net/tcp");
  std::string line;
  while (std::getline(table, line)) {
    // "  0: 0100007F:1B58 0101007F:9C40 01 00000000:00000000 00:00000000 00000000  0  0 4711 ..."
    unsigned local_port = 0, remote_address = 0, remote_port = 0;
    unsigned long long inode = 0;
    const int fields =
        std::sscanf(line.c_str(), " %*u: %*x:%x %x:%x %*x %*x:%*x %*x:%*x %*x %*u %*u %llu",
                    &local_port, &remote_address, &remote_port, &inode);
    if (fields == 4 && local_port == port && inodes.contains(inode))
      found.insert({ntohl(remote_address), static_cast<uint16_t>(remote_port)});
  }
  return found;
}

}  // namespace banterd::chaos
