#include "client/line_splitter.h"

#include <doctest/doctest.h>

#include <vector>

namespace banterd::client {

namespace {

using Lines = std::vector<std::string>;

struct Collector {
  LineSplitter splitter;
  Lines lines;

  void feed(std::string_view bytes) {
    splitter.feed(bytes, [this](std::string_view line) { lines.emplace_back(line); });
  }
  void finish() {
    splitter.finish([this](std::string_view line) { lines.emplace_back(line); });
  }
};

}  // namespace

TEST_SUITE("client/line_splitter") {
  TEST_CASE("several lines in one read come one by one, empty ones too") {
    Collector collector;
    collector.feed("one\n\ntwo\n");
    CHECK(collector.lines == Lines{"one", "", "two"});
  }

  TEST_CASE("a line that arrives byte by byte is one line") {
    Collector collector;
    for (const char c : std::string_view("* Hello\r\nmore")) collector.feed({&c, 1});
    CHECK(collector.lines == Lines{"* Hello"});
  }

  TEST_CASE("LF and CRLF both end a line, and a CR elsewhere stays") {
    Collector collector;
    collector.feed("a\r\nb\rc\nd\r\r\n");
    CHECK(collector.lines == Lines{"a", "b\rc", "d\r"});
  }

  TEST_CASE("the unfinished end of a stream is its last line") {
    Collector collector;
    collector.feed("one\nleft over");
    collector.finish();
    collector.finish();
    CHECK(collector.lines == Lines{"one", "left over"});
  }

  TEST_CASE("nothing is left over after a finished line") {
    Collector collector;
    collector.feed("one\n");
    collector.finish();
    CHECK(collector.lines == Lines{"one"});
  }

  TEST_CASE("a line without an end is cut into pieces of bounded size and loses nothing") {
    Collector collector;
    const std::string endless(2 * kMaxLineBytes + 10, 'x');
    collector.feed(endless.substr(0, 100));
    collector.feed(endless.substr(100) + "\nnext\n");
    REQUIRE(collector.lines.size() == 4);
    CHECK(collector.lines[0].size() == kMaxLineBytes);
    CHECK(collector.lines[1].size() == kMaxLineBytes);
    CHECK(collector.lines[2].size() == 10);
    CHECK(collector.lines[3] == "next");
  }
}

}  // namespace banterd::client
