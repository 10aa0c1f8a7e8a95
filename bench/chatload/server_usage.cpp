#include "bench/chatload/server_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace banterd::bench {

namespace {

double ticks_per_second() {
  static const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return ticks;
}

std::string path_of(pid_t process, const char* name) {
  return "/proc/" + std::to_string(process) + '/' + name;
}

struct Stat {
  pid_t parent = 0;
  CpuSeconds cpu;
};

// /proc/PID/stat: the command's name, in brackets, may hold anything.
std::optional<Stat> read_stat(pid_t process) {
  std::ifstream file(path_of(process, "stat"));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
  std::string skipped;
  Stat stat;
  fields >> skipped >> stat.parent;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  if (!(fields >> user >> system)) return std::nullopt;
  stat.cpu = {user / ticks_per_second(), system / ticks_per_second()};
  return stat;
}

std::multimap<pid_t, pid_t> children_by_parent() {
  std::multimap<pid_t, pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t process = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), process).ec != std::errc{})
      continue;
    if (const auto stat = read_stat(process)) children.emplace(stat->parent, process);
  }
  return children;
}

long count_descriptors(pid_t process) {
  std::error_code failed;  // it may have ended
  const std::filesystem::directory_iterator entries(path_of(process, "fd"), failed);
  return failed ? 0 : std::distance(begin(entries), end(entries));
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::vector<pid_t> ServerUsage::processes() const {
  std::vector<pid_t> found = roots_;
  if (found.empty()) return found;
  const auto children = children_by_parent();
  for (size_t at = 0; at < found.size(); ++at) {
    const auto [first, last] = children.equal_range(found[at]);
    for (auto child = first; child != last; ++child) {
      if (std::find(found.begin(), found.end(), child->second) == found.end()) {
        found.push_back(child->second);
      }
    }
  }
  return found;
}

CpuSeconds ServerUsage::cpu() const {
  CpuSeconds sum;
  for (const pid_t process : processes()) {
    const auto stat = read_stat(process);
    if (!stat) continue;
    sum.user += stat->cpu.user;
    sum.system += stat->cpu.system;
  }
  return sum;
}

Memory ServerUsage::memory() const {
  Memory sum;
  for (const pid_t process : processes()) {
    std::ifstream smaps(path_of(process, "smaps"));
    add_mappings(smaps, sum);
    sum.descriptors += count_descriptors(process);
  }
  return sum;
}

void add_mappings(std::istream& smaps, Memory& memory) {
  bool is_memfd = false;
  for (std::string line; std::getline(smaps, line);) {
    // A mapping begins with its addresses, in small letters; its fields have names in capitals.
    if (line.empty() || line[0] < 'A' || line[0] > 'Z') {
      is_memfd = line.find(" /memfd:") != std::string::npos;
    } else if (line.starts_with("Pss: ")) {
      (is_memfd ? memory.memfd_kb : memory.pss_kb) += std::stol(line.substr(5));
    } else if (line.starts_with("Rss: ") && !is_memfd) {
      memory.rss_kb += std::stol(line.substr(5));
    }
  }
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double machine_cpu_seconds() {
  std::ifstream stat("/proc/stat");
  std::string name;
  std::array<double, 8> ticks{};
  stat >> name;
  for (double& count : ticks) stat >> count;
  const auto [user, nice, system, idle, waiting, interrupts, soft, stolen] = ticks;
  return (user + nice + system + interrupts + soft + stolen) / ticks_per_second();
}

}  // namespace banterd::bench
