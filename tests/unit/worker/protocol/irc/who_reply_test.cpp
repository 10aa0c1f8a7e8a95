#include "worker/protocol/irc/who_reply.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "chat/command.h"

using namespace banterd;
using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

chat::Profile bob() {
  chat::Profile profile;
  profile.nick = chat::Nick::parse("Bob").value();
  profile.user = "bobuser";
  profile.host = "cloak.host";
  profile.realname = "Bob the Builder";
  return profile;
}

WhoWords words(std::initializer_list<std::string_view> params) { return parse_who(params); }

std::string who(const WhoFacts& facts, std::initializer_list<std::string_view> params = {},
                bool multi_prefix = false) {
  std::string out;
  append_who(out, kAnn, parse_who(params), facts, multi_prefix);
  return out;
}

std::string flags(const chat::Profile& profile, uint8_t prefixes, bool multi_prefix = false) {
  const std::string line =
      who({.profile = &profile, .prefixes = prefixes}, {"x", "%f"}, multi_prefix);
  const std::string_view before = ":irc.test 354 ann ";
  REQUIRE(line.starts_with(before));
  return line.substr(before.size(), line.size() - before.size() - 2);
}

}  // namespace

TEST_SUITE("worker/protocol/irc/who_reply") {
  TEST_CASE("a plain WHO has a mask, or means everybody") {
    CHECK(words({}).mask == "*");
    CHECK(words({""}).mask == "*");
    CHECK(words({"#dev"}).mask == "#dev");
    CHECK_FALSE(words({"#dev"}).extended);
    CHECK_FALSE(words({"#dev"}).operators_only);
    CHECK(words({"#dev", "o"}).operators_only);
    CHECK_FALSE(words({"#dev", "o"}).extended);
    CHECK_FALSE(words({"#dev", "x"}).operators_only);
    CHECK_FALSE(words({"#dev", ""}).extended);
  }

  TEST_CASE("an extended WHO has fields, and perhaps flags and a token") {
    const WhoWords all = words({"#dev", "o%tna,42"});
    CHECK(all.operators_only);
    CHECK(all.extended);
    CHECK(all.fields == "tna");
    CHECK(all.token == "42");
    CHECK_FALSE(words({"#dev", "%no"}).operators_only);
    CHECK(words({"#dev", "%"}).extended);
    CHECK(words({"#dev", "%"}).fields.empty());
    CHECK(words({"#dev", "%,1"}).token == "1");
  }

  TEST_CASE("a token is of one to three digits, anything else is zero") {
    for (const std::string_view text :
         {"%t", "%t,", "%t,1234", "%t,1a", "%t,-1", "%t, 1", "%t,1,2"}) {
      CAPTURE(text);
      CHECK(words({"x", text}).token == "0");
    }
    CHECK(words({"x", "%t,999"}).token == "999");
    CHECK(words({"x", "%t,000"}).token == "000");
  }

  TEST_CASE("a plain line shows the room, or none") {
    const chat::Profile person = bob();
    CHECK(who({.profile = &person, .room = "#dev", .prefixes = chat::room_operator}) ==
          ":irc.test 352 ann #dev bobuser cloak.host irc.test Bob H@ :0 Bob the Builder\r\n");
    CHECK(who({.profile = &person}) ==
          ":irc.test 352 ann * bobuser cloak.host irc.test Bob H :0 Bob the Builder\r\n");
  }

  TEST_CASE("flags are away, operator, bot, then the ranks") {
    chat::Profile person = bob();
    CHECK(flags(person, 0) == "H");
    static_cast<void>(person.away.make());
    CHECK(flags(person, 0) == "G");
    person.server_operator = true;
    CHECK(flags(person, chat::room_operator) == "G*@");
    person.bot = true;
    person.away.drop();
    CHECK(flags(person, chat::room_operator | chat::voice) == "H*B@");
    CHECK(flags(person, chat::room_operator | chat::voice, true) == "H*B@+");
  }

  TEST_CASE("all extended fields come in their own order, whatever was typed") {
    chat::Profile person = bob();
    person.account = "acct";
    const WhoFacts facts = {
        .profile = &person, .room = "#dev", .address = "192.0.2.1", .idle_s = 7};
    const std::string line =
        ":irc.test 354 ann 123 #dev bobuser 192.0.2.1 cloak.host irc.test Bob H 0 7 acct n/a "
        ":Bob the Builder\r\n";
    CHECK(who(facts, {"x", "%tcuihsnfdlaor,123"}) == line);
    CHECK(who(facts, {"x", "%roaldfnshiuct,123"}) == line);
    CHECK(who(facts, {"x", "%tcuihsnfdlaortcuXYZ,123"}) == line);
  }

  TEST_CASE("fields that were not asked for are left out, and unknown ones have none") {
    const chat::Profile person = bob();
    CHECK(who({.profile = &person}, {"x", "%tn,321"}) == ":irc.test 354 ann 321 Bob\r\n");
    CHECK(who({.profile = &person}, {"x", "%r"}) == ":irc.test 354 ann :Bob the Builder\r\n");
    CHECK(who({.profile = &person}, {"x", "%z"}) == ":irc.test 354 ann\r\n");
  }

  TEST_CASE("what is not known or not shown has its placeholder") {
    const chat::Profile person = bob();
    CHECK(who({.profile = &person}, {"x", "%tcia"}) ==
          ":irc.test 354 ann 0 * 255.255.255.255 0\r\n");
  }

  TEST_CASE("an address that begins with a colon can be sent") {
    const chat::Profile person = bob();
    CHECK(who({.profile = &person, .address = "::1"}, {"x", "%in"}) ==
          ":irc.test 354 ann 0::1 Bob\r\n");
    CHECK(address_word("192.0.2.1") == "192.0.2.1");
    CHECK(address_word("2001:db8::1") == "2001:db8::1");
  }

  TEST_CASE("the end repeats the mask as it was typed") {
    std::string out;
    append_end_of_who(out, kAnn, words({"CoolNi*", "%n"}));
    append_end_of_who(out, kAnn, words({}));
    CHECK(out ==
          ":irc.test 315 ann CoolNi* :End of WHO list\r\n"
          ":irc.test 315 ann * :End of WHO list\r\n");
  }
}
