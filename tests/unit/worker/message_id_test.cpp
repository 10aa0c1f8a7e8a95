#include "worker/message_id.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace banterd;
using namespace banterd::worker;

namespace {

constexpr chat::TimeMs kTime = 1'700'000'000'000;

}  // namespace

TEST_SUITE("worker/message_id") {
  TEST_CASE("an id is the position and sixteen hexadecimal digits, always the same") {
    const std::string id = message_id(7, "#dev", kTime);
    CHECK(id.size() == 2 + 16);
    CHECK(id.starts_with("7-"));
    CHECK(id.find_first_not_of("0123456789abcdef", 2) == std::string::npos);
    CHECK(message_id(7, "#dev", kTime) == id);
    // Exports and clients keep them: another build must make the same.
    CHECK(message_id(0, "", 0) == "0-2d06800538d394c2");
  }

  TEST_CASE("an id differs between positions, objects and times, but not between spellings") {
    const std::string id = message_id(7, "#dev", kTime);
    CHECK(message_id(8, "#dev", kTime) != id);
    CHECK(message_id(7, "#ops", kTime) != id);
    CHECK(message_id(7, "dev", kTime) != id);
    CHECK(message_id(7, "#dev", kTime + 1) != id);
    CHECK(message_id(7, "#DEV", kTime) == id);
  }

  TEST_CASE("the position is read out of every id") {
    for (const uint64_t position : {uint64_t{0}, uint64_t{7}, uint64_t{1} << 40, UINT64_MAX})
      CHECK(position_in(message_id(position, "#dev", kTime)) == position);
    CHECK(position_in("12-whatever stands here") == 12u);
  }

  TEST_CASE("there is no position in what is no id") {
    for (const char* text :
         {"", "-", "7", "x", "-7-ab", "+7-ab", " 7-ab", "7 -ab", "7x-ab", "0x7-ab",
          "18446744073709551616-ab", "99999999999999999999999999-ab"}) {
      CAPTURE(text);
      CHECK_FALSE(position_in(text).has_value());
    }
    // No more of it is looked at than there is.
    CHECK_FALSE(position_in(std::string_view("77-", 2)).has_value());
  }
}
