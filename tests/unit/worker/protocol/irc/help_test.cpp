#include "worker/protocol/irc/help.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "chat/types.h"
#include "worker/protocol/irc/message.h"

using namespace banterd;
using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

std::string help(std::string_view subject) {
  std::string out;
  append_help(out, kAnn, subject);
  return out;
}

// The commands of the lines, joined by spaces; each line is whole and a good one.
std::string commands_of(std::string_view text) {
  std::string commands;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find("\r\n"));
    text.remove_prefix(line.size() + 2);
    CHECK(line.size() < kMaxRestBytes);
    const Parsed parsed = parse(line);
    REQUIRE(parsed);
    commands.append(parsed.message.command).append(" ");
  }
  return commands;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/help") {
  TEST_CASE("a command has its usage, an empty line, its text and an end") {
    CHECK(help("JOIN") ==
          ":irc.test 704 ann JOIN :JOIN #room{,#room} [key{,key}]\r\n"
          ":irc.test 705 ann JOIN :\r\n"
          ":irc.test 705 ann JOIN :Comes into rooms; those that do not exist are made, with you as "
          "operator.\r\n"
          ":irc.test 705 ann JOIN :JOIN 0 leaves all your rooms.\r\n"
          ":irc.test 706 ann JOIN :End of /HELP.\r\n");
    CHECK(help("join") == help("JOIN"));
  }

  TEST_CASE("without a subject all commands are listed") {
    const std::string index = help("");
    CHECK(commands_of(index).starts_with("704 705 705 "));
    CHECK(index.ends_with(":irc.test 706 ann * :HELP and one of them says more.\r\n"));
    std::string words = index;
    std::ranges::replace_if(
        words, [](char c) { return c == ':' || c == '\r'; }, ' ');
    for (const HelpText& text : help_texts()) {
      CAPTURE(text.command);
      CHECK(words.find(" " + std::string(text.command) + " ") != std::string::npos);
    }
  }

  TEST_CASE("what nobody knows is one error") {
    CHECK(help("NOSUCH") == ":irc.test 524 ann NOSUCH :No help available on this topic\r\n");
    CHECK(help("JOI") == ":irc.test 524 ann JOI :No help available on this topic\r\n");
    CHECK(help("a b") == ":irc.test 524 ann * :No help available on this topic\r\n");
    CHECK(help("*").find(" 524 ") != std::string::npos);
  }

  TEST_CASE("all texts are in order, each of whole lines, and each usage begins with its command") {
    std::string before;
    for (const HelpText& text : help_texts()) {
      CAPTURE(text.command);
      CHECK(before < text.command);
      before = text.command;
      CHECK(
          (text.usage == text.command || text.usage.starts_with(std::string(text.command) + " ")));
      const std::string answer = help(text.command);
      const auto lines = std::count(text.text.begin(), text.text.end(), '\n') + 1;
      CHECK(std::count(answer.begin(), answer.end(), '\n') == lines + 3);
      CHECK(commands_of(answer).starts_with("704 705 705 "));
      CHECK(commands_of(answer).ends_with("705 706 "));
    }
  }

  TEST_CASE("there is help for each command that people type") {
    for (const std::string_view command :
         {"ADMIN",    "AWAY",    "CAP",     "CHATHISTORY", "DIE",   "HELP",    "INFO",   "INVITE",
          "ISON",     "JOIN",    "KICK",    "KILL",        "KLINE", "LINKS",   "LIST",   "LUSERS",
          "MARKREAD", "MODE",    "MONITOR", "MOTD",        "NAMES", "NICK",    "NOTICE", "OPER",
          "PART",     "PASS",    "PING",    "PRIVMSG",     "QUIT",  "REDACT",  "REHASH", "RESTART",
          "SETNAME",  "STATS",   "TAGMSG",  "TIME",        "TOPIC", "UNKLINE", "USER",   "USERHOST",
          "VERSION",  "WALLOPS", "WHO",     "WHOIS",       "WHOWAS"}) {
      CAPTURE(command);
      CHECK(help(command).find(" 704 ") != std::string::npos);
    }
  }

  TEST_CASE("the server tells what it is") {
    std::string out;
    append_info(out, kAnn, "banterd-1.2.3", 1'700'000'000'999);
    CHECK(commands_of(out) == "371 371 371 374 ");
    CHECK(out.find("banterd-1.2.3") != std::string::npos);
    CHECK(out.find("2023-11-14 22:13:20 UTC") != std::string::npos);
  }

  TEST_CASE("the server is linked to itself alone") {
    std::string out;
    append_links(out, kAnn, "test server");
    CHECK(out ==
          ":irc.test 364 ann irc.test irc.test :0 test server\r\n"
          ":irc.test 365 ann * :End of /LINKS list\r\n");
  }

  TEST_CASE("the server tells its time and its version") {
    std::string out;
    append_time(out, kAnn, 1'700'000'000'999);
    append_version(out, kAnn, "banterd-1.2.3", "a banter server");
    CHECK(out ==
          ":irc.test 391 ann irc.test :2023-11-14 22:13:20 UTC\r\n"
          ":irc.test 351 ann banterd-1.2.3 irc.test :a banter server\r\n");
  }

  TEST_CASE("who runs the server is told if it is known") {
    std::string out;
    append_admin(out, kAnn, "Ann, ann@example.org");
    append_admin(out, kAnn, "");
    CHECK(out ==
          ":irc.test 256 ann irc.test :Administrative info\r\n"
          ":irc.test 257 ann :Ann, ann@example.org\r\n"
          ":irc.test 423 ann irc.test :No administrative info available\r\n");
  }
}
