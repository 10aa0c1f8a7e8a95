#include "worker/text.h"

#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "base/utf8.h"

using namespace std::string_literals;
using banterd::worker::beginning_of;
using banterd::worker::telnet_command_length;
using banterd::worker::TelnetFilter;
using banterd::worker::without_controls;

namespace {

std::string clean(std::string_view text) {
  std::string scratch;
  return std::string(without_controls(text, scratch));
}

std::string filtered(std::string_view bytes, size_t part) {
  TelnetFilter filter;
  std::string all;
  std::string scratch;
  for (size_t i = 0; i < bytes.size(); i += part) {
    all += filter.filter(bytes.substr(i, part), scratch);
  }
  return all;
}

// The same, however it comes.
std::string filtered(std::string_view bytes) {
  const std::string whole = filtered(bytes, bytes.size() + 1);
  for (size_t part = 1; part < bytes.size(); ++part) CHECK(filtered(bytes, part) == whole);
  return whole;
}

}  // namespace

TEST_SUITE("worker/text") {
  TEST_CASE("bytes without telnet's are given as they are, not copied") {
    TelnetFilter filter;
    std::string scratch = "untouched";
    const std::string bytes = "Grüße\r\n";
    CHECK(filter.filter(bytes, scratch).data() == bytes.data());
    CHECK(scratch == "untouched");
  }

  TEST_CASE("what a telnet client negotiates goes, also when it looks like a line end") {
    CHECK(filtered("\xff\xfd\x03\xff\xfb\x18hello\n") == "hello\n");
    CHECK(filtered("he\xff\xfc\x0allo\xff\xfe\x0d\n") == "hello\n");
    CHECK(filtered("a\xff\xf1"s + "b\xff\xf9" + "c\xff\xec" + "d") == "abcd");
    CHECK(filtered("a\xff\xfa\x18\x00xterm\n\xff\xf0"s + "b") == "ab");
    CHECK(filtered("a\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0"s + "b") == "ab");
  }

  TEST_CASE("a doubled IAC is one, and one before no command stays") {
    CHECK(filtered("a\xff\xff"s + "b") == "a\xff"s + "b");
    CHECK(filtered("a\xff\n") == "a\xff\n");
    CHECK(filtered("\xff"s + "abc\n") == "\xff"s + "abc\n");
    CHECK_FALSE(banterd::base::is_valid_utf8(filtered("\xff"s + "abc")));
  }

  TEST_CASE("a telnet command at the front is known when all of it is there") {
    CHECK(telnet_command_length("\xff\xf4\xff\xfd\x06") == 2);
    CHECK(telnet_command_length("\xff\xfd\x06"s + "abc") == 3);
    for (const auto& none :
         {""s, "\xff"s, "\xff\xfd"s, "\xff\xff"s, "\xff\xfa\x18"s, "\xff\n"s, "a\xff\xf4"s})
      CHECK(telnet_command_length(none) == 0);
  }

  TEST_CASE("text without control characters is given as it is, not copied") {
    std::string scratch = "untouched";
    for (const auto& text : {""s, "plain text"s, "Grüße «¿»"s, "日本語 🙂"s}) {
      CHECK(without_controls(text, scratch).data() == text.data());
      CHECK(without_controls(text, scratch) == text);
    }
    CHECK(scratch == "untouched");
  }

  TEST_CASE("C0, DEL and C1 go, and a TAB becomes a space") {
    CHECK(clean("a\0b\rc\nd\x7f"s + "e\x07"s) == "abcde");
    CHECK(clean("a\tb\t") == "a b ");
    CHECK(clean("a\u0080b\u0085c\u009f") == "abc");
    CHECK(clean("\u00a0\u00bf\u00c0") == "\u00a0\u00bf\u00c0");
    CHECK(clean("\x01"s + "ACTION waves\x01") == "ACTION waves");
    CHECK(clean("\x1b") == "");
  }

  TEST_CASE("escape sequences go whole") {
    CHECK(clean("\x1b[31mred\x1b[0m") == "red");
    CHECK(clean("\x1b[2J\x1b[1;1Hx\x1b[?25l\x1b[38:2:1:2:3m\x1b[!p\x1b[ q") == "x");
    CHECK(clean("\u009b31mred\u009bm") == "red");
    CHECK(clean("\x1b]0;title\x07text") == "text");
    CHECK(clean("\x1b]8;;http://host\x1b\\link\x1b]8;;\x1b\\") == "link");
    CHECK(clean("\u009d0;Grüße\u009ctext") == "text");
    CHECK(clean("\x1bP1$tx\x1b\\text\x1b_a\x1b\\\x1b^b\x1b\\\x1bXc\u009c") == "text");
    CHECK(clean("\x1b(B\x1b[mtext\x1b)0") == "text");
  }

  TEST_CASE("of what is no whole sequence only the control character goes") {
    CHECK(clean("\x1bhello") == "hello");
    CHECK(clean("a\x1b\x1b[1mb") == "ab");
    CHECK(clean("\x1b[31") == "[31");
    CHECK(clean("\x1b[") == "[");
    CHECK(clean("\x1b[31ü") == "[31ü");
    CHECK(clean("\x1b[3\x1b[1m1m") == "[31m");
    CHECK(clean("\x1b]0;no end") == "]0;no end");
    CHECK(clean("\x1b]0;\x1b[1mx\x07") == "]0;x");
    CHECK(clean("\x1bPq\x07x") == "Pqx");
    CHECK(clean("\x1b(") == "(");
    CHECK(clean("\x1b(ü") == "(ü");
  }

  TEST_CASE("IRC's formatting codes go, with the digits that belong to them") {
    CHECK(clean("\x02"
                "bold\x02 \x1d"
                "it\x1d \x1f"
                "under\x1f \x1e"
                "strike \x11mono\x16rev\x0f") == "bold it under strike monorev");
    CHECK(clean("\x03"
                "4red\x03") == "red");
    CHECK(clean("\x03"
                "04,12red") == "red");
    CHECK(clean("\x03"
                "123") == "3");
    CHECK(clean("\x03"
                "4,red") == ",red");
    CHECK(clean("\x03"
                "4,123") == "3");
    CHECK(clean("\x03,5x") == ",5x");
    CHECK(clean("\x03") == "");
    CHECK(clean("\x03"
                "1,") == ",");
    CHECK(clean("\x04"
                "ff00CCtext") == "text");
    CHECK(clean("\x04"
                "ff00cc,00FF00text") == "text");
    CHECK(clean("\x04"
                "ff00ctext") == "ff00ctext");
    CHECK(clean("\x04"
                "ff00cc,00ff") == ",00ff");
  }

  TEST_CASE("whatever comes in, valid UTF-8 without controls comes out, and stays as it is") {
    const std::vector<std::string> parts = {
        "\x1b",   "[",      "]",        "P",      "\\", "\x07", "3",    "1;",     "m",
        ",",      "\x03",   "\x04",     "aFfAf0", "\t", "ü",    "🙂", "\u009b", "\u009c",
        "\u009d", "\u0085", "\xc2\xa0", "(",      " ",  "\x7f", "\n"};
    std::mt19937 random(11);
    std::uniform_int_distribution<size_t> any(0, parts.size() - 1);
    for (int i = 0; i < 20000; ++i) {
      std::string text;
      for (int j = 0; j < 12; ++j) text += parts[any(random)];
      const std::string result = clean(text);
      CAPTURE(text);
      REQUIRE(banterd::base::is_valid_utf8(result));
      for (const char c : result) REQUIRE((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
      for (size_t at = result.find('\xc2'); at != std::string::npos;
           at = result.find('\xc2', at + 1)) {
        REQUIRE(static_cast<unsigned char>(result[at + 1]) >= 0xa0);
      }
      REQUIRE(clean(result) == result);
    }
  }

  TEST_CASE("beginnings of sequences without end cost linear time") {
    for (const auto& part : {"\x1b]x"s, "\x1bPx"s, "\x1b[1"s, "\u009d"s, "\x1b("s, "\x1b]\x0a"s}) {
      std::string text;
      while (text.size() < 3'000'000) text += part;
      text += std::string(1'000'000, 'x');
      const auto begin = std::chrono::steady_clock::now();
      static_cast<void>(clean(text));
      // Quadratic time would be hours.
      CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
    }
  }

  TEST_CASE("a text is taken from its beginning, between characters") {
    CHECK(beginning_of("abc", 3) == "abc");
    CHECK(beginning_of("abc", 2) == "ab");
    CHECK(beginning_of("abc", 0) == "");
    CHECK(beginning_of("a\xc3\xa4", 2) == "a");
    CHECK(beginning_of("a\xc3\xa4", 3) == "a\xc3\xa4");
    CHECK(beginning_of("\xf0\x9f\x90\xb1\xf0\x9f\x90\xb1", 7) == "\xf0\x9f\x90\xb1");
    CHECK(beginning_of("\xf0\x9f\x90\xb1", 3) == "");
    CHECK(beginning_of("", 3) == "");
  }
}
