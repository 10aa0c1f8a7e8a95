// base::fault() for the programs banterd_faulty and unit_master: the file that BANTERD_FAULT names
// says which step is to fail, and how: "STEP fail", "STEP die" (SIGKILL) or "STEP stop" (SIGSTOP).
// The first process that comes to the step takes the file away: each fault happens once.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/fault.h"

namespace banterd::base {

bool fault(std::string_view step) {
  const char* const file = std::getenv("BANTERD_FAULT");
  if (file == nullptr) return false;
  std::string wanted;
  std::string action;
  std::ifstream(file) >> wanted >> action;
  if (wanted != step || ::unlink(file) != 0) return false;
  if (action == "die") ::kill(::getpid(), SIGKILL);
  if (action == "stop") ::raise(SIGSTOP);
  return action == "fail";
}

}  // namespace banterd::base
