// G9 for IRC: PONG is a fence. What somebody did before his PONG is seen by whoever asks after it,
// and stands before what others are answered after it, whichever workers they are with.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/irc_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

// One round: `a` does something and has his PONG; then `b`, of another worker, asks and must see
// it. `text` is new in each round.
struct Round {
  IrcClient& a;
  IrcClient& b;
  std::string text;

  [[nodiscard]] std::string room() const { return "#room-" + text; }

  void check_heard(const Lines& heard, const std::string& line) const {
    if (std::ranges::count(heard, line) != 1) CHECK(heard == Lines{line});
  }
  void check_answer(const std::string& question, const std::string& part) const {
    CAPTURE(question);
    CAPTURE(part);
    const Lines answer = b.ask(question);
    const Lines found = containing(answer, part);
    if (found.size() != 1) CHECK(answer == Lines{part});
  }
};

struct Deed {
  std::string name;
  std::function<void(const Round&)> check;
};

const std::vector<Deed> kDeeds = {
    {"JOIN, then NAMES, LIST and WHO",
     [](const Round& round) {
       round.a.ask("JOIN " + round.room());
       round.check_answer("NAMES " + round.room(), " = " + round.room() + " @" + round.a.nick());
       round.check_answer("LIST " + round.room(), " 322 " + round.b.nick() + " " + round.room());
       round.check_answer("WHO " + round.room(), " 352 " + round.b.nick() + " " + round.room());
       round.a.ask("PART " + round.room());
       CHECK(containing(round.b.ask("WHOIS " + round.a.nick()), round.room()).empty());
     }},
    {"TOPIC, then TOPIC",
     [](const Round& round) {
       round.a.ask("TOPIC #common :" + round.text);
       const Lines heard = round.b.ask("TOPIC #common");
       round.check_heard(heard, ":" + round.a.mask() + " TOPIC #common " + round.text);
       round.check_heard(heard, ":banter.local 332 " + round.b.nick() + " #common " + round.text);
     }},
    {"MODE, then MODE",
     [](const Round& round) {
       round.a.ask("JOIN " + round.room());
       round.a.ask("MODE " + round.room() + " +l 17");
       round.check_answer("MODE " + round.room(), " +ntl 17");
       round.a.ask("PART " + round.room());
     }},
    {"MODE +b, then JOIN",
     [](const Round& round) {
       round.a.ask("JOIN " + round.room());
       round.a.ask("MODE " + round.room() + " +b " + round.b.nick() + "!*@*");
       round.check_answer("JOIN " + round.room(), " 474 " + round.b.nick());
       round.a.ask("PART " + round.room());
     }},
    {"INVITE, then JOIN",
     [](const Round& round) {
       round.a.ask("JOIN " + round.room());
       round.a.ask("MODE " + round.room() + " +i");
       round.check_answer("JOIN " + round.room(), " 473 " + round.b.nick());
       round.a.ask("INVITE " + round.b.nick() + " " + round.room());
       const Lines heard = round.b.ask("JOIN " + round.room());
       round.check_heard(heard,
                         ":" + round.a.mask() + " INVITE " + round.b.nick() + " " + round.room());
       round.check_heard(heard, ":" + round.b.mask() + " JOIN " + round.room());
       round.a.ask("KICK " + round.room() + " " + round.b.nick() + " :" + round.text);
       round.check_answer("PRIVMSG " + round.room() + " :out", " 404 " + round.b.nick());
       round.a.ask("PART " + round.room());
     }},
    {"NICK, then WHOIS and NICK",
     [](const Round& round) {
       round.a.ask("NICK n-" + round.text);
       round.check_heard(round.b.fence(), ":" + round.a.mask() + " NICK n-" + round.text);
       round.check_answer("WHOIS n-" + round.text, " 311 ");
       round.check_answer("WHOIS " + round.a.nick(), " 401 ");
       round.check_answer("NICK n-" + round.text, " 433 ");
       round.a.ask("NICK " + round.a.nick());
       round.check_answer("WHOIS n-" + round.text, " 401 ");
     }},
    {"NICK, then MONITOR tells",
     [](const Round& round) {
       round.b.ask("MONITOR + m-" + round.text);
       round.a.ask("NICK m-" + round.text);
       round.check_heard(round.b.fence(), ":banter.local 730 " + round.b.nick() + " " +
                                              round.a.mask_as("m-" + round.text));
       round.a.ask("NICK " + round.a.nick());
       round.check_heard(round.b.fence(),
                         ":banter.local 731 " + round.b.nick() + " m-" + round.text);
       round.b.ask("MONITOR C");
     }},
    {"PRIVMSG and NOTICE, to the room and to him",
     [](const Round& round) {
       round.a.say("PRIVMSG #common :1 " + round.text);
       round.a.say("PRIVMSG " + round.b.nick() + " :2 " + round.text);
       round.a.say("NOTICE #common :3 " + round.text);
       round.a.ask("NOTICE " + round.b.nick() + " :4 " + round.text);
       const std::string who = ":" + round.a.mask() + " ";
       const std::string nick = round.b.nick();
       CHECK(containing(round.b.fence(), round.text) ==
             Lines{who + "PRIVMSG #common :1 " + round.text,
                   who + "PRIVMSG " + nick + " :2 " + round.text,
                   who + "NOTICE #common :3 " + round.text,
                   who + "NOTICE " + nick + " :4 " + round.text});
     }},
    {"AWAY, then WHOIS and USERHOST",
     [](const Round& round) {
       round.a.ask("AWAY :" + round.text);
       round.check_answer("WHOIS " + round.a.nick(),
                          " 301 " + round.b.nick() + " " + round.a.nick() + " " + round.text);
       round.check_answer("USERHOST " + round.a.nick(), " " + round.a.nick() + "=-");
       round.a.ask("AWAY");
       round.check_answer("USERHOST " + round.a.nick(), " " + round.a.nick() + "=+");
     }},
    {"PART and JOIN of a room of many",
     [](const Round& round) {
       round.a.ask("PART #common :" + round.text);
       Lines heard = round.b.ask("NAMES #common");
       round.check_heard(heard, ":" + round.a.mask() + " PART #common " + round.text);
       CHECK(containing(with_command("353", heard), round.a.nick()).empty());
       round.a.ask("JOIN #common");
       heard = round.b.ask("NAMES #common");
       round.check_heard(heard, ":" + round.a.mask() + " JOIN #common");
       CHECK(containing(with_command("353", heard), round.a.nick()).size() == 1);
     }},
};

}  // namespace

