// base::fault() for the programs banterd_faulty and unit_master: the file that BANTERD_FAULT names
// says which step is to fail, and how: "STEP fail", "STEP die" (SIGKILL), "STEP abort" (SIGABRT) or
// "STEP stop" (SIGSTOP). The first process that comes to the step takes the file away: each fault
// happens once. Not so "STEP crash": whoever comes to that step, or is about that line of a
// client's, ends with SIGSEGV, as often as it comes. There may be several, one behind the other.
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
  std::ifstream faults(file);
  while (faults >> wanted >> action && wanted != step) {
  }
  if (wanted != step) return false;
  if (action == "crash") {
    std::signal(SIGSEGV, SIG_DFL);
    std::raise(SIGSEGV);
  }
  if (::unlink(file) != 0) return false;
  if (action == "die") ::kill(::getpid(), SIGKILL);
  if (action == "abort") std::abort();
  if (action == "stop") ::raise(SIGSTOP);
  return action == "fail";
}

}  // namespace banterd::base
