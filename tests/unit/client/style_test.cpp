#include "client/style.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace banterd::client {

namespace {

// The line as it reads on the screen, the colours taken out.
std::string without_colours(std::string text) {
  for (size_t start = text.find("\x1b["); start != std::string::npos; start = text.find("\x1b[")) {
    text.erase(start, text.find('m', start) - start + 1);
  }
  return text;
}

// The SGR sequence in front of the nick.
std::string colour_of_nick(const std::string& nick) {
  const std::string line = coloured("<" + nick + "> hello");
  return line.substr(0, line.find('<'));
}

}  // namespace

TEST_SUITE("client/style") {
  TEST_CASE("ordinary text of any script stays as it is") {
    for (const char* text : {"hello", "", "Grüße", "日本語", "👋🏽 😀", "a\xc2\xa0z"})
      CHECK(sanitised(text) == text);
  }

  TEST_CASE("control characters become visible") {
    CHECK(sanitised("a\x1b[2Jb") == "a^[[2Jb");
    CHECK(sanitised("bell\a back\b return\r") == "bell^G back^H return^M");
    CHECK(sanitised(std::string("nul\0del\x7f", 8)) == "nul^@del^?");
    CHECK(sanitised("a\tb") == "a b");
  }

  TEST_CASE("C1 controls and signs that turn the direction of writing are replaced") {
    CHECK(sanitised("a\xc2\x9b"
                    "31mb") ==
          "a\xef\xbf\xbd"
          "31mb");
    CHECK(sanitised("\xe2\x80\xaetxt\xe2\x81\xa9") == "\xef\xbf\xbdtxt\xef\xbf\xbd");
    CHECK(sanitised("\xe2\x80\xa8") == "\xef\xbf\xbd");
  }

  TEST_CASE("bytes that are not UTF-8 are replaced one by one") {
    CHECK(sanitised("a\xff"
                    "b") ==
          "a\xef\xbf\xbd"
          "b");
    CHECK(sanitised("\x9b"
                    "2J") ==
          "\xef\xbf\xbd"
          "2J");
    CHECK(sanitised("cut \xe6\x97") == "cut \xef\xbf\xbd\xef\xbf\xbd");
    CHECK(sanitised("\xc0\x9b") == "\xef\xbf\xbd\xef\xbf\xbd");                  // overlong escape
    CHECK(sanitised("\xe0\x82\x9b") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // overlong
    CHECK(sanitised("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // surrogate
    CHECK(sanitised("\xf4\x90\x80\x80") ==
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // above U+10FFFF
  }

  TEST_CASE("notices are dim and errors red") {
    CHECK(coloured("* anna joined #lobby") == "\x1b[2m* anna joined #lobby\x1b[0m");
    CHECK(coloured("! no such room") == "\x1b[31m! no such room\x1b[0m");
  }

  TEST_CASE("a nick has one colour, never that of errors, and nicks differ") {
    CHECK(colour_of_nick("anna") == colour_of_nick("anna"));
    std::set<std::string> colours;
    for (const char* nick : {"anna", "bert", "carl", "dora", "emil", "fritz", "gustav", "heinz"}) {
      colours.insert(colour_of_nick(nick));
    }
    CHECK(colours.size() >= 3);
    CHECK(colours.count("\x1b[31m") == 0);
  }

  TEST_CASE("only the nick is coloured, not what it says") {
    const std::string line = coloured("<anna> <bert> says hi");
    CHECK(line.ends_with("<anna>\x1b[0m <bert> says hi"));
  }

  TEST_CASE("a private line stands out, a room's name in front of a nick is dim") {
    CHECK(coloured("[private] <anna> psst").starts_with("\x1b[1;7m[private]\x1b[0m \x1b["));
    CHECK(coloured("[#dev] <anna> hi").starts_with("\x1b[2m[#dev]\x1b[0m \x1b["));
  }

  TEST_CASE("what looks like a tag or a nick and is none stays plain") {
    for (const char* text :
         {"[private] psst", "[x", "[a] [b] c", "<anna>", "<", "hello", "*", "!important", ""}) {
      CHECK(coloured(text) == text);
    }
  }

  TEST_CASE("colours change nothing in the text") {
    for (const char* text :
         {"[private] <anna> psst", "[#dev] [12:00] <bert> x > y", "* notice", "! error"}) {
      CHECK(without_colours(coloured(text)) == text);
    }
  }

  TEST_CASE("a line cannot bring colours of its own") {
    const std::string line = coloured("<anna\x1b[5m> \x1b[31mred");
    CHECK(line.find("\x1b[5m") == std::string::npos);
    CHECK(line.find("\x1b[31m") == std::string::npos);
  }

  TEST_CASE("colours are for terminals that have them, unless the user decides") {
    const OutputTraits terminal{.is_terminal = true, .term = "xterm-256color", .no_color = ""};
    CHECK(wants_colours(ColourChoice::automatic, terminal));
    CHECK_FALSE(wants_colours(ColourChoice::never, terminal));
    CHECK_FALSE(wants_colours(ColourChoice::automatic,
                              {.is_terminal = false, .term = "xterm", .no_color = ""}));
    CHECK_FALSE(wants_colours(ColourChoice::automatic,
                              {.is_terminal = true, .term = "dumb", .no_color = ""}));
    CHECK_FALSE(
        wants_colours(ColourChoice::automatic, {.is_terminal = true, .term = "", .no_color = ""}));
    CHECK_FALSE(wants_colours(ColourChoice::automatic,
                              {.is_terminal = true, .term = "xterm", .no_color = "1"}));
    CHECK(wants_colours(ColourChoice::always, {.is_terminal = false, .term = "", .no_color = "1"}));
  }
}

}  // namespace banterd::client
