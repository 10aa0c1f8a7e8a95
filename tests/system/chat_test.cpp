// What people see who chat by the line protocol: greeting, rooms, commands and their errors.
#include <doctest/doctest.h>

#include <regex>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/server.h"
#include "tests/support/three_people.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

bool is_past_line(const std::string& line, const std::string& rest) {
  static const std::regex kTime(R"(\* ([01][0-9]|2[0-3]):[0-5][0-9] )");
  std::smatch time;
  return std::regex_search(line, time, kTime, std::regex_constants::match_continuous) &&
         time.suffix() == rest;
}

}  // namespace

TEST_SUITE("system/chat") {
  TEST_CASE("who connects is greeted at once, with a nick, and is in the default room") {
    Server server;
    ClientGroup group(server);
    LineClient& anna = group.connect();
    const std::string greeting = anna.next();
    CHECK(greeting.starts_with("* Welcome to banter.local, a banter server. You are guest-"));
    CHECK(anna.next() == "* " + anna.guest_nick() + " joined #lobby");
    LineClient& bob = group.connect();
    bob.next();
    CHECK(anna.next() == "* " + bob.guest_nick() + " joined #lobby");
  }

  TEST_CASE("a line goes to everybody in the room but its sender") {
    Three people;
    people.anna.say("hello, wörld");
    CHECK(people.anna.fence().empty());
    CHECK(people.bob.fence() == Lines{"<anna> hello, wörld"});
    CHECK(people.carl.fence() == Lines{"<anna> hello, wörld"});
  }

  TEST_CASE("with echo the sender gets his lines too, in the room's order") {
    ServerConfig config;
    config.listeners = R"([{"protocol": "line", "port": 0, "echo": true}])";
    Three people(config);
    people.anna.say("one");
    CHECK(people.anna.next() == "<anna> one");
    people.bob.say("two");
    CHECK(people.anna.next() == "<bob> two");
    CHECK(people.bob.fence() == Lines{"<anna> one", "<bob> two"});
  }

  TEST_CASE("CR LF ends a line as LF does, and empty lines are nothing") {
    Three people;
    people.anna.send("one\r\n\r\n\n   \ntwo\n");
    people.anna.fence();
    CHECK(people.bob.fence() == Lines{"<anna> one", "<anna> two"});
  }

  TEST_CASE("G6: a nick is told to all who share a room, and held once") {
    Three people;
    people.anna.say("/nick anne");
    CHECK(people.anna.next() == "* anna is now anne");
    CHECK(people.bob.next() == "* anna is now anne");
    people.bob.say("/nick ANNE");
    CHECK(people.bob.next() == "! somebody else is called ANNE");
    people.bob.say("/nick anna");
    CHECK(people.bob.next() == "* bob is now anna");
    people.bob.say("still me");
    people.bob.fence();
    CHECK(people.carl.fence() ==
          Lines{"* anna is now anne", "* bob is now anna", "<anna> still me"});
  }

  TEST_CASE("G6: of many who want one nick at the same time one gets it") {
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(12);
    for (LineClient* one : people) one->say("/nick highlander");
    group.settle(people);
    for (LineClient* one : people) {
      const Lines heard = one->heard();
      CHECK(containing(heard, " is now highlander").size() == 1);
      const bool won = containing(heard, "! somebody else is called highlander").empty();
      CHECK(won == (containing(heard, "* " + one->guest_nick() + " is now").size() == 1));
    }
  }

  TEST_CASE("G8: nicks that cannot be are refused with what is wrong") {
    Three people;
    people.anna.say("/nick 1st\n/nick two words\n/nick guest-9999\n/nick \n/nick " +
                    std::string(33, 'x'));
    const Lines heard = people.anna.fence();
    REQUIRE(heard.size() == 5);
    CHECK(heard[0].starts_with("! 1st is no nick"));
    CHECK(heard[2].starts_with("! nicks that begin with guest-"));
    CHECK(heard[3] == "! use: /nick NAME");
    CHECK(heard[4].starts_with("! xxx"));
  }

  TEST_CASE("rooms are apart, and lines of another room than the current one say which") {
    Three people;
    people.anna.say("/join dev");
    CHECK(people.anna.next() == "* anna joined #dev");
    people.bob.say("/join #dev");
    CHECK(people.bob.fence() == Lines{"* bob joined #dev"});
    people.bob.say("/join #lobby");
    CHECK(people.bob.next() == "* You talk in #lobby");
    people.anna.say("to dev");
    CHECK(people.anna.fence() == Lines{"* bob joined #dev"});
    CHECK(people.bob.fence() == Lines{"[#dev] <anna> to dev"});
    people.bob.say("to the lobby");
    CHECK(people.bob.fence().empty());
    CHECK(people.anna.fence() == Lines{"[#lobby] <bob> to the lobby"});
    CHECK(people.carl.fence() == Lines{"<bob> to the lobby"});
  }

  TEST_CASE("who leaves a room is seen to, and talks in one that is left") {
    Three people;
    people.anna.say("/join dev");
    people.anna.expect("* anna joined #dev");
    people.bob.say("/join dev");
    people.anna.expect("* bob joined #dev");
    people.anna.say("/part #dev see you");
    CHECK(people.bob.until("* anna left #dev (see you)") == Lines{"* bob joined #dev"});
    CHECK(people.anna.fence() == Lines{"* anna left #dev (see you)", "* You talk in #lobby"});
    people.anna.say("/part");
    CHECK(people.anna.fence() ==
          Lines{"* anna left #lobby", "* You are in no room now: /join one"});
    people.anna.say("anybody?");
    CHECK(people.anna.next() == "! you are in no room: /join one");
    CHECK(people.carl.fence() == Lines{"* anna left #lobby"});
  }

  TEST_CASE("G1: what follows a command in the same breath finds its effect") {
    Three people;
    people.carl.say("/join dev");
    people.carl.fence();
    people.anna.say("/join dev\nin dev\n/join lobby\nin the lobby\n/part dev\n/part\nnowhere");
    const Lines errors = containing(people.anna.fence(), "!");
    CHECK(errors == Lines{"! you are in no room: /join one"});
    CHECK(said_in(people.bob.fence()) == Lines{"<anna> in the lobby"});
    CHECK(containing(people.carl.fence(), "<anna>") ==
          Lines{"<anna> in dev", "[#lobby] <anna> in the lobby"});
  }

  TEST_CASE("actions, and lines that begin with a slash") {
    Three people;
    people.anna.say("/me waves\n//help is a command\n/ME waves again");
    people.anna.fence();
    CHECK(people.bob.fence() ==
          Lines{"* anna waves", "<anna> /help is a command", "* anna waves again"});
  }

  TEST_CASE("a private message reaches that person alone") {
    Three people;
    people.anna.say("/msg BOB just  you");
    CHECK(people.anna.fence().empty());
    CHECK(people.bob.fence() == Lines{"[private] <anna> just  you"});
    CHECK(people.carl.fence().empty());
    people.anna.say("/msg nobody hello");
    CHECK(people.anna.next() == "! nobody is called nobody");
    people.anna.say("/msg bob");
    CHECK(people.anna.next() == "! use: /msg NICK TEXT");
  }

  TEST_CASE("the topic is told, shown on joining, and set by operators only") {
    Three people;
    people.anna.say("/join dev");
    people.bob.say("/join dev");
    people.anna.fence();
    people.bob.fence();
    people.group.start_afresh();
    // Whoever came first has made the room and is its operator.
    people.anna.say("/topic anna's words");
    people.bob.say("/topic bob's words");
    const Lines refused{"! only an operator of #dev may set its topic"};
    const bool anna_made_it = containing(people.anna.fence(), "!").empty();
    LineClient& other = anna_made_it ? people.bob : people.anna;
    CHECK(containing(other.fence(), anna_made_it ? "!" : "! only").size() ==
          (anna_made_it ? 1 : 0));
    const std::string maker = anna_made_it ? "anna" : "bob";
    people.carl.say("/join dev");
    CHECK(people.carl.next() ==
          "* The topic of #dev is: " + maker + "'s words (set by " + maker + ")");
    people.carl.fence();
    people.carl.say("/topic");
    CHECK(people.carl.next() ==
          "* The topic of #dev is: " + maker + "'s words (set by " + maker + ")");
    people.carl.say("/topic mine");
    CHECK(people.carl.next() == refused[0]);
  }

  TEST_CASE("anybody may set the default room's topic") {
    Three people;
    people.bob.say("/topic a nice day");
    CHECK(people.anna.next() == "* bob set the topic of #lobby: a nice day");
  }

  TEST_CASE("who and rooms list what is there on all workers") {
    Three people;
    people.anna.say("/who");
    CHECK(people.anna.next() == "* 3 people are in #lobby: anna bob carl");
    people.bob.say("/join dev");
    people.bob.fence();
    people.anna.say("/rooms");
    CHECK(people.anna.until("* 2 rooms in all") == Lines{"* #dev 1 person", "* #lobby 3 people"});
  }

  TEST_CASE("help names every command, and a command that is none gets an error") {
    Three people;
    people.anna.say("/help");
    const Lines help = people.anna.fence();
    for (const char* command :
         {"/nick", "/join", "/part", "/msg", "/me", "/topic", "/who", "/rooms", "/quit", "/help"}) {
      CAPTURE(command);
      CHECK(containing(help, command).size() >= 1);
    }
    people.anna.say("/dance");
    CHECK(people.anna.next() == "! unknown command: /dance (see /help; //dance says it)");
    CHECK(people.bob.fence().empty());
  }

  TEST_CASE("a member who joins sees the room's last lines, marked as past") {
    ServerConfig config;
    config.rooms = R"({"replay_lines": 3, "history_lines": 10})";
    Three people(config);
    people.anna.say("one\ntwo\n/me nods");
    people.anna.fence();
    people.bob.say("four");
    people.bob.fence();
    LineClient& dora = people.group.connect();
    dora.next();
    dora.expect("* " + dora.guest_nick() + " joined #lobby");
    const Lines past = dora.fence();
    REQUIRE(past.size() == 3);
    CHECK(is_past_line(past[0], "<anna> two"));
    CHECK(is_past_line(past[1], "* anna nods"));
    CHECK(is_past_line(past[2], "<bob> four"));
  }

  TEST_CASE("who quits is seen to once, with his reason, however many rooms he shares") {
    Three people;
    for (LineClient* one : {&people.anna, &people.bob, &people.carl}) {
      one->say("/join a\n/join b");
      one->fence();
    }
    people.group.start_afresh();
    SUBCASE("by command") {
      people.anna.say("/quit so long");
      CHECK(people.anna.until_end().empty());
      CHECK(people.bob.next() == "* anna quit (so long)");
    }
    SUBCASE("by closing") {
      people.anna.leave();
      CHECK(people.bob.next() == "* anna quit");
    }
    SUBCASE("by a reset") {
      people.anna.reset();
      CHECK(people.bob.next() == "* anna quit (Connection reset by peer)");
    }
    people.bob.fence();
    const Lines heard = people.carl.fence();
    CHECK(containing(heard, "anna quit").size() == 1);
    CHECK(people.bob.fence().empty());
    people.carl.say("/nick anna");
    CHECK(people.carl.next() == "* carl is now anna");
  }

  TEST_CASE("after a half-close all is answered in order, and only then the stream ends") {
    Three people;
    LineClient& piped = people.group.connect();
    piped.send("hi\n/msg anna psst\n/who\nlast words");  // no line end
    piped.end_input();
    const Lines heard = piped.until_end();
    REQUIRE(heard.size() == 3);
    CHECK(heard[2] == "* 4 people are in #lobby: anna bob carl " + piped.guest_nick());
    const std::string nick = piped.guest_nick();
    CHECK(people.anna.until("* " + nick + " quit") ==
          Lines{"* " + nick + " joined #lobby", "<" + nick + "> hi",
                "[private] <" + nick + "> psst", "<" + nick + "> last words"});
    people.bob.expect("* " + nick + " quit");
  }

  TEST_CASE("who speaks and closes without reading is heard all the same") {
    Server server;
    ClientGroup group(server);
    LineClient& witness = group.enter("witness");
    for (int i = 0; i < 20; ++i) {
      LineClient& hasty = group.connect();
      hasty.send("first\nlast\n");
      group.wait_for([&] { return hasty.has_written_all(); }, "the connection");
      hasty.leave();  // with a reset, if the greeting is there already
    }
    group.wait_for([&] { return containing(witness.heard(), " quit").size() == 20; }, "the quits");
    CHECK(containing(witness.heard(), "> first").size() == 20);
    CHECK(containing(witness.heard(), "> last").size() == 20);
  }

  TEST_CASE("what comes after quit is not said") {
    Three people;
    people.anna.say("before\n/quit\nafter");
    people.anna.until_end();
    CHECK(people.bob.until("* anna quit") == Lines{"<anna> before"});
    CHECK(people.bob.fence().empty());
  }
}

}  // namespace banterd::tests
