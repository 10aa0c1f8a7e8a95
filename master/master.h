// The master process from its first socket to its last worker's end (docs/architecture.md,
// "Processes"): wires the parts of this folder together and turns signals into what they do. It
// accepts connections and gives them to workers, starts and reaps workers, and reads no byte that a
// client sent.
#pragma once

#include <string>

#include "conf/config.h"

namespace banterd::master {

struct Plan {
  conf::Config config;
  std::string config_text;                // what `config` was read from: workers read it again
  std::string config_name;                // for messages
  std::string binary = "/proc/self/exe";  // what workers run
};

// Serves until SIGINT or SIGTERM. Returns the process's exit code (ipc/contract.h); the reason for
// any but exit_ok is logged.
int run(Plan plan);

}  // namespace banterd::master
