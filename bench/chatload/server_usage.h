// What a server's processes, the given ones and all below them, have used: CPU and memory, from
// /proc (proc(5)). A process that ends meanwhile is left out. Without given processes all is 0.
#pragma once

#include <sys/types.h>

#include <iosfwd>
#include <vector>

namespace banterd::bench {

struct CpuSeconds {
  double user = 0;
  double system = 0;
  [[nodiscard]] double sum() const { return user + system; }
};

struct Memory {
  long pss_kb = 0;    // proportional set size, without memfds
  long rss_kb = 0;    // the same for the resident set size
  long memfd_kb = 0;  // PSS of mapped memfds: banterd's journals
  long descriptors = 0;
};

class ServerUsage {
 public:
  explicit ServerUsage(std::vector<pid_t> roots) : roots_(std::move(roots)) {}

  // Since the processes began; the kernel counts in hundredths of a second.
  [[nodiscard]] CpuSeconds cpu() const;
  [[nodiscard]] Memory memory() const;

 private:
  [[nodiscard]] std::vector<pid_t> processes() const;

  std::vector<pid_t> roots_;
};

// Adds the mappings that /proc/PID/smaps lists.
void add_mappings(std::istream& smaps, Memory& memory);

// CPU seconds of this process, and of all processes on the machine.
double own_cpu_seconds();
double machine_cpu_seconds();

}  // namespace banterd::bench
