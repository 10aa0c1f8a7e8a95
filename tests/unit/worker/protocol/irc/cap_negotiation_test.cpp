#include "worker/protocol/irc/cap_negotiation.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace banterd::worker::irc;
using C = Capability;

namespace {

constexpr CapabilitySet kOffered = {C::batch, C::cap_notify, C::multi_prefix, C::multiline};
constexpr ReplyTo kUnknown{.server = "s", .nick = {}, .tags = {}};

std::string answer(CapNegotiation& caps, std::string_view line, const ReplyTo& to = kUnknown) {
  const Parsed parsed = parse(line);
  REQUIRE(parsed);
  std::string out;
  caps.take(parsed.message, to, out);
  return out;
}

// What he is told when he arrives at a process that offers other capabilities.
std::string moved(const CapNegotiation& from, CapNegotiation& to) {
  std::string out;
  CHECK(to.restore(from.save(), {.server = "s", .nick = "ann", .tags = {}}, out));
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    lines.emplace_back(text.substr(0, text.find("\r\n")));
    text.remove_prefix(lines.back().size() + 2);
  }
  return lines;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/cap_negotiation") {
  TEST_CASE("LS and REQ open the negotiation, END closes it, LIST does neither") {
    struct Case {
      std::vector<std::string> lines;
      bool open;
    };
    const Case cases[] = {
        {{}, false},
        {{"CAP LS"}, true},
        {{"CAP LS 302"}, true},
        {{"CAP REQ :batch"}, true},
        {{"CAP REQ :unknown"}, true},
        {{"CAP LIST"}, false},
        {{"CAP END"}, false},
        {{"CAP NOTACOMMAND"}, false},
        {{"CAP LS 302", "CAP END"}, false},
        {{"CAP LS 302", "CAP LIST"}, true},
        {{"CAP LS 302", "CAP END", "CAP END"}, false},
        {{"CAP LS 302", "CAP END", "CAP REQ batch"}, true},
        {{"CAP ls 302", "CAP end"}, false},
    };
    for (const Case& expected : cases) {
      CapNegotiation caps(kOffered);
      for (const std::string& line : expected.lines) {
        CAPTURE(line);
        answer(caps, line);
      }
      CHECK(caps.open() == expected.open);
    }
  }

  TEST_CASE("what is offered, asked for, and agreed on") {
    CapNegotiation caps(kOffered);
    CHECK(answer(caps, "CAP LIST") == ":s CAP * LIST :\r\n");
    CHECK(answer(caps, "CAP LS") ==
          ":s CAP * LS :batch cap-notify draft/multiline multi-prefix\r\n");
    CHECK(answer(caps, "CAP REQ :multi-prefix batch ") == ":s CAP * ACK :multi-prefix batch \r\n");
    CHECK(answer(caps, "CAP LIST") == ":s CAP * LIST :batch multi-prefix\r\n");
    CHECK(answer(caps, "CAP REQ -batch") == ":s CAP * ACK -batch\r\n");
    CHECK(caps.agreed() == CapabilitySet{C::multi_prefix});
    CHECK(answer(caps, "CAP END") == "");
    CHECK(answer(caps, "CAP REQ :batch", {.server = "s", .nick = "ann", .tags = "label=1"}) ==
          "@label=1 :s CAP ann ACK batch\r\n");
  }

  TEST_CASE("a request with an unknown capability is refused whole and repeated as it was typed") {
    CapNegotiation caps(kOffered);
    CHECK(answer(caps, "CAP REQ :foo multi-prefix  bar") ==
          ":s CAP * NAK :foo multi-prefix  bar\r\n");
    CHECK(answer(caps, "CAP REQ :multi-prefix setname") ==
          ":s CAP * NAK :multi-prefix setname\r\n");
    CHECK(caps.agreed().empty());
  }

  TEST_CASE("an empty request changes nothing and is acknowledged, so that nobody waits") {
    CapNegotiation caps(kOffered);
    CHECK(answer(caps, "CAP REQ :") == ":s CAP * ACK :\r\n");
    CHECK(answer(caps, "CAP REQ") == ":s CAP * ACK :\r\n");
    const std::string nick(60, 'n');  // with which so many spaces do not fit the line
    CHECK(answer(caps, "CAP REQ :" + std::string(500, ' '),
                 {.server = "s", .nick = nick, .tags = {}}) == ":s CAP " + nick + " ACK :\r\n");
  }

  TEST_CASE("a subcommand that there is not is named") {
    CapNegotiation caps(kOffered);
    CHECK(answer(caps, "CAP NOTACOMMAND") == ":s 410 * NOTACOMMAND :Invalid CAP command\r\n");
    CHECK(answer(caps, "CAP ACK :batch") == ":s 410 * ACK :Invalid CAP command\r\n");
    CHECK(answer(caps, "CAP :") == ":s 410 * * :Invalid CAP command\r\n");
  }

