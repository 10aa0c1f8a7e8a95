// What people see who chat by the line protocol: greeting, rooms, commands, errors; and its raw format
// and the echo protocol.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <regex>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {


// Three people in the default room, each most likely with another worker.
struct Three {
  Server server;
  ClientGroup group{server};
  LineClient& anna;
  LineClient& bob;
  LineClient& carl;

  explicit Three(const ServerConfig& config = {})
      : server(config),
        anna(group.enter("anna")),
        bob(group.enter("bob")),
        carl(group.enter("carl")) {
    group.start_afresh();
  }
};

bool is_past_line(const std::string& line, const std::string& rest) {
  static const std::regex kTime(R"(\* ([01][0-9]|2[0-3]):[0-5][0-9] )");
  std::smatch time;
  return std::regex_search(line, time, kTime, std::regex_constants::match_continuous) &&
         time.suffix() == rest;
}

ServerConfig with_listeners(const std::string& listeners) {
  ServerConfig config;
  config.listeners = listeners;
  return config;
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
    Three people(with_listeners(R"([{"protocol": "line", "port": 0, "echo": true}])"));
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
    CHECK(containing(other.fence(), anna_made_it ? "!" : "! only").size() == (anna_made_it ? 1 : 0));
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
    CHECK(people.anna.until("* 2 rooms in all") ==
          Lines{"* #dev 1 person", "* #lobby 3 people"});
  }

  TEST_CASE("help names every command, and a command that is none gets an error") {
    Three people;
    people.anna.say("/help");
    const Lines help = people.anna.fence();
    for (const char* command : {"/nick", "/join", "/part", "/msg", "/me", "/topic", "/who", "/rooms",
                                "/quit", "/help"}) {
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
}

TEST_SUITE("system/chat/input") {
  TEST_CASE("G8: bad UTF-8, a line that is too long and unknown commands get an error, and he goes on") {
    Three people;
    people.anna.send("\xc3\x28\n");
    CHECK(people.anna.next() == "! your line was dropped: it is not valid UTF-8");
    people.anna.send("\xed\xa0\x80 a surrogate\n\xc0\xaf overlong\n\xf8 no lead byte\ncut \xe2\x82\n");
    for (int i = 0; i < 4; ++i)
      CHECK(people.anna.next() == "! your line was dropped: it is not valid UTF-8");
    people.anna.say(std::string(4097, 'x'));
    CHECK(people.anna.next() == "! your line was dropped: it is longer than 4096 bytes");
    people.anna.say(std::string(4096, 'y'));
    people.anna.say("fine");
    CHECK(people.anna.fence().empty());
    CHECK(people.bob.fence() == Lines{"<anna> " + std::string(4096, 'y'), "<anna> fine"});
    CHECK(people.group.all_clean());
  }

  TEST_CASE("telnet's negotiation is taken out, also when it comes in pieces") {
    Three people;
    people.anna.send("\xff\xfb\x18\xff\xfd\x03hello\r\n");
    CHECK(people.bob.next() == "<anna> hello");
    // IAC SB TERMINAL-TYPE IS "xterm" IAC SE in the middle of a line.
    people.anna.send("be\xff\xfa\x18");
    people.bob.fence();
    people.anna.send(std::string("\0xterm\xff", 7));
    people.bob.fence();
    people.anna.send("\xf0" "fore\r\n");
    CHECK(people.bob.next() == "<anna> before");
    CHECK(people.anna.fence().empty());
  }

  TEST_CASE("G8: control characters are relayed by no way that text takes") {
    Three people;
    const std::string nasty = "a\x1b[31mb\x07" "c\x01" "d\x7f" "e\xc2\x9b" "f\x1b]0;title\x07g\th\x08i";
    people.anna.say(nasty);
    people.anna.say("/me " + nasty);
    people.anna.say("/msg bob " + nasty);
    people.anna.say("/topic " + nasty);
    people.anna.say("/nick " + nasty);
    people.anna.say("/join " + nasty);
    people.anna.say("/join lobby\n/part lobby " + nasty);
    people.anna.say("/" + nasty);
    people.anna.fence();
    people.bob.say("/rooms");
    CHECK(containing(people.bob.fence(), "abcde").size() >= 5);
    people.anna.say("/join lobby");
    people.anna.fence();
    people.anna.say("/quit " + nasty);
    people.anna.until_end();
    people.bob.until([](const std::string& line) { return line.find(" quit (") != std::string::npos; },
                     "her quit");
    LineClient& late = people.group.enter("late");
    late.say("/topic\n/who");
    late.fence();
    CHECK(people.group.all_clean());
  }

  TEST_CASE("a line that comes byte by byte is one line") {
    Three people;
    for (const char byte : std::string("slowly ä\n")) {
      people.anna.send({&byte, 1});
      people.server.loop().run_ready();
    }
    CHECK(people.bob.next() == "<anna> slowly ä");
  }
}

TEST_SUITE("system/chat/listeners") {
  TEST_CASE("raw clients get the bare text of what is said, and of the server's own errors only") {
    Server server(with_listeners(R"([{"protocol": "line", "port": 0},
                                     {"protocol": "line", "port": 0, "format": "raw"}])"));
    ClientGroup group(server);
    LineClient& anna = group.enter("anna");
    LineClient& script = group.connect({.port = server.port(1)});
    CHECK(script.fence().empty());
    anna.forget();
    anna.say("before\n/me acts\n/topic new\n/nick anne\n//x");
    anna.fence();
    CHECK(script.fence() == Lines{"before", "acts", "/x"});
    script.say("from a script\n/join dev");
    CHECK(script.fence().empty());
    CHECK(containing(anna.fence(), "> from a script").size() == 1);
    LineClient& late = group.connect({.port = server.port(1)});
    CHECK(late.fence().empty());
    late.send("\xff\xff\n");
    CHECK(late.next() == "! your line was dropped: it is not valid UTF-8");
    CHECK(server.stop().status == 0);
    CHECK(late.until_end() == Lines{"Server is shutting down"});
  }

  TEST_CASE("an echo listener greets nobody and answers each line with itself, transformed") {
    Server server(with_listeners(R"([{"protocol": "echo", "port": 0},
        {"protocol": "echo", "port": 0, "transform": "upper", "suffix": "!"}])"));
    ClientGroup group(server);
    LineClient& plain = group.connect({.port = server.port(0)});
    plain.say("Hello\nwörld");
    CHECK(plain.next() == "Hello");
    CHECK(plain.next() == "wörld");
    LineClient& loud = group.connect({.port = server.port(1)});
    loud.say("hello wörld");
    CHECK(loud.next() == "HELLO WÖRLD!");
    loud.send("the end");
    loud.end_input();
    CHECK(loud.until_end() == Lines{"THE END!"});
  }

  TEST_CASE("a Unix socket replaces a stale one, has its mode, and goes with the server") {
    const TemporaryFolder folder;
    const std::string path = folder.path() / "line.sock";
    {
      const base::UniqueFd stale(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      path.copy(address.sun_path, sizeof address.sun_path - 1);
      REQUIRE(bind(stale.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    Server server(with_listeners(R"([{"protocol": "line", "port": 0},
        {"protocol": "line", "mode": "0640", "unix": ")" + path + R"("}])"));
    struct stat made {};
    REQUIRE(stat(path.c_str(), &made) == 0);
    CHECK((made.st_mode & 0777) == 0640);
    ClientGroup group(server);
    LineClient& anna = group.enter("anna", {.unix_path = path});
    LineClient& bob = group.enter("bob");
    bob.say("hello");
    bob.fence();
    CHECK(said_in(anna.fence()) == Lines{"<bob> hello"});
    anna.say("bye");
    anna.end_input();
    anna.until_end();
    bob.expect("<anna> bye");
    CHECK(server.stop().status == 0);
    CHECK_FALSE(std::filesystem::exists(path));
  }

  TEST_CASE("IPv6 clients chat with the others") {
    const base::UniqueFd probe(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!std::filesystem::exists("/proc/sys/net/ipv6/conf/lo") || !probe) {
      MESSAGE("skipped: this machine has no IPv6");
      return;
    }
    Server server(with_listeners(R"([{"protocol": "line", "port": 0},
                                     {"protocol": "line", "address": "::1", "port": 0}])"));
    ClientGroup group(server);
    LineClient& anna = group.enter("anna", {.port = server.port(1), .host = "::1"});
    LineClient& bob = group.enter("bob");
    anna.say("hello");
    CHECK(bob.next() == "<anna> hello");
  }
}

}  // namespace banterd::tests
