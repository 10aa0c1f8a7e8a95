#include "tests/support/process_facts.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace banterd::tests {

namespace {

constexpr std::string_view kEstablished = "01";  // TCP_ESTABLISHED in /proc/net/tcp

std::string directory_of(pid_t pid) { return "/proc/" + std::to_string(pid); }

// "PPid:  77" of /proc/PID/status; -1 for a process that has ended.
pid_t parent_of(const std::filesystem::path& process) {
  std::ifstream status(process / "status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("PPid:")) return std::stoi(line.substr(5));
  }
  return -1;
}

// What the descriptors of a process point to: "socket:[1234]", "/dev/null".
std::vector<std::string> open_files(pid_t pid) {
  std::vector<std::string> targets;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory_of(pid) + "/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    const auto target = std::filesystem::read_symlink(entry->path(), error);
    if (!error) targets.push_back(target.string());
    error.clear();
  }
  return targets;
}

// The sockets' names, as in open_files(), of established connections to a local port.
std::set<std::string> established(uint16_t port) {
  std::array<char, 8> wanted;
  snprintf(wanted.data(), wanted.size(), ":%04X", port);
  std::set<std::string> sockets;
  std::ifstream table("/proc/net/tcp");
  std::string line;
  std::getline(table, line);  // the headings
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    fields >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
        timeout >> inode;
    if (state == kEstablished && local.ends_with(wanted.data()))
      sockets.insert("socket:[" + inode + "]");
  }
  return sockets;
}

template <class T>
T sum(const std::vector<pid_t>& pids, T (*of_one)(pid_t)) {
  T total{};
  for (const pid_t pid : pids) total += of_one(pid);
  return total;
}

}  // namespace

size_t memory_bytes(pid_t pid) {
  // Not smaps_rollup: it does not tell what is mapped apart. Pages of files are not counted:
  // journals are another matter, and the program's own pages are shared with the servers of other
  // tests, so each end of one would be growth.
  std::ifstream smaps(directory_of(pid) + "/smaps");
  size_t total_kib = 0;
  bool is_file = false;
  std::string line;
  while (std::getline(smaps, line)) {
    if (line.starts_with("Pss:")) {
      if (!is_file) total_kib += std::stoul(line.substr(4));
    } else if (line.find('-') < line.find(' ')) {  // "7f00-7f10 rw-p ... /memfd:journal (deleted)"
      is_file = line.find(" /") != std::string::npos;
    }
  }
  return total_kib * 1024;
}

size_t memory_bytes(const std::vector<pid_t>& pids) { return sum<size_t>(pids, memory_bytes); }

size_t descriptors(pid_t pid) { return open_files(pid).size(); }
size_t descriptors(const std::vector<pid_t>& pids) { return sum<size_t>(pids, descriptors); }

uint64_t next_descriptor(pid_t pid) {
  uint64_t number = 0;
  std::error_code error;
  while (std::filesystem::is_symlink(directory_of(pid) + "/fd/" + std::to_string(number), error))
    ++number;
  return number;
}

size_t connections_to(uint16_t port, pid_t pid) {
  const std::set<std::string> sockets = established(port);
  size_t count = 0;
  for (const std::string& file : open_files(pid)) count += sockets.count(file);
  return count;
}

std::vector<pid_t> children(pid_t pid) {
  std::vector<pid_t> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (parent_of(entry->path()) == pid) found.push_back(std::stoi(name));
  }
  return found;
}

std::chrono::nanoseconds cpu_time(pid_t pid) {
  clockid_t clock{};
  timespec spent{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0) return {};
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

std::chrono::nanoseconds cpu_time(const std::vector<pid_t>& pids) {
  return sum<std::chrono::nanoseconds>(pids, cpu_time);
}

}  // namespace banterd::tests
