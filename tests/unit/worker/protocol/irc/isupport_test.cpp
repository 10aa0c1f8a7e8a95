#include "worker/protocol/irc/isupport.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "worker/protocol/irc/message.h"

using namespace banterd::worker::irc;

namespace {

constexpr AnnouncedLimits kLimits = {.network = "Test Net",
                                     .nick_bytes = 32,
                                     .user_bytes = 12,
                                     .realname_bytes = 150,
                                     .room_bytes = 64,
                                     .topic_bytes = 390,
                                     .reason_bytes = 300,
                                     .away_bytes = 200,
                                     .rooms = 100,
                                     .list_entries = 60,
                                     .modes = 20,
                                     .targets = 4,
                                     .monitored = 128,
                                     .history_lines = 500};

// As long as it may be: the lines are made for that.
constexpr std::string_view kNick = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";

bool has(const std::vector<std::string>& tokens, std::string_view token) {
  return std::ranges::find(tokens, token) != tokens.end();
}

// The tokens of the lines, each of which is checked.
std::vector<std::string> read_back(std::string_view text) {
  std::vector<std::string> tokens;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find("\r\n"));
    text.remove_prefix(line.size() + 2);
    const Parsed parsed = parse(line);
    REQUIRE(parsed);
    const Params& params = parsed.message.params;
    CHECK(parsed.message.command == "005");
    CHECK(params[0] == kNick);
    REQUIRE(params.size() >= 3);
    CHECK(params[params.size() - 1] == "are supported by this server");
    for (size_t i = 1; i + 1 < params.size(); ++i) tokens.emplace_back(params[i]);
  }
  return tokens;
}

std::string lines_of(const std::vector<std::string>& tokens) {
  std::string out;
  append_isupport(out, {.server = "irc.test", .nick = kNick, .tags = {}},
                  isupport_lines(tokens, "irc.test", kNick.size()));
  return out;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/isupport") {
  TEST_CASE("the tokens say what the server has and where its limits are") {
    const auto tokens = isupport_tokens(kLimits);
    for (const std::string token :
         {"ACCOUNTEXTBAN=a",
          "AWAYLEN=200",
          "BOT=B",
          "CASEMAPPING=ascii",
          "CHANLIMIT=#:100",
          "CHANMODES=beI,k,l,Ccimnst",
          "CHANNELLEN=64",
          "CHANTYPES=#",
          "CHATHISTORY=500",
          "ELIST=CMNTU",
          "EXCEPTS=e",
          "EXTBAN=~,am",
          "INVEX=I",
          "KICKLEN=300",
          "MAXLIST=b:60,e:60,I:60",
          "MODES=20",
          "MONITOR=128",
          "MSGREFTYPES=msgid,timestamp",
          "NAMELEN=150",
          "NETWORK=Test\\x20Net",
          "NICKLEN=32",
          "PREFIX=(ohv)@%+",
          "SAFELIST",
          "STATUSMSG=@%+",
          "TARGMAX=JOIN:,KICK:4,LIST:,NAMES:,NOTICE:4,PART:,PRIVMSG:4,TAGMSG:4,WHOIS:1",
          "TOPICLEN=390",
          "USERLEN=12",
          "UTF8ONLY",
          "WHOX"}) {
      CAPTURE(token);
      CHECK(has(tokens, token));
    }
    CHECK(tokens.size() == 29);
    CHECK(std::ranges::is_sorted(tokens));
  }

  TEST_CASE("what is not there is not announced") {
    AnnouncedLimits limits = kLimits;
    limits.monitored = 0;
    limits.history_lines = 0;
    for (const std::string& token : isupport_tokens(limits)) {
      CHECK_FALSE(token.starts_with("MONITOR"));
      CHECK_FALSE(token.starts_with("CHATHISTORY"));
      CHECK_FALSE(token.starts_with("MSGREFTYPES"));
    }
  }

  TEST_CASE("a line has at most thirteen tokens, and all are sent") {
    const auto tokens = isupport_tokens(kLimits);
    const std::string text = lines_of(tokens);
    CHECK(read_back(text) == tokens);
    CHECK(std::ranges::count(text, '\n') == 3);
    CHECK(std::ranges::count(lines_of(std::vector<std::string>(13, "X")), '\n') == 1);
    CHECK(std::ranges::count(lines_of(std::vector<std::string>(14, "X")), '\n') == 2);
    CHECK(lines_of({}) == "");
  }

  TEST_CASE("a line with long tokens has fewer of them") {
    const std::vector<std::string> tokens(7, std::string(140, 'x'));
    const std::string text = lines_of(tokens);
    CHECK(read_back(text) == tokens);
    CHECK(std::ranges::count(text, '\n') == 3);
    for (size_t length = 1; length < 420; ++length) {
      const std::vector<std::string> two(2, std::string(length, 'x'));
      CHECK(read_back(lines_of(two)) == two);
    }
  }

  TEST_CASE("a value has nothing that could end it") {
    CHECK(escape_isupport("Test") == "Test");
    CHECK(escape_isupport("a b=c\\d") == "a\\x20b\\x3Dc\\x5Cd");
    CHECK(escape_isupport("\xc3\xa4\r\n\x7f") == "\\xC3\\xA4\\x0D\\x0A\\x7F");
    CHECK(escape_isupport("") == "");
  }
}