  TEST_CASE("version 302 implies cap-notify, is never taken back, and shows values") {
    CapNegotiation caps(kOffered);
    answer(caps, "CAP LS 302");
    CHECK(caps.agreed() == CapabilitySet{C::cap_notify});
    CHECK(answer(caps, "CAP LS").find("draft/multiline=") != std::string::npos);
    CHECK(answer(caps, "CAP LS 301").find("draft/multiline=") != std::string::npos);
    CHECK(caps.version() == 302);
    CHECK(answer(caps, "CAP REQ -cap-notify") == ":s CAP * NAK -cap-notify\r\n");
    CapNegotiation without(CapabilitySet{C::batch});
    answer(without, "CAP LS 302");
    CHECK(without.agreed().empty());
  }

  TEST_CASE("an acknowledgement too long for a line is several, none ending within a name") {
    std::string list;
    while (list.size() < 480) list += "multi-prefix -multi-prefix ";
    list += "multi-prefix";
    list.resize(501);
    list = list.substr(0, list.rfind(' '));
    CapNegotiation caps(kOffered);
    const std::string nick(60, 'n');
    const auto lines =
        lines_of(answer(caps, "CAP REQ :" + list, {.server = "s", .nick = nick, .tags = {}}));
    REQUIRE(lines.size() == 2);
    std::string acknowledged;
    for (const std::string& line : lines) {
      CHECK(line.size() <= kMaxRestBytes);
      const Parsed parsed = parse(line);
      REQUIRE(parsed);
      CHECK(parsed.message.params[1] == "ACK");
      acknowledged.append(acknowledged.empty() ? "" : " ").append(parsed.message.params[2]);
    }
    CHECK(acknowledged == list);
  }

  TEST_CASE("a refusal too long for a line is cut") {
    CapNegotiation caps(kOffered);
    const std::string list(501, 'x');
    const auto lines = lines_of(answer(caps, "CAP REQ :" + list));
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with(":s CAP * NAK " + list.substr(0, 400)));
    CHECK(lines[0].size() == kMaxRestBytes);
  }

  TEST_CASE("what was agreed on moves to another process") {
    CapNegotiation caps(kOffered);
    answer(caps, "CAP LS 302");
    answer(caps, "CAP REQ :batch multi-prefix");
    CapNegotiation there(kOffered);
    CHECK(moved(caps, there) == "");
    CHECK(there.open());
    CHECK(there.version() == 302);
    CHECK(there.agreed() == CapabilitySet{C::batch, C::cap_notify, C::multi_prefix});
    answer(caps, "CAP END");
    CHECK(moved(caps, there) == "");
    CHECK_FALSE(there.open());
  }

  TEST_CASE("who has cap-notify is told of what the other process has more or less") {
    CapNegotiation caps(kOffered);
    answer(caps, "CAP LS 302");
    answer(caps, "CAP REQ :batch multi-prefix");
    CapNegotiation there({C::batch, C::cap_notify, C::setname, C::multiline, C::chghost});
    CHECK(moved(caps, there) ==
          ":s CAP ann DEL multi-prefix\r\n:s CAP ann NEW :chghost setname\r\n");
    CHECK(there.agreed() == CapabilitySet{C::batch, C::cap_notify});
    CHECK(answer(there, "CAP REQ setname") == ":s CAP * ACK setname\r\n");
    CapNegotiation back(kOffered);
    CHECK(moved(there, back) ==
          ":s CAP ann DEL :chghost setname\r\n:s CAP ann NEW multi-prefix\r\n");
  }

  TEST_CASE("a new capability has its value for clients from 302 on only") {
    for (const auto& [ls, expected] :
         {std::pair("CAP LS 302", "draft/multiline=" + std::string(value_of(C::multiline))),
          std::pair("CAP LS", std::string("draft/multiline"))}) {
      CapNegotiation caps({C::cap_notify});
      answer(caps, ls);
      answer(caps, "CAP REQ cap-notify");
      CapNegotiation there({C::cap_notify, C::multiline});
      CHECK(moved(caps, there) == ":s CAP ann NEW " + expected + "\r\n");
    }
  }

  TEST_CASE("who has no cap-notify loses what is offered no longer without a word") {
    CapNegotiation caps(kOffered);
    answer(caps, "CAP REQ :batch multi-prefix");
    CapNegotiation there({C::batch, C::cap_notify, C::setname});
    CHECK(moved(caps, there) == "");
    CHECK(there.agreed() == CapabilitySet{C::batch});
  }

  TEST_CASE("a capability that only the other version knows is told to be gone") {
    CapNegotiation there({C::cap_notify});
    std::string out;
    CHECK(there.restore(R"({"version":302,"agreed":"cap-notify future","offered":"cap-notify )"
                        R"(future","later":[1]})",
                        kUnknown, out));
    CHECK(out == ":s CAP * DEL future\r\n");
    CHECK(there.agreed() == CapabilitySet{C::cap_notify});
  }

  TEST_CASE("a text that is no saved negotiation changes nothing") {
    for (const auto* text : {"", "{", "[]", R"({"version":-1})", R"({"agreed":7})"}) {
      CAPTURE(text);
      CapNegotiation caps(kOffered);
      answer(caps, "CAP REQ batch");
      std::string out;
      CHECK_FALSE(caps.restore(text, kUnknown, out));
      CHECK(out == "");
      CHECK(caps.open());
      CHECK(caps.agreed() == CapabilitySet{C::batch});
    }
  }
}
