// IRC users and line users in one room: each sees all of what the other does, in his own protocol's
// words, and in one order.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/client_group.h"
#include "tests/support/irc_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

// ann by IRC, bob by IRC with more capabilities, carl and dora on lines: all in #lobby.
struct Company {
  Server server;
  ClientGroup lines{server};
  IrcGroup group{server};
  LineClient& carl;
  LineClient& dora;
  IrcClient& ann;
  IrcClient& bob;

  explicit Company(int workers = 3)
      : server(irc_config(workers)),
        carl(lines.enter("carl")),
        dora(lines.enter("dora")),
        ann(group.enter("ann")),
        bob(group.enter("bob", "message-tags batch draft/multiline server-time")) {
    ann.ask("JOIN #lobby");
    bob.ask("JOIN #lobby");
    settle();
    for (StreamClient* one : all()) one->forget();
  }
  [[nodiscard]] std::vector<StreamClient*> all() { return {&carl, &dora, &ann, &bob}; }
  void settle() { tests::settle(server.loop(), all()); }
  // What `listener` has heard of what `speaker` did.
  Lines heard_by(StreamClient& listener, StreamClient& speaker) {
    speaker.fence();
    return listener.fence();
  }
  Lines by_irc(std::string_view line) {
    ann.say(line);
    return heard_by(carl, ann);
  }
  Lines by_line(std::string_view line) {
    carl.say(line);
    return heard_by(ann, carl);
  }
};

std::string guest(const std::string& nick, const std::string& rest) {
  return ":" + nick + "!guest@127.0.0.1 " + rest;
}

}  // namespace

