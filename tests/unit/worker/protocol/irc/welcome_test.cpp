#include "worker/protocol/irc/welcome.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "worker/protocol/irc/message.h"

using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

ServerFacts facts() {
  ServerFacts facts;
  facts.network = "Test";
  facts.version = "banterd-1.2.3";
  facts.created = "2023-11-14 22:13:20 UTC";
  facts.isupport = {"CASEMAPPING=ascii UTF8ONLY :are supported by this server"};
  facts.motd = {{"Be kind.", "", "Have fun."}};
  return facts;
}

constexpr UserCounts kCounts = {
    .visible = 2, .invisible = 1, .operators = 4, .unregistered = 5, .rooms = 6, .most = 7};

template <class Append>
std::string text_of(Append append) {
  std::string out;
  append(out);
  return out;
}

std::string lusers(const UserCounts& counts) {
  return text_of([&](std::string& out) { append_lusers(out, kAnn, counts); });
}

std::string motd(std::optional<std::vector<std::string>> lines) {
  ServerFacts given = facts();
  given.motd = std::move(lines);
  return text_of([&](std::string& out) { append_motd(out, kAnn, given); });
}

const std::string kGreeting =
    ":irc.test 001 ann :Welcome to the Test Network, ann!a@host\r\n"
    ":irc.test 002 ann :Your host is irc.test, running version banterd-1.2.3\r\n"
    ":irc.test 003 ann :This server was created 2023-11-14 22:13:20 UTC\r\n"
    ":irc.test 004 ann irc.test banterd-1.2.3 Biow CIbcehiklmnostv Ibehklov\r\n"
    ":irc.test 005 ann CASEMAPPING=ascii UTF8ONLY :are supported by this server\r\n";
const std::string kLusers =
    ":irc.test 251 ann :There are 2 users and 1 invisible on 1 servers\r\n"
    ":irc.test 252 ann 4 :operator(s) online\r\n"
    ":irc.test 253 ann 5 :unknown connection(s)\r\n"
    ":irc.test 254 ann 6 :channels formed\r\n"
    ":irc.test 255 ann :I have 3 clients and 0 servers\r\n"
    ":irc.test 265 ann 3 7 :Current local users 3, max 7\r\n"
    ":irc.test 266 ann 3 7 :Current global users 3, max 7\r\n";
const std::string kMotd =
    ":irc.test 375 ann :- irc.test Message of the day -\r\n"
    ":irc.test 372 ann :- Be kind.\r\n"
    ":irc.test 372 ann :- \r\n"
    ":irc.test 372 ann :- Have fun.\r\n"
    ":irc.test 376 ann :End of /MOTD command.\r\n";

}  // namespace

