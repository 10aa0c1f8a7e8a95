#include "bench/chatload/marker.h"

#include <doctest/doctest.h>

#include <string>

namespace banterd::bench {

namespace {

TEST_SUITE_BEGIN("bench/marker");

TEST_CASE("a marker is found in whatever a server writes around it") {
  const Marker sent{12, 3456, 78'900'000'000};
  const std::string text = message_text(sent, 64);
  CHECK(text.size() == 64);
  for (const std::string& line :
       {text, "<guest-7> " + text, ":u7!u@h PRIVMSG #r3 :" + text, R"(42["m",")" + text + "\"]"}) {
    CAPTURE(line);
    Marker found;
    size_t at = 0;
    REQUIRE(find_marker(line, at, found));
    CHECK(found == sent);
    CHECK_FALSE(find_marker(line, at, found));
  }
}

TEST_CASE("two messages in one line are both found") {
  const std::string line = message_text({1, 2, 3}, 10) + message_text({4, 5, 6}, 10);
  Marker found;
  size_t at = 0;
  REQUIRE(find_marker(line, at, found));
  CHECK(found == Marker{1, 2, 3});
  REQUIRE(find_marker(line, at, found));
  CHECK(found == Marker{4, 5, 6});
}

TEST_CASE("what only looks like one is none") {
  for (const std::string& line :
       {std::string(), std::string("#"), std::string("#1:2"), std::string("#1:2:"),
        std::string("#1:2:3"), std::string("#:2:3#"), std::string("#1;2:3#"),
        std::string("* guest-1 joined #lobby"), std::string("##a:b:c#")}) {
    CAPTURE(line);
    Marker found;
    size_t at = 0;
    CHECK_FALSE(find_marker(line, at, found));
  }
}

TEST_CASE("a marker behind a room's name is found") {
  Marker found;
  size_t at = 0;
  CHECK(find_marker("[#dev] <a> #1:2:3#", at, found));
}

TEST_CASE("a text is never shorter than its marker") {
  const std::string text = message_text({1, 2, 3}, 1);
  CHECK(text == "#1:2:3#");
}

TEST_SUITE_END();

}  // namespace

}  // namespace banterd::bench
