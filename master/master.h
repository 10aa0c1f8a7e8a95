// The master process from its first socket to its last worker's end (docs/architecture.md,
// "Processes"). It accepts connections and gives them to workers, starts and reaps workers, turns
// signals into what they do, and reads no byte that a client sent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/config.h"

namespace banterd::master {

struct Plan {
  conf::Config config;
  std::string config_text;                // what `config` was read from: workers read it again
  std::string config_name;                // for messages
  std::string binary = "/proc/self/exe";  // what workers run
  // For reloads: where the next program and configuration are found, and how this one was called.
  std::string binary_path = {};  // empty: where the program that runs was found when it started
  std::optional<std::string> config_file = {};  // without it: the built-in default
  std::vector<std::string> arguments = {"banterd"};
};

// Serves until SIGINT or SIGTERM. Returns the process's exit code (ipc/contract.h); the reason for
// any but exit_ok is logged.
int run(Plan plan);

// As run(), after an exec in place: goes on from the state on that descriptor (master/state.h).
int resume(int state_descriptor);

}  // namespace banterd::master