TEST_SUITE("worker/protocol/irc/welcome") {
  TEST_CASE("the greeting says where somebody is, who he is there, and what there is") {
    CHECK(text_of([](std::string& out) { append_greeting(out, kAnn, facts(), "ann!a@host"); }) ==
          kGreeting);
  }

  TEST_CASE("counts, the message of the day and modes follow the greeting") {
    CHECK(lusers(kCounts) == kLusers);
    CHECK(motd(facts().motd) == kMotd);
    CHECK(text_of([](std::string& out) { append_user_modes(out, kAnn, "iw"); }) ==
          ":irc.test 221 ann +iw\r\n");
  }

  TEST_CASE("the modes of 004 are those of 005") {
    const auto tokens = isupport_tokens({});
    std::string announced;
    for (const std::string& token : tokens) {
      if (token.starts_with("CHANMODES=")) announced += token.substr(10);
      if (token.starts_with("PREFIX=(")) announced += token.substr(8, token.find(')') - 8);
    }
    std::erase(announced, ',');
    std::string line = kGreeting.substr(kGreeting.find(":irc.test 004"));
    line.resize(line.find("\r\n"));
    const Parsed parsed = parse(line);
    REQUIRE(parsed);
    const std::string_view all = parsed.message.params[4];
    CHECK(all.size() == announced.size());
    for (const char letter : announced) {
      CAPTURE(letter);
      CHECK(all.find(letter) != std::string_view::npos);
    }
    for (const char letter : parsed.message.params[5])
      CHECK(kFlagModes.find(letter) == std::string_view::npos);
  }

  TEST_CASE("LUSERS counts all, and leaves out what there is none of") {
    CHECK(lusers(kCounts) == kLusers);
    CHECK(lusers({.visible = 1, .most = 1}) ==
          ":irc.test 251 ann :There are 1 users and 0 invisible on 1 servers\r\n"
          ":irc.test 255 ann :I have 1 clients and 0 servers\r\n"
          ":irc.test 265 ann 1 1 :Current local users 1, max 1\r\n"
          ":irc.test 266 ann 1 1 :Current global users 1, max 1\r\n");
  }

  TEST_CASE("no MOTD is said, an empty one is shown") {
    CHECK(motd({{"Be kind.", "", "Have fun."}}) == kMotd);
    CHECK(motd(std::nullopt) == ":irc.test 422 ann :MOTD File is missing\r\n");
    CHECK(motd(std::vector<std::string>()) ==
          ":irc.test 375 ann :- irc.test Message of the day -\r\n"
          ":irc.test 376 ann :End of /MOTD command.\r\n");
  }

  TEST_CASE("a line of the MOTD that is too long goes on in the next, between two characters") {
    std::string line;
    while (line.size() < 1200) line += "\xe2\x82\xac.";
    std::string shown;
    size_t lines = 0;
    const std::string text = motd({{line}});
    for (size_t begin = 0; begin < text.size(); ++lines) {
      const size_t end = text.find("\r\n", begin);
      const std::string one = text.substr(begin, end - begin);
      begin = end + 2;
      CHECK(one.size() <= kMaxRestBytes);
      const Parsed parsed = parse(one);
      REQUIRE(parsed);
      if (parsed.message.command == "372") shown += parsed.message.params[1].substr(2);
    }
    CHECK(lines == 2 + 3);
    CHECK(shown == line);
  }

  TEST_CASE("who has no modes has an empty set of them") {
    CHECK(text_of([](std::string& out) { append_user_modes(out, kAnn, ""); }) ==
          ":irc.test 221 ann +\r\n");
  }

  TEST_CASE("changed modes are told as by oneself") {
    CHECK(text_of([](std::string& out) {
            append_user_mode_change(out, kAnn, "ann!a@host", "+i-w");
          }) == ":ann!a@host MODE ann +i-w\r\n");
    CHECK(text_of([](std::string& out) {
            append_user_mode_change(out, {"irc.test", "ann", "label=1"}, "ann!a@host", "+B");
          }) == "@label=1 :ann!a@host MODE ann +B\r\n");
  }

  TEST_CASE("every line of the burst has the tags that are given") {
    std::string out;
    const ReplyTo to{"irc.test", "ann", "time=t"};
    append_greeting(out, to, facts(), "ann!a@host");
    append_lusers(out, to, kCounts);
    append_motd(out, to, facts());
    append_user_modes(out, to, "");
    size_t lines = 0;
    for (size_t begin = 0; begin < out.size(); begin = out.find("\r\n", begin) + 2, ++lines)
      CHECK(out.compare(begin, 18, "@time=t :irc.test ") == 0);
    CHECK(lines == 5 + 7 + 5 + 1);
  }

  TEST_CASE("a file's lines end with LF or CRLF, the last one perhaps with neither") {
    using Lines = std::vector<std::string>;
    CHECK(motd_lines("a\nb\r\n\nc") == Lines{"a", "b", "", "c"});
    CHECK(motd_lines("a\n") == Lines{"a"});
    CHECK(motd_lines("\n") == Lines{""});
    CHECK(motd_lines("").empty());
  }
}
