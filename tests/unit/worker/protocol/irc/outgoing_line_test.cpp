#include "worker/protocol/irc/outgoing_line.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/utf8.h"
#include "worker/protocol/irc/message.h"

using namespace banterd::worker;
using namespace banterd::worker::irc;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

std::string line_of(const Source& source, std::string_view command,
                    std::initializer_list<std::string_view> params) {
  std::string out;
  append_line(out, source, command, params);
  return out;
}

std::string with_tags(std::string_view tags) {
  std::string out;
  append_line(out, {.tags = tags, .source = "s", .command = "PING", .params = {}});
  return out;
}

constexpr std::string_view kCat = "\xf0\x9f\x90\xb1";

}  // namespace

TEST_SUITE("worker/protocol/irc/outgoing_line") {
  TEST_CASE("a line has a source, a command and parameters, and ends in CRLF") {
    CHECK(line_of("s", "PING", {}) == ":s PING\r\n");
    CHECK(line_of("", "PING", {"x"}) == "PING x\r\n");
    CHECK(line_of("ann!a@h", "PRIVMSG", {"#dev", "hi there"}) ==
          ":ann!a@h PRIVMSG #dev :hi there\r\n");
  }

  TEST_CASE("who says something is written as his mask is, without what no line may have") {
    banterd::chat::Profile ann;
    ann.nick = *banterd::chat::Nick::parse("ann");
    ann.user = "a";
    ann.host = "long.host.example.net";
    const Source source = ann;
    CHECK(line_of(source, "PRIVMSG", {"#dev", "hi"}) ==
          line_of(ann.mask(), "PRIVMSG", {"#dev", "hi"}));
    CHECK(source.bytes() == ann.mask().size());
    ann.user = "a \r\n";
    CHECK(line_of(source, "AWAY", {}) == ":ann!a@long.host.example.net AWAY\r\n");
  }

  TEST_CASE("parameters that are written already stand behind the others") {
    const std::string_view params[] = {"two words", "ann"};
    std::string out;
    append_line(out, {.tags = {},
                      .source = "s",
                      .command = "005",
                      .params = params,
                      .written = "A=1 B :are supported"});
    CHECK(out == ":s 005 * ann A=1 B :are supported\r\n");
    out.clear();
    append_line(out, {.tags = {}, .source = "s", .command = "C", .params = {}, .written = "x"});
    CHECK(out == ":s C x\r\n");
  }

  TEST_CASE("lines are appended to what is there") {
    std::string out;
    append_line(out, "s", "A", {});
    append_line(out, "s", "B", {std::string(600, 'x')});
    append_line(out, "s", "C", {});
    CHECK(out.starts_with(":s A\r\n:s B xxx"));
    CHECK(out.ends_with("xx\r\n:s C\r\n"));
    CHECK(out.size() == 6 + 512 + 6);
  }

  TEST_CASE("the last parameter has a colon only where it needs one") {
    CHECK(line_of("s", "X", {"a"}) == ":s X a\r\n");
    CHECK(line_of("s", "X", {""}) == ":s X :\r\n");
    CHECK(line_of("s", "X", {":-)"}) == ":s X ::-)\r\n");
    CHECK(line_of("s", "X", {"a b"}) == ":s X :a b\r\n");
    CHECK(line_of("s", "X", {"a:b"}) == ":s X a:b\r\n");
    CHECK(line_of("s", "X", {"a", "b"}) == ":s X a b\r\n");
  }

  TEST_CASE("what cannot stand before the last parameter is sent as an asterisk") {
    for (const auto param : {"", "a b", ":a", "\r", " "}) {
      CAPTURE(param);
      CHECK(line_of("s", "401", {"ann", param, "No such nick"}) ==
            ":s 401 ann * :No such nick\r\n");
    }
  }

  TEST_CASE("CR, LF and NUL pass nowhere") {
    CHECK(line_of("a\r\nb c", "PI\0NG"sv, {"x\ny", "1\r\n2\0003"sv}) == ":abc PING xy 123\r\n");
    CHECK(line_of("s", "X", {"\r\n"}) == ":s X :\r\n");
    CHECK(with_tags("a=\r\n b;c\0d"sv) == "@a=b;cd :s PING\r\n");
  }

  TEST_CASE("other control characters are the people's") {
    CHECK(line_of("s", "X",
                  {"\x02"
                   "a\x02"
                   "b\x03"
                   "4"}) ==
          ":s X \x02"
          "a\x02"
          "b\x03"
          "4\r\n");
  }

  TEST_CASE("a line of 512 bytes is whole, a longer one is cut to it") {
    const std::string text(512 - "s: X \r\n"sv.size(), 'x');
    CHECK(line_of("s", "X", {text}) == ":s X " + text + "\r\n");
    CHECK(line_of("s", "X", {text + "y"}) == ":s X " + text + "\r\n");
    CHECK(line_of("s", "X", {text + text}).size() == 512);
  }

  TEST_CASE("a line is cut between characters") {
    const size_t room = 512 - ":s X \r\n"sv.size();
    for (size_t missing = 0; missing < 6; ++missing) {
      CAPTURE(missing);
      const std::string head(room - missing, 'x');
      const std::string line = line_of("s", "X", {head + std::string(kCat) + "yyyy"});
      CHECK(line.size() <= 512);
      CHECK(banterd::base::is_valid_utf8(line));
      const std::string kept = head + (missing >= 4 ? std::string(kCat) : ""s);
      CHECK(line.substr(5).starts_with(kept));
      CHECK(line.size() >= 512 - 3);
    }
  }

  TEST_CASE("parameters before the last that fill the line leave nothing of it") {
    const std::string line = line_of("s", "X", {std::string(600, 'x'), "text of it"});
    CHECK(line == ":s X " + std::string(505, 'x') + "\r\n");
  }

  TEST_CASE("a CTCP message that is cut keeps its end") {
    const std::string action =
        "\x01"
        "ACTION " +
        std::string(600, 'x') + "\x01";
    const std::string line = line_of("s", "PRIVMSG", {"#dev", action});
    CHECK(line.size() == 512);
    CHECK(
        line.starts_with(":s PRIVMSG #dev :\x01"
                         "ACTION xxx"));
    CHECK(line.ends_with("xxx\x01\r\n"));

    std::string cats;
    while (cats.size() < 600) cats += kCat;
    const std::string cut = line_of("s", "PRIVMSG", {"#dev", "\x01" + cats + "\x01"});
    CHECK(cut.size() <= 512);
    CHECK(cut.ends_with("\x01\r\n"));
    CHECK(banterd::base::is_valid_utf8(cut));

    const std::string open = line_of("s", "PRIVMSG",
                                     {"#dev",
                                      "\x01"
                                      "X " +
                                          std::string(600, 'x')});
    CHECK(open.ends_with("x\r\n"));
    // Where nothing of it is left it has no end either.
    for (const size_t before : {501, 502, 503, 504, 505, 600}) {
      const std::string head(before, 'x');
      const std::string none = line_of("s", "X",
                                       {head,
                                        "\x01"
                                        "A a\x01"});
      CHECK(none.size() == 512);
      if (before >= 505) CHECK(none == ":s X " + head.substr(0, 505) + "\r\n");
    }
  }

  TEST_CASE("tags are joined, their values escaped, and do not count against the 512 bytes") {
    std::string tags;
    append_tag(tags, "time", "2026-01-02T03:04:05.678Z");
    append_tag(tags, "bot");
    append_tag(tags, "label", "a;b c");
    append_tags(tags, "");
    append_tags(tags, "+typing=active;+x");
    CHECK(tags == "time=2026-01-02T03:04:05.678Z;bot;label=a\\:b\\sc;+typing=active;+x");
    CHECK(with_tags("a=b") == "@a=b :s PING\r\n");

    std::string out;
    append_line(out, {.tags = tags,
                      .source = "s",
                      .command = "X",
                      .params = std::vector<std::string_view>{std::string(505, 'x')}});
    CHECK(out.size() == tags.size() + 2 + 512);
  }

  TEST_CASE("tags that are too long lose whole tags from the end") {
    const std::string fits = "a=" + std::string(kMaxTagBytes - 4, 'x');
    CHECK(with_tags(fits) == "@" + fits + " :s PING\r\n");
    CHECK(with_tags(fits + ";b") == "@" + fits + " :s PING\r\n");
    CHECK(with_tags("b;" + fits) == "@b :s PING\r\n");
    CHECK(with_tags(fits + "x") == ":s PING\r\n");
  }

  TEST_CASE("what was made is read back as it was given") {
    const std::string_view texts[] = {"",
                                      ":",
                                      " ",
                                      "a",
                                      "a b",
                                      ":a",
                                      " a ",
                                      "\x01"
                                      "A\x01"};
    for (const auto text : texts) {
      CAPTURE(text);
      std::string line;
      append_line(line, {.tags = "a=1;+b",
                         .source = "n!u@h",
                         .command = "PRIVMSG",
                         .params = std::vector{"#dev"sv, text}});
      line.resize(line.size() - 2);
      const Parsed parsed = parse(line);
      REQUIRE(parsed);
      CHECK(parsed.message.tags.text() == "a=1;+b");
      CHECK(parsed.message.source == "n!u@h");
      CHECK(parsed.message.command == "PRIVMSG");
      REQUIRE(parsed.message.params.size() == 2);
      CHECK(parsed.message.params[0] == "#dev");
      CHECK(parsed.message.params[1] == text);
    }
  }
}
