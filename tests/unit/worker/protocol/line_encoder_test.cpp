#include "worker/protocol/line/line_encoder.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/chat/room_fixture.h"

using namespace banterd;
using namespace banterd::worker;
using line::Style;

namespace {

const chat::ProfilePtr ann = chat::profile_of(1, "ann");
const chat::ProfilePtr bob = chat::profile_of(2, "Bob");

// 18:41 UTC.
constexpr chat::TimeMs kTime = 1'700'073'712'345;

struct Told {
  chat::EventBody body;
  std::string_view room = "#dev";
  const chat::Profile* subject = nullptr;
  const chat::Profile* renewed = nullptr;
  bool past = false;

  std::string in(Style style) const {
    const chat::Event event{{}, ann->client, {}, kTime, std::nullopt, body};
    std::string out;
    line::encoder(style).encode({event, room, ann.get(), subject, renewed, 0, past}, out);
    return out;
  }
};

void check(const Told& told, const std::string& current, const std::string& other,
           const std::string& raw) {
  CHECK(told.in(Style::current) == current);
  CHECK(told.in(Style::other) == other);
  CHECK(told.in(Style::raw) == raw);
}

// For notices that name their room themselves.
void check_notice(const Told& told, const std::string& notice) { check(told, notice, notice, ""); }

chat::Said said(std::string text, chat::Kind kind = chat::Kind::message) {
  return {kind, std::move(text)};
}

}  // namespace

TEST_SUITE("worker/protocol/line_encoder") {
  TEST_CASE("what is said names its room only when that is not the current one") {
    check({said("hi there")}, "<ann> hi there\n", "[#dev] <ann> hi there\n", "hi there\n");
    check({said("hi", chat::Kind::notice)}, "-ann- hi\n", "[#dev] -ann- hi\n", "hi\n");
    const Told action{said("waves", chat::Kind::action)};
    CHECK(action.in(Style::current) == "* ann waves\n");
    CHECK(action.in(Style::other) == "[#dev] * ann waves\n");
    CHECK(action.in(Style::raw) == "waves\n");
  }

  TEST_CASE("what is said to one person alone is marked as private") {
    check({said("psst"), ""}, "[private] <ann> psst\n", "[private] <ann> psst\n", "psst\n");
    check({said("psst", chat::Kind::notice), ""}, "[private] -ann- psst\n",
          "[private] -ann- psst\n", "psst\n");
  }

  TEST_CASE("the past is a notice with its time of day, and nothing for raw clients") {
    check({said("hi"), "#dev", nullptr, nullptr, true}, "* 18:41 <ann> hi\n",
          "* 18:41 [#dev] <ann> hi\n", "");
    const Told action{said("waves", chat::Kind::action), "#dev", nullptr, nullptr, true};
    CHECK(action.in(Style::current) == "* 18:41 * ann waves\n");
    CHECK(action.in(Style::raw) == "");
  }

  TEST_CASE("no control character of anybody reaches a terminal") {
    check({said("a\x1b[31mb\x07\x03"
                "4,5c\x02")},
          "<ann> abc\n", "[#dev] <ann> abc\n", "abc\n");
    check_notice({chat::Parted{"x\x1b[2J\r\n"}}, "* ann left #dev (x)\n");
    check_notice({chat::HasQuit{"\x07y"}}, "* ann quit (y)\n");
    check_notice({chat::TopicSet{"t\x1bz", "ann"}}, "* ann set the topic of #dev: tz\n");
    check_notice({chat::Kicked{bob->client, "z\x07"}, "#dev", bob.get()},
                 "* Bob was put out of #dev by ann (z)\n");
  }

  TEST_CASE("who comes and goes is told") {
    check_notice({chat::Joined{}}, "* ann joined #dev\n");
    check_notice({chat::Parted{}}, "* ann left #dev\n");
    check_notice({chat::Parted{"lunch"}}, "* ann left #dev (lunch)\n");
    check_notice({chat::HasQuit{}, ""}, "* ann quit\n");
    check_notice({chat::HasQuit{"sleep"}, ""}, "* ann quit (sleep)\n");
    check_notice({chat::SlotLost{}, "", bob.get()}, "* Bob quit (connection lost)\n");
    check_notice({chat::Kicked{bob->client, ""}, "#dev", bob.get()},
                 "* Bob was put out of #dev by ann\n");
    check_notice({chat::Kicked{bob->client, "noise"}, "#dev", bob.get()},
                 "* Bob was put out of #dev by ann (noise)\n");
  }

  TEST_CASE("a new nick is told, another change of the record is not") {
    const chat::ProfilePtr anna = chat::profile_of(1, "Anna", 1);
    check_notice({chat::Renewed{}, "", nullptr, anna.get()}, "* ann is now Anna\n");
    const chat::ProfilePtr elsewhere = chat::profile_of(1, "ann", 1, "other.host");
    check_notice({chat::Renewed{}, "", nullptr, elsewhere.get()}, "");
  }

  TEST_CASE("a topic that is set or taken away is told") {
    check_notice({chat::TopicSet{"plans", "ann"}}, "* ann set the topic of #dev: plans\n");
    check_notice({chat::TopicSet{"", "ann"}}, "* ann took the topic of #dev away\n");
  }

  TEST_CASE("modes are told with their arguments, but not a key") {
    check_notice({chat::ModesSet{{{true, "m", "", {}},
                                  {false, "s", "", {}},
                                  {true, "b", "bad!*@*", {}},
                                  {true, "l", "5", {}},
                                  {true, "k", "sesame", {}}},
                                 "ann"}},
                 "* ann set +m -s +b bad!*@* +l 5 +k in #dev\n");
  }

  TEST_CASE("what is between others is not told") {
    for (const chat::EventBody& body :
         {chat::EventBody(chat::Invited{bob->client, "bob", "#dev"}),
          chat::EventBody(chat::Claimed{}), chat::EventBody(chat::Departing{}),
          chat::EventBody(chat::Released{}), chat::EventBody(chat::Refused{})}) {
      check_notice({body}, "");
    }
  }

  TEST_CASE("an event without anybody behind it is somebody's") {
    const chat::Event event{{}, {}, {}, kTime, std::nullopt, chat::Said{chat::Kind::message, "hi"}};
    std::string out = "before\n";
    line::encoder(Style::current).encode({event, "#dev"}, out);
    CHECK(out == "before\n<somebody> hi\n");
  }

  TEST_CASE("each style has one encoder for all clients") {
    CHECK(&line::encoder(Style::current) == &line::encoder(Style::current));
    CHECK(&line::encoder(Style::current) != &line::encoder(Style::other));
    CHECK(&line::encoder(Style::other) != &line::encoder(Style::raw));
  }
}
