// How a child ended, for people and for the back-off. Pure.
#pragma once

#include <string>

namespace banterd::master {

// Of a status as waitpid(2) gives it: "exit status 3", "signal SIGSEGV", "signal SIGABRT, core
// dumped".
std::string describe_death(int wait_status);

bool died_of_sigkill(int wait_status);

}  // namespace banterd::master
