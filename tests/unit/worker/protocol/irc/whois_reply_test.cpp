#include "worker/protocol/irc/whois_reply.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "chat/command.h"
#include "worker/protocol/irc/message.h"

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

std::string whois(const WhoisFacts& facts, bool multi_prefix = false) {
  std::string out;
  append_whois(out, kAnn, facts, multi_prefix);
  return out;
}

std::string whowas(std::string_view count, const std::vector<FormerHolder>& holders) {
  std::string out;
  append_whowas(out, kAnn, "BOB", count, holders);
  return out;
}

size_t lines_in(std::string_view text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_SUITE("worker/protocol/irc/whois_reply") {
  TEST_CASE("of somebody without a room or a secret there are three lines") {
    const chat::Profile person = bob();
    CHECK(whois({.profile = &person,
                 .description = "a banter server",
                 .idle_s = 7,
                 .since = 1'700'000'000'999}) ==
          ":irc.test 311 ann Bob bobuser cloak.host * :Bob the Builder\r\n"
          ":irc.test 312 ann Bob irc.test :a banter server\r\n"
          ":irc.test 317 ann Bob 7 1700000000 :seconds idle, signon time\r\n");
  }

  TEST_CASE("all that there may be comes in one order") {
    chat::Profile person = bob();
    person.away.make() = "for lunch";
    person.server_operator = true;
    person.account = "acct";
    person.bot = true;
    CHECK(whois({.profile = &person,
                 .rooms = {{"#dev", chat::room_operator | chat::voice}, {"#ops", 0}},
                 .description = "x",
                 .address = "192.0.2.1",
                 .modes = "iw"}) ==
          ":irc.test 311 ann Bob bobuser cloak.host * :Bob the Builder\r\n"
          ":irc.test 319 ann Bob :@#dev #ops\r\n"
          ":irc.test 312 ann Bob irc.test x\r\n"
          ":irc.test 301 ann Bob :for lunch\r\n"
          ":irc.test 313 ann Bob :is an IRC operator\r\n"
          ":irc.test 330 ann Bob acct :is logged in as\r\n"
          ":irc.test 335 ann Bob :is a bot\r\n"
          ":irc.test 338 ann Bob bobuser@192.0.2.1 192.0.2.1 :Is actually using host\r\n"
          ":irc.test 379 ann Bob :is using modes +iw\r\n"
          ":irc.test 317 ann Bob 0 0 :seconds idle, signon time\r\n");
  }

  TEST_CASE("ranks in rooms are all shown to whom wants all") {
    const chat::Profile person = bob();
    const WhoisFacts facts = {.profile = &person,
                              .rooms = {{"#dev", chat::room_operator | chat::voice}}};
    CHECK(whois(facts, true).find(":irc.test 319 ann Bob :@+#dev\r\n") != std::string::npos);
    CHECK(whois(facts, false).find(":irc.test 319 ann Bob :@#dev\r\n") != std::string::npos);
  }

  TEST_CASE("an address may begin with a colon, and modes may be none") {
    const chat::Profile person = bob();
    const std::string text = whois({.profile = &person, .address = "::1", .modes = ""});
    CHECK(text.find(" 338 ann Bob bobuser@::1 0::1 :Is") != std::string::npos);
    CHECK(text.find(" 379 ann Bob :is using modes +\r\n") != std::string::npos);
  }

  TEST_CASE("an empty real name or description breaks no line") {
    chat::Profile person = bob();
    person.realname.clear();
    const std::string text = whois({.profile = &person});
    CHECK(text.starts_with(":irc.test 311 ann Bob bobuser cloak.host * :\r\n"));
    CHECK(text.find(":irc.test 312 ann Bob irc.test :\r\n") != std::string::npos);
  }

  TEST_CASE("many rooms are told in several lines of 510 bytes, none lost") {
    const chat::Profile person = bob();
    std::vector<std::string> names;
    for (size_t i = 0; i < 200; ++i) names.push_back("#room-" + std::to_string(i));
    WhoisFacts facts = {.profile = &person};
    for (const std::string& name : names) facts.rooms.push_back({name, 0});
    const std::string text = whois(facts);
    size_t told = 0;
    for (size_t begin = 0; begin < text.size(); begin = text.find("\r\n", begin) + 2) {
      const std::string_view line =
          std::string_view(text).substr(begin, text.find("\r\n", begin) - begin);
      CHECK(line.size() <= kMaxRestBytes);
      if (line.find(" 319 ") != std::string_view::npos)
        told += static_cast<size_t>(std::count(line.begin(), line.end(), '#'));
    }
    CHECK(told == 200);
  }

  TEST_CASE("nobody has his error, and the end that everybody has") {
    std::string out;
    append_whois_nobody(out, kAnn, "bar");
    append_end_of_whois(out, kAnn, "bar");
    CHECK(out ==
          ":irc.test 401 ann bar :No such nick/channel\r\n"
          ":irc.test 318 ann bar :End of /WHOIS list\r\n");
  }

  TEST_CASE("those who had a nick are told newest first, each with the time when he left it") {
    const chat::Profile newer = bob();
    chat::Profile older = bob();
    older.user = "older";
    CHECK(whowas("", {{&newer, 1'700'000'000'999}, {&older, 0}}) ==
          ":irc.test 314 ann Bob bobuser cloak.host * :Bob the Builder\r\n"
          ":irc.test 312 ann Bob irc.test :2023-11-14 22:13:20 UTC\r\n"
          ":irc.test 314 ann Bob older cloak.host * :Bob the Builder\r\n"
          ":irc.test 312 ann Bob irc.test :1970-01-01 00:00:00 UTC\r\n"
          ":irc.test 369 ann BOB :End of WHOWAS\r\n");
  }

  TEST_CASE("a nick that nobody had has an error, and its end") {
    CHECK(whowas("", {}) ==
          ":irc.test 406 ann BOB :There was no such nickname\r\n"
          ":irc.test 369 ann BOB :End of WHOWAS\r\n");
  }

  TEST_CASE("a count limits the answer, anything but a positive number does not") {
    const chat::Profile person = bob();
    const std::vector<FormerHolder> holders(3, {&person, 0});
    CHECK(lines_in(whowas("1", holders)) == 3);
    CHECK(lines_in(whowas("2", holders)) == 5);
    CHECK(lines_in(whowas("99", holders)) == 7);
    for (const std::string_view count : {"", "0", "-1", "x", "1x", " 1", "99999999999999999999"}) {
      CAPTURE(count);
      CHECK(lines_in(whowas(count, holders)) == 7);
    }
  }
}
