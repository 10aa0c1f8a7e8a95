#include "worker/protocol/irc/monitor_words.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "worker/protocol/irc/message.h"

using namespace banterd;
using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

using Views = std::vector<std::string_view>;
using Strings = std::vector<std::string>;

MonitorWords monitor(std::initializer_list<std::string_view> params) {
  return parse_monitor(params);
}

}  // namespace

TEST_SUITE("worker/protocol/irc/monitor_words") {
  TEST_CASE("what is asked is known by its sign or letter, in any case") {
    CHECK(monitor({"+", "a"}).action == MonitorAction::add);
    CHECK(monitor({"-", "a"}).action == MonitorAction::remove);
    CHECK(monitor({"C"}).action == MonitorAction::clear);
    CHECK(monitor({"l"}).action == MonitorAction::list);
    CHECK(monitor({"S"}).action == MonitorAction::status);
    CHECK(monitor({"s"}).action == MonitorAction::status);
    for (const std::string_view word : {"", "x", "++", "+a", "CL", "*"}) {
      CAPTURE(word);
      CHECK(monitor({word, "a"}).action == MonitorAction::unknown);
    }
    CHECK(monitor({}).action == MonitorAction::unknown);
  }

  TEST_CASE("nicks are named with commas, each once") {
    CHECK(monitor({"+", "Bob,ann,,bob"}).nicks == Views{"Bob", "ann"});
    CHECK(monitor({"-", "bob"}).nicks == Views{"bob"});
    CHECK(monitor({"+"}).nicks.empty());
    CHECK(monitor({"+", ""}).nicks.empty());
    CHECK(monitor({"+", ","}).nicks.empty());
  }

  TEST_CASE("who is named where nobody can be is left out") {
    CHECK(monitor({"C", "bob"}).nicks.empty());
    CHECK(monitor({"L", "bob"}).nicks.empty());
  }

  TEST_CASE("what cannot be a nick is apart from those that can") {
    const MonitorWords words = monitor({"+", "*!u@h,bob,#dev,1x"});
    CHECK(words.nicks == Views{"bob"});
    CHECK(words.invalid == Views{"*!u@h", "#dev", "1x"});
    CHECK(monitor({"+", "bob"}).invalid.empty());
  }

  TEST_CASE("a list is told with its end, an empty one with that alone") {
    std::string out;
    append_monitor_list(out, kAnn, Strings{"bob", "carl"});
    append_monitor_list(out, kAnn, Strings{});
    CHECK(out ==
          ":irc.test 732 ann :bob,carl\r\n"
          ":irc.test 733 ann :End of MONITOR list\r\n"
          ":irc.test 733 ann :End of MONITOR list\r\n");
  }

  TEST_CASE("who is here has his mask, who is not has his nick, and nobody has no line") {
    std::string out;
    append_online(out, kAnn, Strings{"bob!u@h", "carl!u@h"});
    append_offline(out, kAnn, Strings{"dan", "eve"});
    append_online(out, kAnn, Strings{});
    append_offline(out, kAnn, Strings{});
    CHECK(out ==
          ":irc.test 730 ann :bob!u@h,carl!u@h\r\n"
          ":irc.test 731 ann :dan,eve\r\n");
  }

  TEST_CASE("a long list is told in several lines, none of its nicks lost") {
    Strings nicks;
    for (size_t i = 0; i < 1000; ++i) nicks.push_back("nick" + std::to_string(i));
    std::string out;
    append_offline(out, kAnn, nicks);
    std::string told;
    for (size_t begin = 0; begin < out.size();) {
      const size_t end = out.find("\r\n", begin);
      CHECK(end - begin <= kMaxRestBytes);
      told.append(out, begin + 19, end - begin - 19).append(",");
      begin = end + 2;
    }
    std::string expected;
    for (const std::string& nick : nicks) expected += nick + ",";
    CHECK(told == expected);
  }

  TEST_CASE("a full list is told with its limit and those who found no room") {
    std::string out;
    append_monitor_full(out, kAnn, 100, Views{"bob", "carl"});
    CHECK(out == ":irc.test 734 ann 100 bob,carl :Monitor list is full.\r\n");
  }
}
