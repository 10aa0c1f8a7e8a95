#include "worker/protocol/irc/chathistory_words.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

#include "worker/protocol/irc/irc_encoder.h"

using namespace banterd;
using namespace banterd::worker::irc;

namespace {

constexpr std::string_view kTime = "timestamp=2019-01-04T14:33:26.123Z";
constexpr chat::TimeMs kTimeMs = 1'546'612'406'123;
constexpr size_t kMost = 100;

ChatHistoryWords words(std::initializer_list<std::string_view> params) {
  const auto parsed = parse_chathistory(params, kMost);
  REQUIRE(std::holds_alternative<ChatHistoryWords>(parsed));
  return std::get<ChatHistoryWords>(parsed);
}

// The FAIL without what stands before its code.
std::string failure(std::initializer_list<std::string_view> params) {
  const auto parsed = parse_chathistory(params, kMost);
  REQUIRE(std::holds_alternative<ChatHistoryFailure>(parsed));
  std::string out;
  append_failure(out, {"irc.test", "ann", {}}, std::get<ChatHistoryFailure>(parsed));
  const std::string_view before = ":irc.test FAIL CHATHISTORY ";
  REQUIRE(out.starts_with(before));
  return out.substr(before.size(), out.size() - before.size() - 2);
}

}  // namespace

