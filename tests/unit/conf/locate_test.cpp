#include "conf/locate.h"

#include <doctest/doctest.h>

using banterd::conf::locate;

TEST_SUITE("conf/locate") {
  TEST_CASE("a value is found by the keys that lead to it") {
    const char* text = "{ \"state_directory\": \"/s\",\n  \"server\": {\"motd_file\": \"/m\"} }";
    CHECK(locate(text, "f", {"state_directory"}) == "f:1:22");
    CHECK(locate(text, "f", {"server", "motd_file"}) == "f:2:27");
    CHECK(locate(text, "f", {"server"}) == "f:2:13");
    CHECK(locate(text, "f", {}) == "f:1:1");
  }

  TEST_CASE("where there is no such value, the file alone is named") {
    CHECK(locate("{}", "f", {"server", "motd_file"}) == "f");
    CHECK(locate(R"({"server": 5})", "f", {"server", "motd_file"}) == "f");
    CHECK(locate(R"({"motd_file": "/m"})", "f", {"server", "motd_file"}) == "f");
    CHECK(locate("[", "f", {"server"}) == "f");
    CHECK(locate("", "f", {"server"}) == "f");
  }
}
