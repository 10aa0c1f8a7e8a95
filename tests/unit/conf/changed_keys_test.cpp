#include "conf/changed_keys.h"

#include <doctest/doctest.h>

using banterd::conf::changed_keys;
using Keys = std::vector<std::string>;

TEST_SUITE("conf/changed_keys") {
  TEST_CASE("nothing has changed between equal texts, whatever their comments and their order") {
    CHECK(changed_keys("{}", "{}").empty());
    CHECK(changed_keys(R"({"workers":2, "log":{"level":"info"}})",
                       R"({ // two
                            "log":{"level":"info"}, /* of them */ "workers":2})")
              .empty());
  }

  TEST_CASE("a value that differs is named by its path") {
    CHECK(changed_keys(R"({"workers":2,"limits":{"ping_timeout":1,"line_bytes":600}})",
                       R"({"workers":3,"limits":{"ping_timeout":2,"line_bytes":600}})") ==
          Keys{"limits.ping_timeout", "workers"});
  }

  TEST_CASE("a key that comes or goes is named, and so is all below an object that does") {
    CHECK(changed_keys("{}", R"({"log":{"level":"info","format":"json"}})") ==
          Keys{"log.format", "log.level"});
    CHECK(changed_keys(R"({"workers":"auto"})", "{}") == Keys{"workers"});
    CHECK(changed_keys(R"({"server":{"motd_file":null}})", "{}") == Keys{"server.motd_file"});
    CHECK(changed_keys("{}", R"({"server":{}})") == Keys{});
  }

  TEST_CASE("a list is one key") {
    CHECK(changed_keys(R"({"listeners":[{"port":1},{"port":2}]})",
                       R"({"listeners":[{"port":1},{"port":3}]})") == Keys{"listeners"});
  }

  TEST_CASE("a secret's key is named, its value never") {
    CHECK(changed_keys(R"({"server":{"password":"old"}})", R"({"server":{"password":"new"}})") ==
          Keys{"server.password"});
  }
}
