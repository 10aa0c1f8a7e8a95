#include "worker/protocol/irc/ctcp.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace banterd;
using namespace banterd::worker::irc;
using chat::Kind;

namespace {

std::string sent(Kind kind, std::string_view text) {
  std::string scratch;
  return std::string(ctcp_text(kind, text, scratch));
}

}  // namespace

TEST_SUITE("worker/protocol/irc/ctcp") {
  TEST_CASE("an ACTION is an action, with or without its end") {
    CHECK(spoken(false,
                 "\x01"
                 "ACTION waves\x01") == Spoken{Kind::action, "waves"});
    CHECK(spoken(false,
                 "\x01"
                 "ACTION waves") == Spoken{Kind::action, "waves"});
    CHECK(spoken(false,
                 "\x01"
                 "ACTION  a b \x01") == Spoken{Kind::action, " a b "});
    CHECK(spoken(false,
                 "\x01"
                 "ACTION \x01") == Spoken{Kind::action, ""});
    CHECK(spoken(false,
                 "\x01"
                 "ACTION\x01") == Spoken{Kind::action, ""});
    CHECK(spoken(false,
                 "\x01"
                 "ACTION") == Spoken{Kind::action, ""});
  }

  TEST_CASE("anything else is what it was sent as, untouched") {
    for (const auto* text : {"", "hi", "ACTION waves", "\x01", "\x01\x01",
                             "\x01"
                             "VERSION\x01",
                             "\x01"
                             "ACTIONS x\x01",
                             "\x01"
                             "action x\x01",
                             " \x01"
                             "ACTION x\x01"}) {
      CAPTURE(text);
      CHECK(spoken(false, text) == Spoken{Kind::message, text});
      CHECK(sent(Kind::message, text) == text);
      CHECK(spoken(true, text) == Spoken{Kind::notice, text});
      CHECK(sent(Kind::notice, text) == text);
    }
  }

  TEST_CASE("a notice is never an action") {
    CHECK(spoken(true,
                 "\x01"
                 "ACTION waves\x01") == Spoken{Kind::notice,
                                               "\x01"
                                               "ACTION waves\x01"});
  }

  TEST_CASE("an action is sent as an ACTION that is read back") {
    CHECK(sent(Kind::action, "waves") ==
          "\x01"
          "ACTION waves\x01");
    for (const auto* text : {"", "waves", " a  b ", "\x01", "a\x01",
                             "\x01"
                             "ACTION x\x01"}) {
      CAPTURE(text);
      CHECK(spoken(false, sent(Kind::action, text)) == Spoken{Kind::action, text});
    }
  }
}
