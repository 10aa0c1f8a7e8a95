#include "tests/chaos/said_line.h"

#include <doctest/doctest.h>

namespace banterd::chaos {

TEST_SUITE("chaos/said_line") {
  TEST_CASE("a line is read as it was written, in the current room and in another") {
    const std::string text = said_text(12, 345, 6789, 60);
    CHECK(text.size() == 60);
    const std::string in_current = "<v12> " + text;
    const std::string in_other = "[#room] <v12> " + text;
    for (const std::string& line : {in_current, in_other}) {
      const auto said = parse_said(line);
      REQUIRE(said);
      CHECK(said->room == (line == in_other ? "#room" : ""));
      CHECK(said->nick == "v12");
      CHECK(said->voice == 12);
      CHECK(said->sequence == 345);
      CHECK(said->stamp_us == 6789);
      CHECK(said->bytes == 60);
    }
  }

  TEST_CASE("any other line is none of ours") {
    for (const char* line : {"", "<", "[#room]", "<v1>", "<v1> ", "<v1> hello", "<v1> 1:2:",
                             "<v1> 1:2:3", "<v1> 1:2:3:xxxyx", "<v1> 1:2:3:yxx", "* <v1> 1:2:3:x",
                             "[#a <v1> 1:2:3:x", "<v1> -1:2:3:x", "<v1> 99999999999:2:3:x"}) {
      CAPTURE(line);
      CHECK_FALSE(parse_said(line));
    }
  }
}

}  // namespace banterd::chaos
