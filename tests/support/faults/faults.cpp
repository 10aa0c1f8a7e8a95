// base::fault() for the programs banterd_faulty and unit_master: the file that BANTERD_FAULT names
// says which step is to fail, and how: "STEP fail", "STEP die" (SIGKILL) or "STEP stop" (SIGSTOP).
// The first process that comes to the step takes the file away: each fault happens once. Not so
// "LINE crash": whoever takes that line of a client's ends with SIGSEGV, as often as it comes.
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
  if (action == "crash") {
    const std::string_view line = step.substr(0, step.find_last_not_of("\r\n") + 1);
    if (wanted != line) return false;
    std::signal(SIGSEGV, SIG_DFL);
    std::raise(SIGSEGV);
  }
  if (wanted != step || ::unlink(file) != 0) return false;
  if (action == "die") ::kill(::getpid(), SIGKILL);
  if (action == "stop") ::raise(SIGSTOP);
  return action == "fail";
}

}  // namespace banterd::base
