#include "client/piped_input.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/unique_fd.h"

namespace banterd::client {

namespace {

struct Pipe {
  base::UniqueFd read_end;
  base::UniqueFd write_end;

  Pipe() {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
  void write_all(std::string_view bytes) const {
    REQUIRE(::write(write_end.get(), bytes.data(), bytes.size()) ==
            static_cast<ssize_t>(bytes.size()));
  }
};

// Reads `fd` to its end and gives all of it.
std::string read_to_end(int fd) {
  base::Loop loop;
  std::string all;
  auto input = PipedInput::create(
      loop, fd,
      {.on_bytes = [&](std::string_view bytes) { all += bytes; }, .on_end = [&] { loop.stop(); }});
  REQUIRE(input);
  loop.run();
  return all;
}

}  // namespace

TEST_SUITE("client/piped_input") {
  TEST_CASE("a pipe is read to its end") {
    Pipe pipe;
    pipe.write_all("one\ntwo");
    pipe.write_end.reset();
    CHECK(read_to_end(pipe.read_end.get()) == "one\ntwo");
  }

  TEST_CASE("a regular file, which epoll refuses, is read to its end") {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    const std::string text(100'000, 'x');
    REQUIRE(std::fwrite(text.data(), 1, text.size(), file) == text.size());
    std::rewind(file);
    CHECK(read_to_end(fileno(file)) == text);
    std::fclose(file);
  }

  TEST_CASE("the pipe, which others may share, stays blocking") {
    Pipe pipe;
    base::Loop loop;
    auto input = PipedInput::create(loop, pipe.read_end.get(),
                                    {.on_bytes = [](std::string_view) {}, .on_end = [] {}});
    REQUIRE(input);
    CHECK((fcntl(pipe.read_end.get(), F_GETFL) & O_NONBLOCK) == 0);
  }

  TEST_CASE("a paused input reads nothing, and goes on where it stopped") {
    Pipe pipe;
    base::Loop loop;
    std::string all;
    auto input = PipedInput::create(loop, pipe.read_end.get(),
                                    {.on_bytes = [&](std::string_view bytes) { all += bytes; },
                                     .on_end = [&] { loop.stop(); }});
    REQUIRE(input);
    pipe.write_all("text");
    pipe.write_end.reset();
    (*input)->pause(true);
    loop.run();  // returns at once: nothing is watched
    CHECK(all.empty());
    (*input)->pause(false);
    loop.run();
    CHECK(all == "text");
  }
}

}  // namespace banterd::client
