#include "conf/suggest.h"

#include <doctest/doctest.h>

#include <array>

namespace banterd::conf {

TEST_SUITE("conf/suggest") {
  TEST_CASE("one insertion, deletion, replacement or swap of neighbours is a distance of one") {
    CHECK(edit_distance("workers", "workers") == 0);
    CHECK(edit_distance("worker", "workers") == 1);
    CHECK(edit_distance("workerss", "workers") == 1);
    CHECK(edit_distance("wirkers", "workers") == 1);
    CHECK(edit_distance("wrokers", "workers") == 1);
    CHECK(edit_distance("", "log") == 3);
    CHECK(edit_distance("kitten", "sitting") == 3);
  }

  TEST_CASE("upper and lower case count as the same") { CHECK(edit_distance("LOG", "log") == 0); }

  TEST_CASE("the nearest word is found, the earlier one of two equally near") {
    constexpr std::array<std::string_view, 3> known = {"server", "workers", "log"};
    CHECK(nearest("worker", known) == "workers");
    CHECK(nearest("sevrer", known) == "server");
    constexpr std::array<std::string_view, 2> tie = {"ab", "ac"};
    CHECK(nearest("ad", tie) == "ab");
  }

  TEST_CASE("there is no nearest word of none") { CHECK(nearest("x", {}).empty()); }

  TEST_CASE("a word of a megabyte is compared by its beginning") {
    constexpr std::array<std::string_view, 2> known = {"server", "workers"};
    CHECK(nearest("workers" + std::string(1 << 20, 'x'), known) == "workers");
  }
}

}  // namespace banterd::conf
