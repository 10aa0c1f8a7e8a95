#include "base/utf8.h"

#include <doctest/doctest.h>

#include <string>

using namespace std::string_literals;
using banterd::base::is_valid_utf8;

TEST_SUITE("base/utf8") {
  TEST_CASE("UTF-8 is told from what is none") {
    for (const auto& text :
         {""s, "plain"s, "\0"s, "Grüße"s, "日本語"s, "🙂"s, "\xf4\x8f\xbf\xbf"s}) {
      CHECK(is_valid_utf8(text));
    }
    for (const auto& text : {"\xff"s, "\x80"s, "\xc3"s, "\xe2\x82"s, "a\xc3("s, "\xc0\xaf"s,
                             "\xe0\x80\xaf"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s, "\xfe\xfe"s}) {
      CHECK_FALSE(is_valid_utf8(text));
    }
  }
}
