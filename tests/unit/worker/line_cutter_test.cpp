#include "worker/line_cutter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using banterd::worker::LineCutter;
using banterd::worker::rest_of_line;

namespace {

// Keeps input as a connection does, and notes the lines; "!" stands for one that is too long.
struct Reader {
  explicit Reader(size_t max_bytes) : cutter(max_bytes) {}

  void read(std::string_view bytes) {
    input += bytes;
    while (take(cutter.next(input))) {
    }
    most_kept = std::max(most_kept, input.size());
  }
  void end() {
    while (take(cutter.last(input))) {
    }
  }
  bool take(const LineCutter::Cut& cut) {
    if (cut.line) lines.push_back(cut.line->too_long ? "!" : std::string(cut.line->text));
    if (cut.line && cut.line->too_long) CHECK(cut.line->text.empty());
    input.erase(0, cut.consumed);
    return cut.consumed > 0;
  }

  LineCutter cutter;
  std::string input;
  std::vector<std::string> lines;
  size_t most_kept = 0;
};

using Lines = std::vector<std::string>;

// The lines, when all comes at once or in parts of any size.
Lines lines_of(std::string_view bytes, size_t max_bytes) {
  Reader whole(max_bytes);
  whole.read(bytes);
  whole.end();
  CHECK(whole.input.empty());
  for (size_t part = 1; part < bytes.size(); ++part) {
    Reader parts(max_bytes);
    for (size_t i = 0; i < bytes.size(); i += part) parts.read(bytes.substr(i, part));
    CHECK(parts.most_kept <= max_bytes + 1);
    parts.end();
    CHECK(parts.lines == whole.lines);
    CHECK(parts.input.empty());
  }
  return whole.lines;
}

}  // namespace

TEST_SUITE("worker/line_cutter") {
  TEST_CASE("lines end in LF or CRLF, and may be empty") {
    CHECK(lines_of("one\ntwo\r\n\n\r\nthree\n", 100) == Lines{"one", "two", "", "", "three"});
  }

  TEST_CASE("a CR elsewhere belongs to the line, and only one belongs to its end") {
    CHECK(lines_of("a\rb\n\rc\r\r\n", 100) == Lines{"a\rb", "\rc\r"});
  }

  TEST_CASE("a NUL belongs to the line") {
    CHECK(lines_of(std::string_view("a\0b\n", 4), 100) == Lines{std::string("a\0b", 3)});
  }

  TEST_CASE("a line exactly at the limit is one, a byte more is too long") {
    CHECK(lines_of("12345\n12345\r\n", 5) == Lines{"12345", "12345"});
    CHECK(lines_of("123456\nok\n", 5) == Lines{"!", "ok"});
    CHECK(lines_of("123456\r\nok\n", 5) == Lines{"!", "ok"});
    CHECK(lines_of("12345\r6\nok\n", 5) == Lines{"!", "ok"});
    CHECK(lines_of("12345\r\r\nok\n", 5) == Lines{"!", "ok"});
  }

  TEST_CASE("what is left at the end is a line") {
    CHECK(lines_of("one\ntwo", 100) == Lines{"one", "two"});
    CHECK(lines_of("one\r", 100) == Lines{"one"});
    CHECK(lines_of("one\n", 100) == Lines{"one"});
    CHECK(lines_of("12345\r", 5) == Lines{"12345"});
    CHECK(lines_of("123456", 5) == Lines{"!"});
    CHECK(lines_of("123456789", 5) == Lines{"!"});
    CHECK(lines_of("", 5) == Lines{});
    CHECK(lines_of("\r", 5) == Lines{});
  }

  TEST_CASE("a line that is too long is told once, before it ends, and costs no memory") {
    Reader reader(10);
    reader.read("0123456789a");
    CHECK(reader.lines == Lines{"!"});
    for (int i = 0; i < 1000; ++i) reader.read("more and more and more");
    CHECK(reader.lines == Lines{"!"});
    CHECK(reader.most_kept <= 11);
    reader.read("the end\nnext\n");
    CHECK(reader.lines == Lines{"!", "next"});
  }

  TEST_CASE("two lines in a row may be too long") {
    CHECK(lines_of("123456\n123456789\nok\n", 5) == Lines{"!", "!", "ok"});
  }

  TEST_CASE("a text that was not consumed yet is not searched again") {
    // 10 MB byte by byte: searching anew each time would take 50,000,000,000,000 steps.
    const std::string text(10'000'000, 'x');
    LineCutter cutter(text.size());
    size_t waited = 0;
    for (size_t i = 1; i <= text.size(); ++i) {
      const LineCutter::Cut cut = cutter.next(std::string_view(text).substr(0, i));
      if (!cut.line && cut.consumed == 0) ++waited;
    }
    CHECK(waited == text.size());
    CHECK(cutter.last(text).line->text.size() == text.size());
  }

  TEST_CASE("the end of a line that is written in part is found") {
    CHECK(rest_of_line("one\ntwo\n", 0) == 0);
    CHECK(rest_of_line("one\ntwo\n", 1) == 3);
    CHECK(rest_of_line("one\ntwo\n", 3) == 1);
    CHECK(rest_of_line("one\ntwo\n", 4) == 0);
    CHECK(rest_of_line("one\ntwo\n", 8) == 0);
    CHECK_FALSE(rest_of_line("one", 1).has_value());
  }
}
