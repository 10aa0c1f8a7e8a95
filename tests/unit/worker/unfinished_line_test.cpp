#include "worker/unfinished_line.h"

#include <doctest/doctest.h>

using namespace banterd;
using namespace banterd::worker;

namespace {

const Request kTalk = AskOwner{"#dev", chat::Say{}};
const Request kJoin = AskOwner{"#dev", chat::Join{}};
const Request kLocal = DoLocally{};

// A turn in which one line is taken that asks for that.
struct Fixture {
  UnfinishedLine line;

  bool take(std::initializer_list<Request> requests, bool amid = false) {
    line.begin(amid);
    for (const Request& request : requests) line.on_request(request);
    return line.end("line\n");
  }
};

}  // namespace

TEST_SUITE("worker/unfinished_line") {
  TEST_CASE_FIXTURE(Fixture, "a line is kept while its requests are not all met") {
    CHECK(take({kLocal}));
    CHECK(line.to_take_again().empty());
    CHECK(line.end_turn(true));
    CHECK(line.to_take_again() == "line\n");
    // No other is taken meanwhile.
    CHECK(line.end_turn(true));
    CHECK(line.to_take_again() == "line\n");
    CHECK(line.end_turn(false));
    CHECK(line.to_take_again().empty());
    CHECK_FALSE(line.end_turn(false));
  }

  TEST_CASE_FIXTURE(Fixture, "a line that has had an effect is not taken again") {
    take({kLocal});
    line.on_effect();
    line.end_turn(true);
    CHECK(line.to_take_again().empty());
    take({kLocal});
    line.end_turn(true);
    CHECK(line.to_take_again() == "line\n");
  }

  TEST_CASE_FIXTURE(Fixture, "a list of commands is, but for those that were sent") {
    take({kJoin, kJoin, kJoin});
    CHECK_FALSE(line.on_command());
    line.on_effect();
    CHECK_FALSE(line.on_command());
    line.end_turn(true);
    CHECK(line.to_take_again() == "line\n");
    CHECK(line.commands_to_skip(true) == 2);
    CHECK(line.commands_to_skip(false) == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "an answer that asks for more makes it no list of commands") {
    take({kJoin});
    line.on_effect();
    line.end_turn(true);
    CHECK(line.to_take_again() == "line\n");
    line.on_request(kJoin);
    CHECK(line.to_take_again().empty());
    CHECK(line.commands_to_skip(true) == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "commands that an earlier life has sent are left out") {
    line.skip_commands(2);
    take({kJoin, kJoin, kJoin});
    CHECK(line.on_command());
    // It ends here: one that was sent before is still to come.
    CHECK(line.commands_to_skip(true) == 2);
    CHECK(line.on_command());
    CHECK_FALSE(line.on_command());
    CHECK(line.commands_to_skip(true) == 3);
    line.skip_commands(1);
    line.skip_commands(0);
    CHECK_FALSE(line.on_command());
  }

  TEST_CASE_FIXTURE(Fixture, "talk alone is no news, unless something was unfinished before") {
    CHECK_FALSE(take({kTalk, kTalk}));
    CHECK_FALSE(line.end_turn(false));
    CHECK(take({}));
    CHECK(take({kTalk, kJoin}));
    CHECK(take({kTalk}, true));
    CHECK_FALSE(take({kTalk}));
    line.end_turn(true);
    CHECK(take({kTalk}));
  }

  TEST_CASE("when nothing could be taken nothing was unfinished before") {
    UnfinishedLine line;
    line.begin(true);
    CHECK_FALSE(line.end(""));
    CHECK_FALSE(line.end_turn(false));
  }
}
