#include "worker/protocol/irc/message.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "worker/line_cutter.h"

using namespace banterd::worker;
using namespace banterd::worker::irc;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

struct Case {
  std::string_view line;
  std::string_view tags;
  std::string_view source;
  std::string_view command;
  std::vector<std::string_view> params;
};

// The lines are literals: they outlive what points into them.
void check_case(const Case& expected) {
  CAPTURE(expected.line);
  const Parsed parsed = parse(expected.line);
  REQUIRE(parsed);
  CHECK(parsed.message.tags.text() == expected.tags);
  CHECK(parsed.message.source == expected.source);
  CHECK(parsed.message.command == expected.command);
  const auto params = parsed.message.params.all();
  CHECK(std::vector(params.begin(), params.end()) == expected.params);
}

std::string tag_section(size_t bytes) { return "@" + std::string(bytes - 2, 'a') + " "; }

}  // namespace

TEST_SUITE("worker/protocol/irc/message") {
  TEST_CASE("a line is taken apart into tags, source, command and parameters") {
    check_case({"PING", "", "", "PING", {}});
    check_case({"nick bob", "", "", "nick", {"bob"}});
    check_case({"USER u 0 * :Real Name", "", "", "USER", {"u", "0", "*", "Real Name"}});
    check_case({":ann!a@h PRIVMSG #dev :hi there", "", "ann!a@h", "PRIVMSG", {"#dev", "hi there"}});
    check_case({"@a=b;+c :s TAGMSG #dev", "a=b;+c", "s", "TAGMSG", {"#dev"}});
    check_case({"@ PING", "", "", "PING", {}});
    check_case({"001 ann", "", "", "001", {"ann"}});
  }

  TEST_CASE("a colon begins the last parameter, which may be empty and have spaces and colons") {
    check_case({"TOPIC #dev :", "", "", "TOPIC", {"#dev", ""}});
    check_case({"TOPIC #dev ::-)", "", "", "TOPIC", {"#dev", ":-)"}});
    check_case({"TOPIC #dev : a  b ", "", "", "TOPIC", {"#dev", " a  b "}});
    check_case({"TOPIC #dev a:b", "", "", "TOPIC", {"#dev", "a:b"}});
    check_case({"TOPIC :#dev x", "", "", "TOPIC", {"#dev x"}});
    check_case({"QUIT :a :b", "", "", "QUIT", {"a :b"}});
  }

  TEST_CASE("spaces may be doubled and stand at both ends") {
    check_case({"  JOIN   #dev  key  ", "", "", "JOIN", {"#dev", "key"}});
    check_case({"@a=b   :s   JOIN  #dev ", "a=b", "s", "JOIN", {"#dev"}});
  }

  TEST_CASE("the fifteenth parameter takes the rest of the line") {
    const auto fourteen = "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14"s;
    for (const auto& [rest, last] : {std::pair{" 15", "15"},
                                     {" 15 16 :17", "15 16 :17"},
                                     {"  15 16 ", "15 16 "},
                                     {" :15 16", "15 16"},
                                     {" :", ""}}) {
      CAPTURE(rest);
      const std::string line = fourteen + rest;
      const Parsed parsed = parse(line);
      REQUIRE(parsed);
      CHECK(parsed.message.params.size() == 15);
      CHECK(parsed.message.params[13] == "14");
      CHECK(parsed.message.params[14] == last);
    }
  }

  TEST_CASE("a parameter that is not there reads as empty") {
    const Parsed parsed = parse("JOIN #dev");
    CHECK(parsed.message.params[0] == "#dev");
    CHECK(parsed.message.params[1] == "");
    CHECK(parsed.message.params[99] == "");
  }

  TEST_CASE("a line without a command is empty, whatever else it has") {
    for (const auto line :
         {"", " ", "    ", "@a=b", "@a=b ", "@", ":source", ":source  ", ":", "@a :s"}) {
      CAPTURE(line);
      CHECK(parse(line).flaw == Flaw::empty);
    }
  }

  TEST_CASE("tags are counted with their '@' and space, the rest without them") {
    const std::string longest = "PRIVMSG #dev :" + std::string(kMaxRestBytes - 14, 'x');
    CHECK(parse(longest));
    CHECK(parse(tag_section(kMaxClientTagBytes) + longest));
    CHECK(parse(tag_section(kMaxClientTagBytes + 1) + "PING").flaw == Flaw::tags_too_long);
    CHECK(parse(longest + "x").flaw == Flaw::rest_too_long);
    CHECK(parse("@a " + longest + "x").flaw == Flaw::rest_too_long);
    CHECK(parse(tag_section(kMaxClientTagBytes + 1) + longest + "x").flaw == Flaw::tags_too_long);
    // Spaces before the command are no part of the tags.
    CHECK(parse("@a " + std::string(kMaxRestBytes, ' ') + "PING").flaw == Flaw::rest_too_long);
    CHECK(parse("@" + std::string(kMaxClientTagBytes, 'a')).flaw == Flaw::tags_too_long);
    CHECK(parse(tag_section(kMaxTagBytes) + "PING", kMaxTagBytes));
    CHECK(parse(tag_section(kMaxTagBytes + 1) + "PING", kMaxTagBytes).flaw == Flaw::tags_too_long);
  }

  TEST_CASE("the longest line that can be right passes the cutter of lines") {
    const std::string line =
        tag_section(kMaxClientTagBytes) + "PING " + std::string(kMaxRestBytes - 5, 'x');
    for (const auto* end : {"\n", "\r\n"}) {
      LineCutter cutter(kMaxLineBytes);
      const std::string input = line + end;
      const auto cut = cutter.next(input);
      REQUIRE(cut.line);
      CHECK(!cut.line->too_long);
      CHECK(cut.line->text == line);
      CHECK(parse(cut.line->text));
    }
    LineCutter cutter(kMaxLineBytes);
    const auto cut = cutter.next(line + "x\r\n");
    REQUIRE(cut.line);
    CHECK(cut.line->too_long);
  }

  TEST_CASE("NUL, CR and LF are forbidden in every part") {
    for (const auto line : {"PING \0"sv, "PING a\rQUIT"sv, "PING a\nQUIT"sv, "\0"sv, "@a=\0 PING"sv,
                            ":a\0 PING"sv, "PI\rNG"sv, "PING \r"sv}) {
      CAPTURE(line);
      CHECK(parse(line).flaw == Flaw::forbidden_byte);
    }
  }

  TEST_CASE("a line that is no UTF-8 keeps the tags and the command that an answer needs") {
    const Parsed parsed = parse("@label=xyz :s PRIVMSG #dev :hi\xaa");
    CHECK(parsed.flaw == Flaw::invalid_utf8);
    CHECK(parsed.message.tags.value("label") == "xyz");
    CHECK(parsed.message.command == "PRIVMSG");
    CHECK(parsed.message.source == "");
    CHECK(parsed.message.params.empty());
  }

  TEST_CASE("what is itself flawed is kept for no answer") {
    CHECK(parse("@label=\xaa PING").message.tags.empty());
    CHECK(parse("@label=\xaa PING").message.command == "PING");
    CHECK(parse("@label=x P\xaaNG").message.command == "");
    CHECK(parse("@label=x P\0NG"sv).message.command == "");
    CHECK(parse("@label=x P\0NG"sv).message.tags.value("label") == "x");
    CHECK(parse("@label=x PING " + std::string(600, 'x')).message.tags.value("label") == "x");
    CHECK(parse(tag_section(5000) + "PING").message.tags.empty());
    CHECK(parse(tag_section(5000) + "PING").message.command == "PING");
  }

  TEST_CASE("a tag has a value, an empty one or none, which mean the same when it is empty") {
    const Tags tags("a=1;b=;c;;=x;+d=2=3;");
    CHECK(tags.value("a") == "1");
    CHECK(tags.value("b") == "");
    CHECK(tags.value("c") == "");
    CHECK(tags.value("+d") == "2=3");
    CHECK(tags.value("d") == std::nullopt);
    CHECK(tags.value("A") == std::nullopt);
    CHECK(tags.value("") == std::nullopt);
    CHECK(Tags().value("a") == std::nullopt);
    std::string keys;
    tags.each([&](const Tag& tag) { keys.append(tag.key).append(" "); });
    CHECK(keys == "a b c +d ");
  }

  TEST_CASE("of several tags with one key the last counts") {
    CHECK(Tags("a=1;b=2;a=3").value("a") == "3");
    CHECK(Tags("a=1;a").value("a") == "");
  }

  TEST_CASE("only a client's own tags are passed on, as they came") {
    CHECK(Tags("label=1;+typing=active;time=x;+draft/reply=a\\:b;+x=").client_only() ==
          "+typing=active;+draft/reply=a\\:b;+x");
    CHECK(Tags("a;+;+=x").client_only() == "");
    CHECK(Tags("+a=1;+b;+a=2;+b;a=3").client_only() == "+a=2;+b");
    CHECK(Tags().client_only() == "");
  }

  TEST_CASE("tag values are escaped and read back") {
    const std::pair<std::string, std::string> cases[] = {
        {"", ""},           {"a;b", "a\\:b"}, {"a b", "a\\sb"},   {"\\", "\\\\"},
        {"\r\n", "\\r\\n"}, {"\\s", "\\\\s"}, {"a=b,c", "a=b,c"}, {"\xc3\xa4 ", "\xc3\xa4\\s"}};
    for (const auto& [value, escaped] : cases) {
      CAPTURE(value);
      CHECK(escape_tag_value(value) == escaped);
      CHECK(unescape_tag_value(escaped) == value);
    }
  }

  TEST_CASE("backslashes that escape nothing are left out") {
    CHECK(unescape_tag_value("test\\") == "test");
    CHECK(unescape_tag_value("\\b") == "b");
    CHECK(unescape_tag_value("\\\\\\") == "\\");
    CHECK(unescape_tag_value("\\") == "");
    CHECK(escape_tag_value("a\0b"sv) == "ab");
  }
}
