#include "base/shared_output.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <string>

#include "base/unique_fd.h"
#include "tests/support/wait_readable.h"

using namespace banterd::base;

namespace {

// The two ends of something whose reader may leave off reading.
struct Ends {
  UniqueFd reader;
  UniqueFd writer;
};

Ends pipe_ends() {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends socket_ends() {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends terminal_ends() {
  UniqueFd screen(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(screen);
  REQUIRE(::grantpt(screen.get()) == 0);
  REQUIRE(::unlockpt(screen.get()) == 0);
  UniqueFd terminal(::open(::ptsname(screen.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(terminal);
  return {std::move(screen), std::move(terminal)};
}

// Writes lines until nothing is taken any more. How many bytes were.
size_t fill(SharedOutput& output, const std::string& line) {
  size_t written = 0;
  size_t all = 0;
  while ((written = output.write_now(line)) > 0) all += written;
  return all;
}

void read_away(int fd, size_t bytes) {
  char buffer[4096];
  while (bytes > 0) {
    REQUIRE(banterd::tests::wait_readable(fd));
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    REQUIRE(got > 0);
    bytes -= std::min(bytes, static_cast<size_t>(got));
  }
}

}  // namespace

TEST_SUITE("base/shared_output") {
  TEST_CASE("what the reader does not take is not waited for, and goes on once it reads") {
    // An odd length: no buffer is full at the end of a line.
    const std::string line = std::string(333, 'x') + "\n";
    for (const auto make : {pipe_ends, socket_ends, terminal_ends}) {
      const Ends ends = make();
      const int flags = ::fcntl(ends.writer.get(), F_GETFL);
      SharedOutput output(ends.writer.get());
      const size_t taken = fill(output, line);
      CHECK(taken > 10 * line.size());
      read_away(ends.reader.get(), taken);
      CHECK(fill(output, line) > 0);
      CHECK(::fcntl(ends.writer.get(), F_GETFL) == flags);
    }
  }

  TEST_CASE("a pipe takes a line as a whole or not at all") {
    const Ends ends = pipe_ends();
    const std::string line(PIPE_BUF - 1, 'x');
    SharedOutput output(ends.writer.get());
    CHECK(fill(output, line) % line.size() == 0);
  }

  TEST_CASE("without a descriptor to spare a full pipe is not waited for either") {
    const Ends ends = pipe_ends();
    const std::string line(333, 'x');
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{1, before.rlim_max};  // poll(2) wants 1
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    SharedOutput output(ends.writer.get());
    const size_t taken = fill(output, line);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(taken > 0);
    CHECK(taken % line.size() == 0);
  }

  TEST_CASE("a file takes everything, at its own place") {
    const UniqueFd file(::memfd_create("shared_output_test", MFD_CLOEXEC));
    SharedOutput output(file.get());
    CHECK(output.write_now("one ") == 4);
    CHECK(::write(file.get(), "two ", 4) == 4);
    CHECK(output.write_now("three") == 5);
    char text[32] = "";
    CHECK(::pread(file.get(), text, sizeof text, 0) == 13);
    CHECK(std::string(text) == "one two three");
  }

  TEST_CASE("what takes the place of a pipe under its number is written to") {
    const Ends before = pipe_ends();
    const Ends after = pipe_ends();
    SharedOutput output(before.writer.get());
    CHECK(output.write_now("one") == 3);
    REQUIRE(::dup2(after.writer.get(), before.writer.get()) >= 0);
    CHECK(output.write_now("two") == 3);
    char text[8] = "";
    REQUIRE(banterd::tests::wait_readable(after.reader.get()));
    CHECK(::read(after.reader.get(), text, sizeof text) == 3);
    CHECK(std::string(text) == "two");
  }

  TEST_CASE("what has no reader any more takes nothing") {
    Ends ends = socket_ends();
    ends.reader.reset();
    CHECK(SharedOutput(ends.writer.get()).write_now("x") == 0);
    CHECK(SharedOutput(-1).write_now("x") == 0);
  }
}
