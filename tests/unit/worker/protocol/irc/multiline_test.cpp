#include "worker/protocol/irc/multiline.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/json.h"

using namespace banterd;
using namespace banterd::worker::irc;

namespace {

// A batch for #dev that is being sent.
struct Fixture {
  IncomingBatch batch;

  Fixture() {
    batch.reference = "1";
    batch.target = "#Dev";
  }
  // "CODE context" of the failure; empty: taken.
  std::string add(std::string_view line) {
    const Parsed parsed = parse(line);
    REQUIRE(parsed);
    const auto failure = batch.add(parsed.message);
    if (!failure) return "";
    CHECK_FALSE(failure->text.empty());
    std::string all(failure->code);
    for (const std::string& param : failure->context) all.append(" ").append(param);
    return all;
  }
  std::string text() const {
    const auto say = batch.said();
    return say ? std::string(say->text) : "nothing";
  }
};

std::string said(size_t bytes) { return "PRIVMSG #dev :" + std::string(bytes, 'x'); }

}  // namespace

TEST_SUITE("worker/protocol/irc/multiline") {
  TEST_CASE_FIXTURE(Fixture, "lines are said as one, with a line's end where a new one begins") {
    CHECK(add("@batch=1 PRIVMSG #dev one") == "");
    CHECK(add("@batch=1 PRIVMSG #DEV :") == "");
    CHECK(add("@batch=1 PRIVMSG #dev :two goes") == "");
    CHECK(add("@batch=1;draft/multiline-concat PRIVMSG #dev : on") == "");
    CHECK(text() == "one\n\ntwo goes on");
    const chat::Say say = *batch.said();
    CHECK(say.kind == chat::Kind::message);
    CHECK_FALSE(say.tags.has_value());
    CHECK_FALSE(say.rank.has_value());
    REQUIRE(say.lines.has_value());
    CHECK(*say.lines == std::vector<chat::SaidLine>{
                            {"one", false}, {"", false}, {"two goes", false}, {" on", true}});
  }

  TEST_CASE_FIXTURE(Fixture, "the first line joins nothing") {
    CHECK(add("@draft/multiline-concat PRIVMSG #dev one") == "");
    CHECK_FALSE(batch.lines.at(0).joins);
    CHECK(text() == "one");
  }

  TEST_CASE_FIXTURE(Fixture, "notices are one notice, with the tags of the batch") {
    batch.tags = "+draft/reply=7-abc";
    CHECK(add("notice #dev one") == "");
    CHECK(add("NOTICE #dev two") == "");
    const chat::Say say = *batch.said();
    CHECK(say.kind == chat::Kind::notice);
    CHECK(say.tags == "+draft/reply=7-abc");
  }

  TEST_CASE_FIXTURE(Fixture, "a batch without lines, or of blank ones only, says nothing") {
    CHECK_FALSE(batch.said().has_value());
    CHECK(add("PRIVMSG #dev :") == "");
    CHECK(add("PRIVMSG #dev :") == "");
    CHECK_FALSE(batch.said().has_value());
    CHECK(add("PRIVMSG #dev : ") == "");
    CHECK(text() == "\n\n ");
  }

  TEST_CASE_FIXTURE(Fixture, "only what is said belongs into it") {
    for (const char* line : {"TAGMSG #dev", "JOIN #dev", "BATCH -2", "PRIVMSGS #dev x"})
      CHECK(add(line) == "MULTILINE_INVALID");
    CHECK(batch.lines.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a message and a notice are not one") {
    CHECK(add("PRIVMSG #dev one") == "");
    CHECK(add("NOTICE #dev two") == "MULTILINE_INVALID");
    CHECK(text() == "one");
  }

  TEST_CASE_FIXTURE(Fixture, "nothing is no end of a line that is joined to another") {
    CHECK(add("PRIVMSG #dev one") == "");
    CHECK(add("@draft/multiline-concat PRIVMSG #dev :") == "MULTILINE_INVALID");
    CHECK(text() == "one");
  }

  TEST_CASE_FIXTURE(Fixture, "all lines are for one target") {
    CHECK(add("PRIVMSG #ops one") == "MULTILINE_INVALID_TARGET #Dev #ops");
    CHECK(add("PRIVMSG #dev,#ops one") == "MULTILINE_INVALID_TARGET #Dev #dev,#ops");
    CHECK(add("PRIVMSG #dev") == "MULTILINE_INVALID_TARGET #Dev #dev");
    CHECK(add("PRIVMSG") == "MULTILINE_INVALID_TARGET #Dev ");
    CHECK(batch.lines.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "there are as many lines as are announced, and no more") {
    for (size_t i = 0; i < kMaxMultilineLines; ++i) CHECK(add("PRIVMSG #dev x") == "");
    CHECK(add("PRIVMSG #dev x") == "MULTILINE_MAX_LINES 24");
    CHECK(batch.lines.size() == kMaxMultilineLines);
  }

  TEST_CASE_FIXTURE(Fixture, "there are as many bytes as are announced, ends of lines among them") {
    for (size_t left = kMaxMultilineBytes; left > 257; left -= 256) CHECK(add(said(255)) == "");
    // Fifteen of 255 and fourteen ends; one end more is to come.
    REQUIRE(batch.lines.size() == 15);
    const size_t left = kMaxMultilineBytes - (15 * 255 + 14) - 1;
    Fixture other = *this;
    CHECK(add(said(left)) == "");
    CHECK(text().size() == kMaxMultilineBytes);
    CHECK(other.add(said(left + 1)) == "MULTILINE_MAX_BYTES 4096");
  }

  TEST_CASE_FIXTURE(Fixture, "what is joined has no end of a line to count") {
    const std::string joined = "@draft/multiline-concat ";
    for (int i = 0; i < 16; ++i) CHECK(add((i == 0 ? "" : joined) + said(256)) == "");
    CHECK(text().size() == kMaxMultilineBytes);
    CHECK(add(joined + said(1)) == "MULTILINE_MAX_BYTES 4096");
  }

  TEST_CASE_FIXTURE(Fixture, "half a batch moves to another process whole") {
    batch.label = "a\\sb";
    batch.tags = "+x=y";
    CHECK(add("NOTICE #dev one") == "");
    CHECK(add("@draft/multiline-concat NOTICE #dev two") == "");
    auto moved = ipc::from_json<IncomingBatch>(ipc::to_json(batch));
    REQUIRE(moved.has_value());
    batch = *std::move(moved);
    CHECK(batch.reference == "1");
    CHECK(batch.target == "#Dev");
    CHECK(batch.label == "a\\sb");
    CHECK(batch.bytes == 6);
    CHECK(add("PRIVMSG #dev three") == "MULTILINE_INVALID");
    CHECK(add("NOTICE #dev three") == "");
    CHECK(text() == "onetwo\nthree");
  }
}
