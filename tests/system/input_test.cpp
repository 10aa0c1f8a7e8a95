// What clients of the line protocol send that is no plain text.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/client_group.h"
#include "tests/support/three_people.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

TEST_SUITE("system/input") {
  TEST_CASE(
      "G8: bad UTF-8, a line that is too long and unknown commands get an error, and he goes on") {
    Three people;
    people.anna.send("\xc3\x28\n");
    CHECK(people.anna.next() == "! your line was dropped: it is not valid UTF-8");
    people.anna.send(
        "\xed\xa0\x80 a surrogate\n\xc0\xaf overlong\n\xf8 no lead byte\ncut \xe2\x82\n");
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

  TEST_CASE("an IRC client on the wrong port is sent away before its password is said") {
    Three people;
    for (const std::string first : {"CAP LS 302\r\nPASS sesame\r\nNICK ada\r\n",
                                    "PASS sesame\r\nNICK ada\r\n", "NICK ada\r\n"}) {
      LineClient& lost = people.group.connect();
      lost.send(first + "USER ada 0 * :Ada Lovelace\r\nJOIN #dev\r\nPRIVMSG #dev :hello\r\n");
      CHECK(lost.until_end().back() == "! IRC is not spoken here");
      const std::string guest = lost.guest_nick();
      people.anna.expect("* " + guest + " joined #lobby");
      people.anna.expect("* " + guest + " quit (IRC is not spoken here)");
    }
    CHECK(people.anna.fence().empty());
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
    people.anna.send(
        "\xf0"
        "fore\r\n");
    CHECK(people.bob.next() == "<anna> before");
    CHECK(people.anna.fence().empty());
  }

  TEST_CASE("telnet hears that its mark was seen after a Ctrl-C, and nothing else is said") {
    Three people;
    people.anna.send("\xff\xf4\xff\xfd\x06");
    people.anna.say("/topic");
    CHECK(people.anna.next() == "\xff\xfb\x06* #lobby has no topic");
    CHECK(people.bob.fence().empty());
  }

  TEST_CASE("G8: control characters are relayed by no way that text takes") {
    Three people;
    const std::string nasty =
        "a\x1b[31mb\x07"
        "c\x01"
        "d\x7f"
        "e\xc2\x9b"
        "f\x1b]0;title\x07g\th\x08i";
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
    people.bob.until(
        [](const std::string& line) { return line.find(" quit (") != std::string::npos; },
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

}  // namespace banterd::tests
