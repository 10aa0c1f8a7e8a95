#include "base/take_part.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using banterd::base::take_part;

namespace {

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) parts.emplace_back(take_part(text, ','));
  return parts;
}

}  // namespace

TEST_SUITE("base/take_part") {
  using Parts = std::vector<std::string>;

  TEST_CASE("parts are what stands between separators") {
    CHECK(parts_of("a,bc,d") == Parts{"a", "bc", "d"});
    CHECK(parts_of("a") == Parts{"a"});
    CHECK(parts_of(",a,,b") == Parts{"", "a", "", "b"});
  }

  TEST_CASE("a separator at the end begins no other part") {
    CHECK(parts_of("a,") == Parts{"a"});
    CHECK(parts_of(",") == Parts{""});
    CHECK(parts_of("").empty());
  }
}