TEST_SUITE("system/irc_line") {
  TEST_CASE("line users see what IRC users do") {
    int workers = 0;
    SUBCASE("1 worker") { workers = 1; }
    SUBCASE("3 workers") { workers = 3; }
    Company company(workers);
    IrcClient& ann = company.ann;
    CHECK(company.by_irc("PRIVMSG #lobby :hello there") == Lines{"<ann> hello there"});
    CHECK(company.by_irc("NOTICE #lobby :attention") == Lines{"-ann- attention"});
    CHECK(company.by_irc("PRIVMSG #lobby :\x01"
                         "ACTION waves\x01") == Lines{"* ann waves"});
    CHECK(company.by_irc("PRIVMSG carl :psst") == Lines{"[private] <ann> psst"});
    CHECK(company.by_irc("NOTICE carl :psst") == Lines{"[private] -ann- psst"});
    CHECK(company.by_irc("PRIVMSG carl :\x01"
                         "ACTION winks\x01") == Lines{"[private] * ann winks"});
    CHECK(company.by_irc("TOPIC #lobby :new topic") ==
          Lines{"* ann set the topic of #lobby: new topic"});
    CHECK(company.by_irc("TOPIC #lobby :") == Lines{"* ann took the topic of #lobby away"});
    CHECK(company.by_irc("NICK anna") == Lines{"* ann is now anna"});
    CHECK(company.by_irc("PART #lobby :for tea") == Lines{"* anna left #lobby (for tea)"});
    CHECK(company.by_irc("JOIN #lobby") == Lines{"* anna joined #lobby"});
    ann.say("QUIT :bye all");
    ann.until_end();
    CHECK(company.carl.fence() == Lines{"* anna quit (Quit: bye all)"});
  }

  TEST_CASE("IRC users see what line users do") {
    int workers = 0;
    SUBCASE("1 worker") { workers = 1; }
    SUBCASE("3 workers") { workers = 3; }
    Company company(workers);
    CHECK(company.by_line("hello there") == Lines{guest("carl", "PRIVMSG #lobby :hello there")});
    CHECK(company.by_line("/me waves") == Lines{guest("carl",
                                                      "PRIVMSG #lobby :\x01"
                                                      "ACTION waves\x01")});
    CHECK(company.by_line("/msg ann psst now") == Lines{guest("carl", "PRIVMSG ann :psst now")});
    CHECK(company.by_line("/topic new topic") == Lines{guest("carl", "TOPIC #lobby :new topic")});
    CHECK(company.by_line("/nick karl") == Lines{guest("carl", "NICK karl")});
    CHECK(company.by_line("/part #lobby") == Lines{guest("karl", "PART #lobby")});
    CHECK(company.by_line("/join #lobby") == Lines{guest("karl", "JOIN #lobby")});
    company.carl.say("/quit");
    company.carl.until_end();
    const Lines quits = with_command("QUIT", company.ann.fence());
    REQUIRE(quits.size() == 1);
    CHECK(quits[0].starts_with(guest("karl", "QUIT ")));
  }

  TEST_CASE("a line user is kicked, banned and invited by an IRC user") {
    Company company;
    IrcClient& ann = company.ann;
    company.carl.say("/join #dev");
    company.carl.fence();
    CHECK(containing(ann.ask("JOIN #dev"), "carl").size() == 1);
    // carl made the room, so ann may do nothing there.
    CHECK(with_command("482", ann.ask("KICK #dev carl :out")).size() == 1);
    ann.ask("JOIN #ann");
    ann.ask("MODE #ann +b dora!*@*");
    company.dora.say("/join #ann");
    const Lines refused = company.dora.fence();
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].starts_with("! "));
    company.carl.say("/join #ann");
    company.carl.fence();
    ann.ask("KICK #ann carl :enough");
    CHECK(company.carl.fence() ==
          Lines{"* carl was put out of #ann by ann (enough)", "* You talk in #dev"});
    ann.ask("MODE #ann +i");
    company.carl.say("/join #ann");
    CHECK(company.carl.fence().at(0).starts_with("! "));
    ann.ask("INVITE carl #ann");
    CHECK(company.carl.fence() == Lines{"* ann invites you to #ann: /join it"});
    company.carl.say("/join #ann");
    CHECK(containing(company.carl.fence(), "* carl joined #ann").size() == 1);
    CHECK(containing(ann.fence(), guest("carl", "JOIN #ann")).size() == 1);
  }

  TEST_CASE("line users get no formatting, no CTCP, no tags; IRC users get all as it was") {
    Company company;
    const std::string colours =
        "\x02"
        "bold\x02 \x03"
        "04,12red\x03 \x1d"
        "i\x1d\x1f"
        "u\x1f\x0f plain \x16r";
    company.ann.say("PRIVMSG #lobby :" + colours);
    company.ann.fence();
    CHECK(company.bob.fence().at(0).ends_with(" PRIVMSG #lobby :" + colours));
    const Lines plain = company.carl.fence();
    CHECK(plain == Lines{"<ann> bold red iu plain r"});
    CHECK(company.carl.flawed() == Lines{});
    for (const char* line : {"PRIVMSG #lobby :\x01VERSION\x01", "PRIVMSG carl :\x01PING 123\x01",
                             "NOTICE carl :\x01VERSION irssi\x01",
                             "PRIVMSG carl :\x01"
                             "DCC SEND x 1 2 3"}) {
      CAPTURE(line);
      CHECK(company.by_irc(line) == Lines{});
    }
    company.bob.say("@+typing=active TAGMSG #lobby");
    company.bob.say("@+draft/react=:) PRIVMSG #lobby :tagged");
    CHECK(company.heard_by(company.carl, company.bob) == Lines{"<bob> tagged"});
  }

  TEST_CASE("a message of several lines is several lines to those who know no other way") {
    Company company;
    IrcClient& bob = company.bob;
    for (const char* line : {"BATCH +b draft/multiline #lobby", "@batch=b PRIVMSG #lobby :one",
                             "@batch=b PRIVMSG #lobby :two, ",
                             "@batch=b;draft/multiline-concat PRIVMSG #lobby :joined",
                             "@batch=b PRIVMSG #lobby :three", "BATCH -b"}) {
      bob.say(line);
    }
    bob.fence();
    CHECK(company.carl.fence() == Lines{"<bob> one", "<bob> two, joined", "<bob> three"});
    const std::string who = ":bob!bob@127.0.0.1 PRIVMSG #lobby ";
    CHECK(company.ann.fence() == Lines{who + "one", who + ":two, ", who + "joined", who + "three"});
  }

  TEST_CASE(
      "a long line of a line user comes in as many IRC lines as it needs, with nothing lost") {
    Company company;
    std::string text;
    for (int i = 0; i < 200; ++i) text += "wörd" + std::to_string(i) + " ";
    text += "end";
    company.carl.say(text);
    const Lines parts = company.heard_by(company.ann, company.carl);
    CHECK(parts.size() > 2);
    std::string all;
    const std::string start = guest("carl", "PRIVMSG #lobby ");
    for (const std::string& part : parts) {
      REQUIRE(part.starts_with(start));
      const std::string said = part.substr(start.size());
      all += said.starts_with(':') ? said.substr(1) : said;
    }
    CHECK(all == text);
  }

  TEST_CASE("nicks and rooms are the same whatever their case and whoever names them") {
    Company company;
    CHECK(company.by_irc("PRIVMSG CARL :psst") == Lines{"[private] <ann> psst"});
    CHECK(company.by_irc("PRIVMSG #LOBBY :hello") == Lines{"<ann> hello"});
    CHECK(company.by_line("/msg ANN psst") == Lines{guest("carl", "PRIVMSG ann psst")});
    company.carl.say("/nick ANN");
    CHECK(company.carl.fence().at(0).starts_with("! "));
    CHECK(with_command("433", company.ann.ask("NICK Carl")).size() == 1);
    CHECK(with_command("311", company.ann.ask("WHOIS CARL")).size() == 1);
    CHECK(containing(company.ann.ask("NAMES #Lobby"), "carl").size() == 1);
  }

  TEST_CASE("a raw listener gives scripts what IRC users say, bare") {
    ServerConfig config = irc_config(3);
    config.listeners = R"([{"protocol": "line", "port": 0}, {"protocol": "irc", "port": 0},
                           {"protocol": "line", "port": 0, "format": "raw"}])";
    Server server(config);
    ClientGroup lines(server);
    IrcGroup group(server);
    LineClient& script = lines.connect({.port = server.port(2)});
    IrcClient& ann = group.enter("ann");
    ann.ask("JOIN #lobby");
    script.say("from a script");
    ann.until([](const std::string& line) { return line.ends_with(":from a script"); }, "the line");
    ann.say("PRIVMSG #lobby :to a script");
    ann.say("PRIVMSG #lobby :\x01VERSION\x01");
    ann.say(
        "PRIVMSG #lobby :\x03"
        "04end");
    CHECK(script.next() == "to a script");
    CHECK(script.next() == "end");
  }
}

}  // namespace banterd::tests
