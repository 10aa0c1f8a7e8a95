// Processes, descriptors and memory of the server, at first and at last, for each number of workers
// apart: more workers need more.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

namespace banterd::chaos {

struct Footprint {
  std::chrono::duration<double> at{};  // since the load began
  size_t processes = 0;
  size_t descriptors = 0;
  size_t memory_bytes = 0;  // without journals
};

class Growth {
 public:
  struct Span {
    Footprint first;
    Footprint last;
  };

  // Looks at the server. Nothing is kept while it has another number of processes than it should
  // have: then somebody comes or goes just now. Returns whether it had the right one.
  bool look(pid_t master, uint32_t workers, std::chrono::duration<double> at);
  [[nodiscard]] const std::map<uint32_t, Span>& by_workers() const { return spans_; }

 private:
  std::map<uint32_t, Span> spans_;
};

}  // namespace banterd::chaos
