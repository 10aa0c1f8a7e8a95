#include "conf/utf8.h"

#include <doctest/doctest.h>

#include <string>

using namespace banterd::conf;
using namespace std::string_view_literals;

TEST_SUITE("conf/utf8") {
  TEST_CASE("characters of one to four bytes are valid, NUL too") {
    CHECK(find_bad_utf8("") == std::string_view::npos);
    CHECK(find_bad_utf8("a\0ä€😀\U0010FFFF"sv) == std::string_view::npos);
    CHECK(utf8_length("😀x") == 4);
    CHECK(utf8_length("€x") == 3);
    CHECK(utf8_length("äx") == 2);
    CHECK(utf8_length("x") == 1);
  }

  TEST_CASE("the first byte that begins no character is told") {
    for (const std::string_view bad :
         {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xC3"sv, "\xC3x"sv, "\xE0\x9F\xBF"sv,
          "\xED\xA0\x80"sv, "\xE2\x82"sv, "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv,
          "\xF0\x9F\x98"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv}) {
      CHECK(utf8_length(bad) == 0);
      CHECK(find_bad_utf8("ä" + std::string(bad)) == 2);
    }
  }
}
