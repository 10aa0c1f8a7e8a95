#include "master/death.h"

#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace banterd::master {

std::string describe_death(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit status " + std::to_string(WEXITSTATUS(wait_status));
  if (!WIFSIGNALED(wait_status)) return "wait status " + std::to_string(wait_status);
  const int number = WTERMSIG(wait_status);
  const char* const name = sigabbrev_np(number);
  const std::string text =
      name != nullptr ? std::string("signal SIG") + name : "signal " + std::to_string(number);
  return WCOREDUMP(wait_status) ? text + ", core dumped" : text;
}

bool died_of_sigkill(int wait_status) {
  return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;
}

}  // namespace banterd::master
