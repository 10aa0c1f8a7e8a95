#include "base/utf8.h"

#include <doctest/doctest.h>

#include <string>

using namespace banterd::base;
using namespace std::string_view_literals;

TEST_SUITE("base/utf8") {
  TEST_CASE("characters of one to four bytes are valid, NUL too") {
    for (const std::string_view text :
         {""sv, "plain"sv, "\0"sv, "Grüße"sv, "日本語"sv, "a\0ä€😀\U0010FFFF"sv}) {
      CHECK(is_valid_utf8(text));
      CHECK(find_bad_utf8(text) == std::string_view::npos);
    }
  }

  TEST_CASE("the first byte that begins no character is told") {
    for (const std::string_view bad :
         {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC0\xAF"sv, "\xC1\xBF"sv, "\xC3"sv, "\xC3x"sv,
          "\xE0\x80\xAF"sv, "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv, "\xE2\x82"sv, "\xF0\x8F\xBF\xBF"sv,
          "\xF4\x90\x80\x80"sv, "\xF0\x9F\x98"sv, "\xF5\x80\x80\x80"sv, "\xFE\xFE"sv, "\xFF"sv}) {
      CHECK_FALSE(is_valid_utf8(bad));
      CHECK(find_bad_utf8(bad) == 0);
      CHECK(find_bad_utf8("plain ä" + std::string(bad)) == 8);
      CHECK(first_code_point(bad).bytes == 0);
    }
  }

  TEST_CASE("the first code point is taken for itself, whatever follows") {
    const auto is = [](std::string_view text, char32_t value, size_t bytes) {
      const CodePoint first = first_code_point(text);
      return first.value == value && first.bytes == bytes;
    };
    CHECK(is("x\xFF", U'x', 1));
    CHECK(is("\0"sv, U'\0', 1));
    CHECK(is("äx", U'ä', 2));
    CHECK(is("€x", U'€', 3));
    CHECK(is("😀x", U'😀', 4));
    CHECK(is("\U0010FFFF", U'\U0010FFFF', 4));
  }
}