TEST_SUITE("worker/protocol/irc/chathistory_words") {
  TEST_CASE("a time is read as it was written") {
    CHECK(parse_server_time("2019-01-04T14:33:26.123Z") == kTimeMs);
    CHECK(parse_server_time("1970-01-01T00:00:00.000Z") == 0);
    for (const chat::TimeMs time :
         {chat::TimeMs{0}, chat::TimeMs{1}, chat::TimeMs{-1}, kTimeMs,
          chat::TimeMs{951'782'400'000}, chat::TimeMs{253'402'300'799'999},
          chat::TimeMs{-62'167'219'200'000}}) {
      CAPTURE(time);
      CHECK(parse_server_time(server_time(time)) == time);
    }
  }

  TEST_CASE("a leap second is the first second of the next minute") {
    CHECK(parse_server_time("2016-12-31T23:59:60.500Z") ==
          parse_server_time("2017-01-01T00:00:00.500Z"));
  }

  TEST_CASE("what is no time of the one form is none") {
    for (const std::string_view text :
         {"", "*", "2019-01-04T14:33:26Z", "2019-01-04T14:33:26.12Z", "2019-01-04T14:33:26.1234Z",
          "2019-01-04 14:33:26.123Z", "2019-01-04T14:33:26.123", "2019-01-04t14:33:26.123z",
          "2019-13-04T14:33:26.123Z", "2019-00-04T14:33:26.123Z", "2019-02-29T14:33:26.123Z",
          "2019-01-00T14:33:26.123Z", "2019-01-04T24:33:26.123Z", "2019-01-04T14:60:26.123Z",
          "2019-01-04T14:33:61.123Z", "+019-01-04T14:33:26.123Z", "2019-01-04T14:33:26.123Z ",
          "2019-01-04T-4:33:26.123Z", "12019-01-04T14:33:26.123Z"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_server_time(text));
    }
    CHECK(parse_server_time("2020-02-29T14:33:26.123Z"));
  }

  TEST_CASE("a marker is a time with its name") {
    CHECK(parse_marker(kTime) == kTimeMs);
    for (const std::string_view text :
         {"", "*", "timestamp=*", "timestamp=", "2019-01-04T14:33:26.123Z", "msgid=1",
          "timestamp=not-a-timestamp", "TIMESTAMP=2019-01-04T14:33:26.123Z"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_marker(text));
    }
  }

  TEST_CASE("the latest lines are all, or those above a reference") {
    const ChatHistoryWords all = words({"LATEST", "#dev", "*", "10"});
    CHECK(all.action == ChatHistoryAction::latest);
    CHECK(all.target == "#dev");
    CHECK_FALSE(all.from);
    CHECK_FALSE(all.to);
    CHECK(all.limit == 10);
    CHECK(words({"latest", "#dev", kTime, "10"}).from == HistoryReference(kTimeMs));
    CHECK(words({"LATEST", "#dev", "msgid=7-a=b", "10"}).from == HistoryReference("7-a=b"));
  }

  TEST_CASE("other subcommands have one reference, or two") {
    CHECK(words({"BEFORE", "bob", kTime, "10"}).action == ChatHistoryAction::before);
    CHECK(words({"AFTER", "bob", kTime, "10"}).action == ChatHistoryAction::after);
    CHECK(words({"AROUND", "bob", kTime, "10"}).action == ChatHistoryAction::around);
    const ChatHistoryWords between = words({"BETWEEN", "bob", "msgid=x", kTime, "10"});
    CHECK(between.action == ChatHistoryAction::between);
    CHECK(between.target == "bob");
    CHECK(between.from == HistoryReference("x"));
    CHECK(between.to == HistoryReference(kTimeMs));
    const ChatHistoryWords targets = words({"TARGETS", kTime, kTime, "10"});
    CHECK(targets.action == ChatHistoryAction::targets);
    CHECK(targets.target.empty());
    CHECK(targets.from == HistoryReference(kTimeMs));
    CHECK(targets.to == HistoryReference(kTimeMs));
    CHECK(targets.limit == 10);
  }

  TEST_CASE("a limit is at most what the server gives, and that where it is zero") {
    CHECK(words({"LATEST", "#dev", "*", "1"}).limit == 1);
    CHECK(words({"LATEST", "#dev", "*", "99"}).limit == 99);
    CHECK(words({"LATEST", "#dev", "*", "100"}).limit == kMost);
    CHECK(words({"LATEST", "#dev", "*", "101"}).limit == kMost);
    CHECK(words({"LATEST", "#dev", "*", "0"}).limit == kMost);
    CHECK(words({"LATEST", "#dev", "*", "99999999999999999999999"}).limit == kMost);
    for (const std::string_view limit : {"x", "-1", "+1", "1x", "1.5"}) {
      CAPTURE(limit);
      CHECK(failure({"LATEST", "#dev", "*", limit}) ==
            "INVALID_PARAMS LATEST " + std::string(limit) + " :Invalid limit");
    }
    CHECK(failure({"LATEST", "#dev", "*", ""}) == "INVALID_PARAMS LATEST :Invalid limit");
  }

  TEST_CASE("an unknown subcommand, too few and too many parameters are failures") {
    CHECK(failure({}) == "INVALID_PARAMS * :Insufficient parameters");
    CHECK(failure({""}) == "INVALID_PARAMS * :Unknown command");
    CHECK(failure({"NEWEST", "#dev", "*", "10"}) == "INVALID_PARAMS NEWEST :Unknown command");
    CHECK(failure({"LATEST"}) == "INVALID_PARAMS LATEST :Insufficient parameters");
    CHECK(failure({"latest", "#dev", "*"}) == "INVALID_PARAMS latest :Insufficient parameters");
    CHECK(failure({"BETWEEN", "#dev", kTime, "10"}) ==
          "INVALID_PARAMS BETWEEN :Insufficient parameters");
    CHECK(failure({"LATEST", "#dev", kTime, kTime, "10"}) ==
          "INVALID_PARAMS LATEST :Too many parameters");
    CHECK(failure({"TARGETS", "#dev", kTime, kTime, "10"}) ==
          "INVALID_PARAMS TARGETS :Too many parameters");
  }

  TEST_CASE("a reference that cannot be read is a failure that names it") {
    CHECK(failure({"BEFORE", "#dev", "*", "10"}) == "INVALID_PARAMS BEFORE * :Invalid timestamp");
    CHECK(failure({"BETWEEN", "#dev", kTime, "*", "10"}) ==
          "INVALID_PARAMS BETWEEN * :Invalid timestamp");
    CHECK(failure({"BEFORE", "#dev", "timestamp=x", "10"}) ==
          "INVALID_PARAMS BEFORE timestamp=x :Invalid timestamp");
    CHECK(failure({"BEFORE", "#dev", "", "10"}) == "INVALID_PARAMS BEFORE :Invalid timestamp");
    CHECK(failure({"BEFORE", "#dev", "msgid=", "10"}) ==
          "INVALID_PARAMS BEFORE msgid= :Invalid msgid");
    CHECK(failure({"TARGETS", "msgid=1", kTime, "10"}) ==
          "INVALID_PARAMS TARGETS msgid=1 :Invalid timestamp");
    CHECK(failure({"TARGETS", kTime, "*", "10"}) == "INVALID_PARAMS TARGETS * :Invalid timestamp");
  }

  TEST_CASE("a reference of an unknown kind is another failure") {
    CHECK(failure({"BEFORE", "#dev", "uid=1", "10"}) ==
          "INVALID_MSGREFTYPE BEFORE #dev :A reference is timestamp= or msgid=");
  }
}
