#include "worker/protocol/irc/standard_reply.h"

#include <doctest/doctest.h>

#include <string>

using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

std::string fail(std::string_view command, std::initializer_list<std::string_view> context,
                 const ReplyTo& to = kAnn) {
  std::string out;
  append_fail(out, to, command, "INVALID_TARGET", context, "No such room");
  return out;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/standard_reply") {
  TEST_CASE("a failure has its command, its code, what it is about, and a text") {
    CHECK(fail("REDACT", {"#dev"}) ==
          ":irc.test FAIL REDACT INVALID_TARGET #dev :No such room\r\n");
    CHECK(fail("REDACT", {}) == ":irc.test FAIL REDACT INVALID_TARGET :No such room\r\n");
  }

  TEST_CASE("notes look the same") {
    std::string out;
    append_note(out, kAnn, "REHASH", "NEW", {"a", "b"}, "Is new");
    CHECK(out == ":irc.test NOTE REHASH NEW a b :Is new\r\n");
  }

  TEST_CASE("what is about no command has an asterisk for it") {
    CHECK(fail("", {}) == ":irc.test FAIL * INVALID_TARGET :No such room\r\n");
  }

  TEST_CASE("what a client typed cannot break the reply that repeats it") {
    CHECK(fail("REDACT", {"", "a b", ":a"}) ==
          ":irc.test FAIL REDACT INVALID_TARGET * * * :No such room\r\n");
    CHECK(fail("a b", {}) == ":irc.test FAIL * INVALID_TARGET :No such room\r\n");
  }

  TEST_CASE("the text is there however much context is given") {
    CHECK(fail("X", {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"}) ==
          ":irc.test FAIL X INVALID_TARGET 1 2 3 4 5 6 7 8 9 10 11 12 :No such room\r\n");
  }

  TEST_CASE("a standard reply has the tags that were given") {
    CHECK(fail("X", {}, {"irc.test", "ann", "label=1"}) ==
          "@label=1 :irc.test FAIL X INVALID_TARGET :No such room\r\n");
  }
}
