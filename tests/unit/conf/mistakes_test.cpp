#include "conf/mistakes.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace banterd::conf {

TEST_SUITE("conf/mistakes") {
  TEST_CASE("mistakes are shown in the order of the text, one per line") {
    Mistakes mistakes;
    mistakes.add({3, 1}, "later");
    mistakes.add({1, 9}, "first");
    mistakes.add({1, 10}, "second");
    CHECK(mistakes.count() == 3);
    CHECK(mistakes.report("a.json") == "a.json:1:9: first\na.json:1:10: second\na.json:3:1: later");
  }

  TEST_CASE("only the first twenty are shown, then how many more there are") {
    Mistakes mistakes;
    for (uint32_t line = 1; line <= 23; ++line) mistakes.add({line, 1}, "wrong");
    const std::string report = mistakes.report("a.json");
    CHECK(std::count(report.begin(), report.end(), '\n') == 20);
    CHECK(report.ends_with("a.json:20:1: wrong\na.json: and 3 more mistakes"));
  }

  TEST_CASE("a quoted text has no control characters and is cut between characters") {
    CHECK(quoted("a\x1b[2J\x7f") == "\"a?[2J?\"");
    CHECK(quoted("a\xC2\x9Bm") == "\"a?m\"");
    CHECK(quoted(std::string(64, 'x')) == "\"" + std::string(64, 'x') + "\"");
    CHECK(quoted(std::string(63, 'x') + "ä!") == "\"" + std::string(63, 'x') + "…\"");
  }
}

}  // namespace banterd::conf
