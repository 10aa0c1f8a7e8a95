#include "base/write_now.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <string>

#include "base/unique_fd.h"

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

// Writes lines until one is not taken whole, and what of it was; and until nothing is.
size_t fill(int fd, const std::string& line) {
  size_t written = 0;
  size_t all = 0;
  while ((written = write_now(fd, line)) > 0) all += written;
  return all;
}

}  // namespace

TEST_SUITE("base/write_now") {
  TEST_CASE("what the reader does not take is not waited for, and goes on once it reads") {
    // An odd length: no buffer is full at the end of a line.
    const std::string line = std::string(333, 'x') + "\n";
    for (const auto make : {pipe_ends, socket_ends, terminal_ends}) {
      const Ends ends = make();
      const int flags = ::fcntl(ends.writer.get(), F_GETFL);
      const size_t taken = fill(ends.writer.get(), line);
      CHECK(taken > 10 * line.size());
      std::string buffer(taken * 2, '\0');
      CHECK(::read(ends.reader.get(), buffer.data(), buffer.size()) > 0);
      CHECK(fill(ends.writer.get(), line) > 0);
      CHECK(::fcntl(ends.writer.get(), F_GETFL) == flags);
    }
  }

  TEST_CASE("a pipe takes a line as a whole or not at all") {
    const Ends ends = pipe_ends();
    const std::string line(PIPE_BUF - 1, 'x');
    CHECK(fill(ends.writer.get(), line) % line.size() == 0);
  }

  TEST_CASE("a file takes everything, at its own place") {
    const UniqueFd file(::memfd_create("write_now_test", MFD_CLOEXEC));
    CHECK(write_now(file.get(), "one ") == 4);
    CHECK(::write(file.get(), "two ", 4) == 4);
    CHECK(write_now(file.get(), "three") == 5);
    char text[32] = "";
    CHECK(::pread(file.get(), text, sizeof text, 0) == 13);
    CHECK(std::string(text) == "one two three");
  }

  TEST_CASE("what has no reader any more takes nothing") {
    Ends ends = socket_ends();
    ends.reader.reset();
    CHECK(write_now(ends.writer.get(), "x") == 0);
    CHECK(write_now(-1, "x") == 0);
  }
}
