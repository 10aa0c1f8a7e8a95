#include "base/byte_scan.h"

#include <doctest/doctest.h>

#include <string>

namespace banterd::base {

namespace {

constexpr auto kControl = [](Bytes bytes) { return below(bytes, 0x20); };
constexpr auto kQuote = [](Bytes bytes) { return equal(bytes, '"'); };

struct LineEnds {
  static constexpr uint8_t kHighest = '\r';
  static bool has(char c) { return c == '\r' || c == '\n'; }
};

}  // namespace

TEST_SUITE("base/byte_scan") {
  TEST_CASE("each byte is found wherever it stands, and no other in its place") {
    for (int value = 0; value < 256; ++value) {
      const char byte = static_cast<char>(value);
      for (size_t size = 1; size <= 40; ++size) {
        for (size_t place = 0; place < size; ++place) {
          std::string text(size, 'a');
          text[place] = byte;
          CAPTURE(value);
          CAPTURE(size);
          CAPTURE(place);
          REQUIRE(find_byte(text, kControl) == (value < 0x20 ? place : size));
          REQUIRE(find_byte(text, kQuote) == (value == '"' ? place : size));
          REQUIRE(find_byte(text, not_ascii) == (value >= 0x80 ? place : size));
        }
      }
    }
  }

  TEST_CASE("the first of several is found, whatever stands beside it") {
    CHECK(find_byte("01234567\x1f\x01", kControl) == 8);
    CHECK(find_byte("!\"\"!", kQuote) == 1);
    CHECK(find_byte(std::string("abc\x00\x20", 5), kControl) == 3);
    CHECK(find_byte("\x20\xff\x80\x7f", kControl) == 4);
  }

  TEST_CASE("bytes of a set are found among others that are as low") {
    for (size_t size = 1; size <= 40; ++size) {
      for (size_t place = 0; place < size; ++place) {
        std::string text(size, '\t');
        CHECK(find_low<LineEnds>(text) == size);
        text[place] = '\n';
        CHECK(find_low<LineEnds>(text) == place);
      }
    }
    CHECK(find_low<LineEnds>("a\r\n") == 1);
    CHECK(find_low<LineEnds>("a\x8d\x8a") == 3);
  }

  TEST_CASE("nothing is in nothing") { CHECK(find_byte("", kQuote) == 0); }
}

}  // namespace banterd::base
