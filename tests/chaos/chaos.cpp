// banterd_chaos: runs banterd under load, reloads it and kills its workers, and checks what every
// client sees. Can run for an hour; its exit status says whether all was well.
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "tests/chaos/options.h"
#include "tests/chaos/run.h"

namespace {

constexpr int kFaults = 1;
constexpr int kNoRun = 2;

// Each client takes one descriptor here; the server inherits the limit, and takes about as many.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace banterd::chaos;
  int exit_code = 0;
  const auto options = parse_options(argc, argv, exit_code);
  if (!options) return exit_code;
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  Run run(*options);
  const auto well = run.run();
  if (!well) {
    std::fprintf(stderr, "banterd_chaos: %s\n", well.error().context.c_str());
    return kNoRun;
  }
  if (*well) return 0;
  if (options->log.empty()) {
    std::printf("---- the end of the server's log (--log keeps all of it) ----\n");
    for (const std::string& line : run.last_log_lines()) std::printf("%s\n", line.c_str());
  }
  return kFaults;
}
