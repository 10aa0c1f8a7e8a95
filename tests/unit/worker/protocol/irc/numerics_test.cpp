#include "worker/protocol/irc/numerics.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

std::string reply(const Numeric& numeric, std::initializer_list<std::string_view> params = {},
                  const ReplyTo& to = kAnn) {
  std::string out;
  append_reply(out, to, numeric, params);
  return out;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/numerics") {
  TEST_CASE("a reply has three digits, the nick, what it is about, and its text") {
    CHECK(reply(kErrNoSuchNick, {"bob"}) == ":irc.test 401 ann bob :No such nick/channel\r\n");
    CHECK(reply(kErrNotRegistered) == ":irc.test 451 ann :You have not registered\r\n");
    CHECK(reply(kRplLuserOp, {"3"}) == ":irc.test 252 ann 3 :operator(s) online\r\n");
    CHECK(reply(kRplListStart, {"Channel"}) == ":irc.test 321 ann Channel :Users  Name\r\n");
  }

  TEST_CASE("a reply whose text is not always the same takes it from the caller") {
    CHECK(reply(kRplWelcome, {"Welcome to the Test Network, ann!a@h"}) ==
          ":irc.test 001 ann :Welcome to the Test Network, ann!a@h\r\n");
    CHECK(reply(kRplTopic, {"#dev", "plans"}) == ":irc.test 332 ann #dev :plans\r\n");
    CHECK(reply(kRplTopicWhoTime, {"#dev", "bob", "1700000000"}) ==
          ":irc.test 333 ann #dev bob 1700000000\r\n");
    CHECK(reply(kRplIsOn, {""}) == ":irc.test 303 ann :\r\n");
  }

  TEST_CASE("who has no nick yet is an asterisk") {
    CHECK(reply(kErrNoNicknameGiven, {}, {.server = "irc.test", .nick = {}, .tags = {}}) ==
          ":irc.test 431 * :No nickname given\r\n");
  }

  TEST_CASE("a reply has the tags that were given") {
    CHECK(reply(kErrNoMotd, {}, {.server = "irc.test", .nick = "ann", .tags = "label=1"}) ==
          "@label=1 :irc.test 422 ann :MOTD File is missing\r\n");
  }

  TEST_CASE("what a client typed cannot break the reply that repeats it") {
    CHECK(reply(kErrUnknownCommand, {":x"}) == ":irc.test 421 ann * :Unknown command\r\n");
    CHECK(reply(kErrNoSuchNick, {""}) == ":irc.test 401 ann * :No such nick/channel\r\n");
    CHECK(reply(kErrNicknameInUse, {"a b"}) ==
          ":irc.test 433 ann * :Nickname is already in use\r\n");
  }

  TEST_CASE("a reply has at most fifteen parameters") {
    const std::vector<std::string_view> tokens(13, "x");
    std::string out;
    append_reply(out, kAnn, kRplISupport, tokens);
    CHECK(out == ":irc.test 005 ann x x x x x x x x x x x x x :are supported by this server\r\n");
  }

  TEST_CASE("the numbers are those that clients know") {
    CHECK(kRplISupport.number == 5);
    CHECK(kRplLuserClient.number == 251);
    CHECK(kRplChannelModeIs.number == 324);
    CHECK(kRplCreationTime.number == 329);
    CHECK(kRplInviting.number == 341);
    CHECK(kRplInvexList.number == 346);
    CHECK(kRplEndOfExceptList.number == 349);
    CHECK(kRplNamReply.number == 353);
    CHECK(kRplWhoSpcRpl.number == 354);
    CHECK(kRplEndOfBanList.number == 368);
    CHECK(kErrInputTooLong.number == 417);
    CHECK(kErrNeedMoreParams.number == 461);
    CHECK(kErrChanOPrivsNeeded.number == 482);
    CHECK(kRplMonOnline.number == 730);
  }
}
