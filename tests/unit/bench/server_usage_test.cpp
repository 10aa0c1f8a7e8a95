#include "bench/chatload/server_usage.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <vector>

namespace banterd::bench {

namespace {

TEST_SUITE_BEGIN("bench/server_usage");

TEST_CASE("journals are counted apart from the rest of the memory") {
  std::istringstream smaps(
      "55d0c0000000-55d0c0021000 rw-p 00000000 00:00 0          [heap]\n"
      "Size:                132 kB\n"
      "Rss:                 100 kB\n"
      "Pss:                  90 kB\n"
      "Pss_Dirty:            80 kB\n"
      "VmFlags: rd wr mr mw me ac sd\n"
      "7f0000000000-7f0001000000 rw-s 00000000 00:01 42   /memfd:banterd-journal-0 (deleted)\n"
      "Rss:                7000 kB\n"
      "Pss:                3500 kB\n"
      "7f0002000000-7f0002001000 r-xp 00000000 08:01 9    /usr/lib/libc.so.6\n"
      "Rss:                  12 kB\n"
      "Pss:                   3 kB\n");
  Memory memory;
  add_mappings(smaps, memory);
  CHECK(memory.pss_kb == 93);
  CHECK(memory.rss_kb == 112);
  CHECK(memory.memfd_kb == 3500);
}

TEST_CASE("the processes below a server's count as its own") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const ServerUsage usage({::getpid()});
  const Memory alone = usage.memory();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    char byte = 0;
    ::close(ends[1]);
    (void)!::read(ends[0], &byte, 1);
    ::_exit(0);
  }
  const Memory both = usage.memory();
  CHECK(both.descriptors > alone.descriptors);
  CHECK(both.rss_kb > alone.rss_kb);
  CHECK(usage.cpu().sum() >= ServerUsage({child}).cpu().sum());
  ::close(ends[1]);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
}

TEST_CASE("without a process, or with one that has ended, nothing is used") {
  CHECK(ServerUsage({}).memory().rss_kb == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  CHECK(ServerUsage({child}).memory().rss_kb == 0);
  CHECK(ServerUsage({child}).cpu().sum() == 0);
}

TEST_SUITE_END();

}  // namespace

}  // namespace banterd::bench
