#include "master/death.h"

#include <doctest/doctest.h>

#include <csignal>

using banterd::master::describe_death;
using banterd::master::died_of_sigkill;

TEST_SUITE("master/death") {
  // wait statuses as Linux builds them: the exit status in the second byte, or the signal in the
  // lowest seven bits.
  TEST_CASE("a death is described by its exit status or its signal") {
    CHECK(describe_death(3 << 8) == "exit status 3");
    CHECK(describe_death(0) == "exit status 0");
    CHECK(describe_death(SIGSEGV) == "signal SIGSEGV");
    CHECK(describe_death(SIGABRT | 0x80) == "signal SIGABRT, core dumped");
  }

  TEST_CASE("only SIGKILL is SIGKILL") {
    CHECK(died_of_sigkill(SIGKILL));
    CHECK_FALSE(died_of_sigkill(SIGTERM));
    CHECK_FALSE(died_of_sigkill(SIGKILL << 8));
  }
}
