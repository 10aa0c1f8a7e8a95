#include "conf/motd.h"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.h"

using namespace banterd;

namespace {

// What is read of a file with that content; its path is cut out of errors.
std::string read(const std::string& content) {
  const tests::TemporaryFolder folder;
  const std::string path = folder.write("motd", content);
  const auto text = conf::read_motd(path);
  if (text) return *text;
  CHECK(text.error().context.starts_with(path + ": "));
  return "wrong: " + text.error().context.substr(path.size() + 2);
}

}  // namespace

TEST_SUITE("conf/motd") {
  TEST_CASE("a text is read as it is, formatting codes and all") {
    for (const char* text : {"", "hello\nworld\n", "ä\r\n\r\n", "\x02 bold \x03 4,5"})
      CHECK(read(text) == text);
    CHECK(read(std::string(conf::kMaxMotdBytes, 'x')).size() == conf::kMaxMotdBytes);
  }

  TEST_CASE("what no client could be sent is refused, with the line") {
    CHECK(read("one\ntwo\nthr\xE4\n") == "wrong: line 3 is not valid UTF-8 text");
    CHECK(read(std::string("a\0b", 3)) == "wrong: line 1 is not valid UTF-8 text");
    CHECK(read(std::string(conf::kMaxMotdBytes + 1, 'x')) == "wrong: larger than 65536 bytes");
  }

  TEST_CASE("what is no regular file is refused: a FIFO would wait for somebody who writes") {
    CHECK(conf::read_motd("/dev/null").error().context ==
          "/dev/null: is no regular file, and cannot be read again");
  }

  TEST_CASE("a file that is not there is told by its path") {
    CHECK(conf::read_motd("/nonexistent/motd").error().context ==
          "/nonexistent/motd: No such file or directory");
  }
}