TEST_SUITE("system/irc_fence") {
  TEST_CASE("G9: after somebody's PONG all others see what he did before it") {
    int workers = 0;
    for (const int number : {1, 3, 5}) {
      SUBCASE(std::to_string(number).c_str()) { workers = number; }
    }
    if (workers == 0) return;
    constexpr size_t kRounds = 200;
    Server server(irc_config(workers));
    IrcGroup group(server);
    // Each worker has one or two of them; neighbours are with different workers.
    const auto people = group.enter_many("p", 7);
    for (IrcClient* one : people) one->ask("JOIN #common");
    people[0]->ask("MODE #common -t");
    group.start_afresh();
    for (size_t i = 0; i < kRounds; ++i) {
      IrcClient& a = *people[i % people.size()];
      IrcClient& b = *people[(i + 1 + i / people.size() % (people.size() - 1)) % people.size()];
      const Deed& deed = kDeeds[i % kDeeds.size()];
      CAPTURE(i);
      CAPTURE(deed.name);
      deed.check({a, b, "x" + std::to_string(i)});
    }
  }

  TEST_CASE("G9: after somebody has an answer from the server itself, too") {
    Server server(irc_config(5));
    IrcGroup group(server);
    const auto people = group.enter_many("p", 10);
    for (IrcClient* one : people) one->ask("JOIN #common");
    group.start_afresh();
    for (size_t i = 0; i < 100; ++i) {
      IrcClient& a = *people[i % people.size()];
      IrcClient& b = *people[(i + 1) % people.size()];
      const std::string text = "text " + std::to_string(i);
      a.say("PRIVMSG #common :" + text);
      a.say("VERSION");
      a.until([](const std::string& line) { return command_of(line) == "351"; }, "the version");
      CHECK(b.fence() == Lines{":" + a.mask() + " PRIVMSG #common :" + text});
      group.start_afresh();
    }
  }

  TEST_CASE("G9: who has heard the end of his stream has left") {
    Server server(irc_config(3));
    IrcGroup group(server);
    IrcClient& witness = group.enter("witness");
    witness.ask("JOIN #common");
    for (int i = 0; i < 60; ++i) {
      IrcClient& guest = group.enter("guest" + std::string(1, static_cast<char>('a' + i % 3)));
      guest.ask("JOIN #common");
      guest.say("QUIT :bye");
      const Lines last = guest.until_end();
      REQUIRE_FALSE(last.empty());
      CHECK(last.back() == "ERROR :Closing link: " + guest.nick() + " (Quit: bye)");
      const Lines heard = witness.ask("WHOIS " + guest.nick());
      CHECK(with_command("QUIT", heard) == Lines{":" + guest.mask() + " QUIT :Quit: bye"});
      CHECK(with_command("401", heard).size() == 1);
    }
  }

  TEST_CASE("G1: one person's doings in rooms of all owners are seen in the order done") {
    constexpr int kRooms = 8;
    constexpr int kLines = 160;
    Server server(irc_config(5));
    IrcGroup group(server);
    const auto people = group.enter_many("p", 10);
    std::string all_rooms;
    for (int i = 0; i < kRooms; ++i) all_rooms += (i > 0 ? "," : "") + ("#r" + std::to_string(i));
    for (IrcClient* one : people) one->say("JOIN " + all_rooms);
    group.start_afresh();
    IrcClient& speaker = *people[0];
    Lines expected;
    for (int i = 0; i < kLines; ++i) {
      const std::string said = "#r" + std::to_string(i % kRooms) + " :line " + std::to_string(i);
      if (i % 20 == 7) speaker.say("NICK q" + std::to_string(i));
      if (i % 20 == 8) speaker.say("NICK p0");
      speaker.say("PRIVMSG " + said);
      const std::string nick = i % 20 == 7 ? "q" + std::to_string(i) : "p0";
      expected.push_back(":" + speaker.mask_as(nick) + " PRIVMSG " + said);
    }
    group.settle(people);
    for (IrcClient* one : people) {
      if (one != &speaker) CHECK(with_command("PRIVMSG", one->heard()) == expected);
    }
  }
}

}  // namespace banterd::tests
