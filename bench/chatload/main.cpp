// chatload: loads a chat server on this machine and measures it. bench/README.md.
//
// Every message carries a marker; a delivery is any line, or WebSocket message, that has one in it,
// whatever else the server wrote around it. One thread, one epoll set.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "bench/chatload/modes.h"

namespace {

using namespace banterd::bench;

// Ends the program, by SIGALRM, should the server never do what is waited for.
constexpr unsigned kLongestRunSeconds = 590;
constexpr rlim_t kDescriptors = 1'048'576;

void raise_descriptor_limit() {
  const rlimit wanted{kDescriptors, kDescriptors};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const Options& options) {
  switch (options.mode) {
    case Mode::fanout:
    case Mode::rooms:
      return run_traffic(options);
    case Mode::connect:
      return run_connect(options);
    case Mode::idle:
      return run_idle(options);
    case Mode::slow:
      return run_slow(options);
  }
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  ::alarm(kLongestRunSeconds);
  raise_descriptor_limit();
  return run(options);
}
