#include "worker/protocol/irc/names_reply.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "worker/protocol/irc/isupport.h"
#include "worker/protocol/irc/message.h"

using namespace banterd;
using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

chat::Profile person(const std::string& nick) {
  chat::Profile profile;
  profile.nick = chat::Nick::parse(nick).value();
  profile.user = "u";
  profile.host = "h";
  return profile;
}

std::string names(const std::vector<NamedMember>& members, NamesStyle style = {},
                  uint16_t flags = 0) {
  chat::RoomHead head;
  head.flags = flags;
  std::string out;
  append_names(out, kAnn, "#dev", head, members, style);
  return out;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/names_reply") {
  TEST_CASE("ranks are shown highest first, all or the first of them") {
    CHECK(prefixes_of(0, true).empty());
    CHECK(prefixes_of(chat::voice, false) == "+");
    CHECK(prefixes_of(chat::room_operator | chat::voice, false) == "@");
    CHECK(prefixes_of(chat::room_operator | chat::voice, true) == "@+");
    CHECK(prefixes_of(0xff, true) == kRankPrefixes);
    CHECK(prefixes_of(0xff, false) == "@");
    // Ranks that IRC clients are not told of have no sign.
    CHECK(prefixes_of(chat::founder | chat::room_admin, true).empty());
  }

  TEST_CASE("members have their ranks, and their masks for whom wants them") {
    const chat::Profile ann = person("ann");
    const chat::Profile bob = person("bob");
    const std::vector<NamedMember> members = {{&ann, chat::room_operator | chat::voice}, {&bob, 0}};
    CHECK(names(members) == ":irc.test 353 ann = #dev :@ann bob\r\n");
    CHECK(names(members, {.multi_prefix = true}) == ":irc.test 353 ann = #dev :@+ann bob\r\n");
    CHECK(names(members, {.userhost_in_names = true}) ==
          ":irc.test 353 ann = #dev :@ann!u@h bob!u@h\r\n");
    CHECK(names({{&ann, chat::room_operator}}) == ":irc.test 353 ann = #dev :@ann\r\n");
  }

  TEST_CASE("a secret room is shown as one") {
    const chat::Profile ann = person("ann");
    CHECK(names({{&ann, 0}}, {}, chat::secret | chat::moderated) ==
          ":irc.test 353 ann @ #dev :ann\r\n");
    CHECK(names({{&ann, 0}}, {}, chat::moderated) == ":irc.test 353 ann = #dev :ann\r\n");
  }

  TEST_CASE("a room without members to show has only an end") {
    CHECK(names({}).empty());
    std::string out;
    append_end_of_names(out, kAnn, "invalid");
    CHECK(out == ":irc.test 366 ann invalid :End of /NAMES list\r\n");
  }

  TEST_CASE("ten thousand members are told in lines of 510 bytes, each once") {
    std::vector<chat::Profile> people;
    for (size_t i = 0; i < 10'000; ++i) people.push_back(person("n" + std::to_string(i)));
    std::vector<NamedMember> members;
    for (const chat::Profile& one : people) members.push_back({&one, chat::voice});
    const std::string text = names(members);
    std::string told;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find("\r\n", begin);
      CHECK(end - begin <= kMaxRestBytes);
      const Parsed parsed = parse(std::string_view(text).substr(begin, end - begin));
      REQUIRE(parsed);
      told.append(parsed.message.params[3]).append(" ");
      begin = end + 2;
    }
    std::string expected;
    for (const chat::Profile& one : people) expected += "+" + std::string(one.nick.str()) + " ";
    CHECK(told == expected);
  }
}
