#include "worker/protocol/irc/registration.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "worker/protocol/irc/isupport.h"

using namespace banterd;
using namespace banterd::worker::irc;
using C = Capability;
using State = Registration::State;

namespace {

constexpr CapabilitySet kOffered = {C::batch, C::cap_notify, C::multi_prefix, C::server_time};
constexpr ReplyTo kTo{.server = "s", .nick = {}, .tags = {}};

conf::Config with_password(std::optional<std::string> password) {
  conf::Config config;
  config.server.password = std::move(password);
  return config;
}

// Somebody who has just connected, and the answers that he got.
class Newcomer {
 public:
  explicit Newcomer(conf::Config config = {}) : config_(std::move(config)) {}

  std::string says(std::string_view line) {
    const Parsed parsed = parse(line);
    REQUIRE(parsed);
    std::string out;
    registration.take(parsed.message, kTo, out);
    return out;
  }
  std::string says_all(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += says(line);
    return out;
  }
  std::string refused(chat::Refusal why = chat::Refusal::nick_in_use) {
    std::string out;
    registration.on_claim_refused(why, kTo, out);
    return out;
  }
  // nick!user:realname of whom he is ready to be; empty: he is not.
  [[nodiscard]] std::string wants() const {
    const auto person = registration.ready();
    if (!person) return "";
    return std::string(person->nick.str()) + "!" + person->user + ":" + person->realname;
  }
  // Just made in another process, he is whom `here` was.
  void arrives_from(const Newcomer& here) {
    std::string out;
    CHECK(caps.restore(here.caps.save(), kTo, out));
    CHECK(out == "");
    CHECK(registration.restore(here.registration.save()));
  }

  Newcomer(const Newcomer&) = delete;
  Newcomer& operator=(const Newcomer&) = delete;

 private:
  conf::Config config_;

 public:
  CapNegotiation caps{kOffered};
  Registration registration{config_, caps};
};

constexpr std::string_view kOffer = ":s CAP * LS :batch cap-notify multi-prefix server-time\r\n";
constexpr std::string_view kWrong = ":s 464 * :Password incorrect\r\n";

}  // namespace

TEST_SUITE("worker/protocol/irc/registration") {
  TEST_CASE("a client without CAP is ready after NICK and USER, in either order") {
    Newcomer first;
    CHECK(first.says_all({"NICK ann", "USER ann 0 * :Ann A."}) == "");
    CHECK(first.wants() == "ann!ann:Ann A.");
    CHECK(first.registration.state() == State::claiming);
    Newcomer second;
    CHECK(second.says_all({"USER ann localhost irc.example :Ann A.", "nick ann"}) == "");
    CHECK(second.wants() == "ann!ann:Ann A.");
    second.registration.on_claimed();
    CHECK(second.registration.state() == State::registered);
    CHECK(second.wants() == "");
    CHECK(second.says("NICK bob") == "");
  }

  TEST_CASE("what is missing is waited for") {
    for (const auto* line : {"NICK ann", "USER ann 0 * :Ann", "PASS x", "CAP END", "PING 1"}) {
      CAPTURE(line);
      Newcomer client;
      client.says(line);
      CHECK(client.registration.state() == State::collecting);
      CHECK(client.wants() == "");
    }
  }

  TEST_CASE("irssi: LS first, NICK and USER when it is answered, then REQ and END") {
    Newcomer client;
    CHECK(client.says("CAP LS 302") == kOffer);
    CHECK(client.says_all({"JOIN :"}) == ":s 451 * :You have not registered\r\n");
    CHECK(client.says_all({"NICK ann", "USER ann ann irc.example :Ann"}) == "");
    CHECK(client.wants() == "");
    CHECK(client.says("CAP REQ :multi-prefix server-time") ==
          ":s CAP * ACK :multi-prefix server-time\r\n");
    CHECK(client.wants() == "");
    CHECK(client.says("CAP END") == "");
    CHECK(client.wants() == "ann!ann:Ann");
    CHECK(client.caps.agreed() == CapabilitySet{C::cap_notify, C::multi_prefix, C::server_time});
  }

  TEST_CASE("WeeChat: PASS, CAP LS, NICK and USER in one burst, then REQ") {
    Newcomer client(with_password("secret"));
    CHECK(client.says_all({"PASS secret", "CAP LS 302", "NICK ann", "USER ann 0 * ann"}) == kOffer);
    CHECK(client.wants() == "");
    CHECK(client.says("CAP REQ :batch server-time") == ":s CAP * ACK :batch server-time\r\n");
    CHECK(client.says("CAP END") == "");
    CHECK(client.wants() == "ann!ann:ann");
  }

  TEST_CASE("HexChat: a refused request is asked again without what is unknown") {
    Newcomer client;
    client.says_all({"CAP LS 302", "NICK ann", "USER ann 0 * :realname"});
    CHECK(client.says("CAP REQ :multi-prefix znc.in/self-message") ==
          ":s CAP * NAK :multi-prefix znc.in/self-message\r\n");
    CHECK(client.wants() == "");
    CHECK(client.says("CAP REQ :multi-prefix") == ":s CAP * ACK multi-prefix\r\n");
    CHECK(client.says("CAP END") == "");
    CHECK(client.wants() == "ann!ann:realname");
  }

  TEST_CASE("a client that asks for a capability without LS has to end that too") {
    Newcomer client;
    client.says_all({"CAP REQ :server-time", "NICK ann", "USER ann 0 * :Ann"});
    CHECK(client.wants() == "");
    CHECK(client.says_all({"CAP END", "CAP END"}) == "");
    CHECK(client.wants() == "ann!ann:Ann");
  }

  TEST_CASE("the last nick before the end of the negotiation is wanted") {
    Newcomer client;
    client.says_all({"CAP LS", "NICK ann", "USER ann 0 * :Ann", "NICK bob", "CAP LIST"});
    client.says("CAP END");
    CHECK(client.wants() == "bob!ann:Ann");
  }

  TEST_CASE("a nick in use is refused, and another one is claimed at once") {
    Newcomer client;
    client.says_all({"NICK ann", "USER ann 0 * :Ann"});
    CHECK(client.refused() == ":s 433 * ann :Nickname is already in use\r\n");
    CHECK(client.wants() == "");
    CHECK(client.says("PING 1") == ":s PONG s 1\r\n");
    CHECK(client.wants() == "");
    CHECK(client.says("NICK ann_") == "");
    CHECK(client.wants() == "ann_!ann:Ann");
    CHECK(client.refused() == ":s 433 * ann_ :Nickname is already in use\r\n");
    CHECK(client.says("NICK ann") == "");
    CHECK(client.wants() == "ann!ann:Ann");
  }

  TEST_CASE("a claim whose owner cannot say is refused as such") {
    for (const chat::Refusal why : {chat::Refusal::unavailable, chat::Refusal::crashed}) {
      Newcomer client;
      client.says_all({"NICK ann", "USER ann 0 * :Ann"});
      CHECK(client.refused(why) == ":s 437 * ann :Nick/channel is temporarily unavailable\r\n");
      CHECK(client.registration.state() == State::collecting);
    }
  }

  TEST_CASE("while the nick is claimed it stays, and what was told is not told again") {
    Newcomer client;
    client.says_all({"NICK ann", "USER ann 0 * :Ann"});
    CHECK(client.says("NICK bob") == ":s 447 * :Can't change nickname now\r\n");
    CHECK(client.says("USER bob 0 * :Bob") == ":s 462 * :You may not reregister\r\n");
    CHECK(client.wants() == "ann!ann:Ann");
    CHECK(client.says("CAP LS 302") == kOffer);
    CHECK(client.wants() == "ann!ann:Ann");
    client.refused();
    client.says("NICK bob");
    CHECK(client.wants() == "");  // the negotiation that he opened is to be ended
    client.says("CAP END");
    CHECK(client.wants() == "bob!ann:Ann");
  }

  TEST_CASE("of a user name is left out what cannot stand in one, and nobody is refused for it") {
    const std::map<std::string, std::string> names = {
        {"/root", "root"},
        {"ann.b-1", "ann.b-1"},
        {"a@b", "ab"},
        {"a!b*", "ab"},
        {"~ann", "ann"},
        {"\xc3\xa4nne", "nne"},
        {"\xc3\xa4", "user"},
        {"*", "user"},
        {"@@01234567890123456789", "012345678901234567"}};
    for (const auto& [said, kept] : names) {
      CAPTURE(said);
      Newcomer client;
      CHECK(client.says_all({"NICK ann", "USER " + said + " 0 * :Ann"}) == "");
      CHECK(client.wants() == "ann!" + kept + ":Ann");
    }
  }

  TEST_CASE("which errors there are, and that nothing comes of such a line") {
    struct Case {
      const char* line;
      const char* answer;
    };
    const Case cases[] = {
        {"NICK", ":s 431 * :No nickname given\r\n"},
        {"NICK :", ":s 431 * :No nickname given\r\n"},
        {"USER", ":s 461 * USER :Not enough parameters\r\n"},
        {"user ann 0 *", ":s 461 * USER :Not enough parameters\r\n"},
        {"USER ann 0 * :", ":s 461 * USER :Not enough parameters\r\n"},
        {"PASS", ":s 461 * PASS :Not enough parameters\r\n"},
        {"CAP", ":s 461 * CAP :Not enough parameters\r\n"},
        {"CAP NOTACOMMAND", ":s 410 * NOTACOMMAND :Invalid CAP command\r\n"},
        {"PING", ":s 409 * :No origin specified\r\n"},
        {"PING :a b", ":s PONG s :a b\r\n"},
        {"PING :", ":s PONG s :\r\n"},
        {"PONG", ""},
        {"PONG x", ""},
        {"PRIVMSG bob :hello", ":s 451 * :You have not registered\r\n"},
        {"JOIN", ":s 451 * :You have not registered\r\n"},
        {"OTHERS", ":s 451 * :You have not registered\r\n"},
        {"X", ":s 451 * :You have not registered\r\n"},
    };
    for (const Case& expected : cases) {
      CAPTURE(expected.line);
      Newcomer client;
      CHECK(client.says(expected.line) == expected.answer);
      CHECK(client.says_all({"NICK ann", "USER ann 0 * :Ann"}) == "");
      CHECK(client.wants() == "ann!ann:Ann");
    }
  }

  TEST_CASE("what is no nick is refused with the rule that it breaks") {
    const std::string rule =
        " :Erroneus nickname: use 1 to 32 letters, digits and -_[]{}|^`\\, not beginning with a "
        "digit "
        "or -\r\n";
    const std::string guests =
        " :Erroneus nickname: nicks that begin with guest- are given by the server\r\n";
    CHECK(Newcomer().says("NICK 1st") == ":s 432 * 1st" + rule);
    CHECK(Newcomer().says("NICK *") == ":s 432 * *" + rule);
    CHECK(Newcomer().says("NICK #room") == ":s 432 * #room" + rule);
    CHECK(Newcomer().says("NICK \xd0\xb5van") == ":s 432 * \xd0\xb5van" + rule);
    CHECK(Newcomer().says("NICK :a b") == ":s 432 * *" + rule);
    CHECK(Newcomer().says("NICK guest-7") == ":s 432 * guest-7" + guests);
    CHECK(Newcomer().says("NICK Guest-") == ":s 432 * Guest-" + guests);
  }

  TEST_CASE("a nick that is refused leaves the one before") {
    Newcomer client;
    client.says_all({"NICK ann", "NICK 1st", "USER ann 0 * :Ann"});
    CHECK(client.wants() == "ann!ann:Ann");
  }

  TEST_CASE("a second USER is refused and changes nothing") {
    Newcomer client;
    client.says("USER ann 0 * :Ann");
    CHECK(client.says("USER bob 0 * :Bob") == ":s 462 * :You may not reregister\r\n");
    client.says("NICK ann");
    CHECK(client.wants() == "ann!ann:Ann");
  }

  TEST_CASE("a nick may be as long as the server says, not longer") {
    conf::Config config;
    config.limits.nick_bytes = 9;
    CHECK(nick_to_claim(config, "nine-long")->str() == "nine-long");
    CHECK(nick_to_claim(config, "ten--long-") == std::nullopt);
    CHECK(nick_to_claim(config, "") == std::nullopt);
    CHECK(nick_to_claim(config, "guest-1") == std::nullopt);
    CHECK(nick_to_claim(config, "guest")->str() == "guest");
    Newcomer client(config);
    CHECK(client.says("NICK ten--long-") ==
          ":s 432 * ten--long- :Erroneus nickname: use 1 to 9 letters, digits and -_[]{}|^`\\, not "
          "beginning with a digit or -\r\n");
  }

  TEST_CASE("a user name and a real name that are too long are cut, between two characters") {
    std::string realname(kMaxRealnameBytes - 1, 'r');
    Newcomer client;
    client.says_all({"NICK ann", "USER " + std::string(kMaxUserBytes + 1, 'u') +
                                     " 0 * :" + realname + "\xc3\xa4"});
    CHECK(client.wants() == "ann!" + std::string(kMaxUserBytes, 'u') + ":" + realname);
  }

  TEST_CASE("the password must be there, right, and before the rest") {
    struct Case {
      std::vector<std::string> lines;
      bool let_in;
    };
    const Case cases[] = {
        {{"PASS secret"}, true},
        {{"PASS :secret"}, true},
        {{"pass secret extra"}, true},
        {{"PASS wrong", "PASS secret"}, true},
        {{"PASS secret", "PASS"}, true},
        {{"PASS secret", "PASS wrong"}, false},
        {{"PASS secre"}, false},
        {{"PASS secrets"}, false},
        {{"PASS secretsecret"}, false},
        {{"PASS Secret"}, false},
        {{"PASS :"}, false},
        {{}, false},
    };
    for (const Case& expected : cases) {
      Newcomer client(with_password("secret"));
      client.says_all(expected.lines);
      CHECK(client.says("NICK ann") == "");
      CHECK(client.says("USER ann 0 * :Ann") == (expected.let_in ? "" : kWrong));
      CHECK(client.registration.state() == (expected.let_in ? State::claiming : State::refused));
    }
  }

  TEST_CASE("who was refused gets no more answers and is never ready") {
    Newcomer client(with_password("secret"));
    client.says_all({"NICK ann", "USER ann 0 * :Ann"});
    CHECK(client.says_all({"PASS secret", "NICK bob", "CAP LS", "PING 1"}) == "");
    CHECK(client.wants() == "");
  }

  TEST_CASE("a wrong password is told only when the negotiation has ended") {
    Newcomer client(with_password("secret"));
    CHECK(client.says_all({"PASS wrong", "CAP LS 302", "NICK ann", "USER ann 0 * :Ann"}) == kOffer);
    CHECK(client.says("CAP END") == kWrong);
  }

  TEST_CASE("a server without a password takes any, and none") {
    Newcomer client;
    CHECK(client.says_all({"PASS anything", "NICK ann", "USER ann 0 * :Ann"}) == "");
    CHECK(client.wants() == "ann!ann:Ann");
  }

  TEST_CASE("which commands it answers") {
    for (const auto* command : {"PASS", "NICK", "USER", "CAP", "PING", "PONG", "nick", "Cap"})
      CHECK(Registration::takes(command));
    for (const auto* command : {"QUIT", "JOIN", "OTHERS", "", "NICKS"})
      CHECK_FALSE(Registration::takes(command));
  }

  TEST_CASE("answers have the tags that they are given") {
    Newcomer client;
    std::string out;
    client.registration.take(parse("NICK").message, {"s", {}, "label=1"}, out);
    client.registration.take(parse("PING x").message, {"s", {}, "label=2"}, out);
    CHECK(out == "@label=1 :s 431 * :No nickname given\r\n@label=2 :s PONG s x\r\n");
  }

  TEST_CASE("a registration half done goes on in another process, wherever it is cut") {
    const std::vector<std::string> lines = {"PASS secret", "CAP LS 302",
                                            "NICK ann",    "CAP REQ batch",
                                            "NICK bob",    "USER ann 0 * :Ann \"A\"",
                                            "CAP END"};
    for (size_t cut = 0; cut <= lines.size(); ++cut) {
      CAPTURE(cut);
      const auto middle = lines.begin() + static_cast<std::ptrdiff_t>(cut);
      Newcomer here(with_password("secret"));
      here.says_all({lines.begin(), middle});
      Newcomer there(with_password("secret"));
      there.arrives_from(here);
      there.says_all({middle, lines.end()});
      CHECK(there.wants() == "bob!ann:Ann \"A\"");
      CHECK(there.caps.agreed() == CapabilitySet{C::batch, C::cap_notify});
    }
  }

  TEST_CASE("who waits for another nick, and who has registered, are so in another process") {
    Newcomer here;
    here.says_all({"NICK ann", "USER ann 0 * :Ann"});
    here.refused();
    Newcomer waiting;
    waiting.arrives_from(here);
    CHECK(waiting.wants() == "");
    waiting.says("NICK bob");
    CHECK(waiting.wants() == "bob!ann:Ann");
    waiting.registration.on_claimed();
    Newcomer registered;
    registered.arrives_from(waiting);
    CHECK(registered.registration.state() == State::registered);
  }

  TEST_CASE("the password is not in what moves") {
    Newcomer client(with_password("secret"));
    client.says("PASS secret");
    CHECK(client.registration.save().find("secret") == std::string::npos);
  }

  TEST_CASE("a server that asks for a password since a reload asks those who are not in yet") {
    Newcomer here;
    here.says_all({"PASS whatever", "NICK ann"});
    Newcomer there(with_password("secret"));
    there.arrives_from(here);
    CHECK(there.says("USER ann 0 * :Ann") == kWrong);
  }

  TEST_CASE("a text that is no saved registration changes nothing") {
    for (const auto* text :
         {"", "{", "[]", R"({"state":"dancing"})", R"({"nick":"1st"})", R"({"state":"claiming"})",
          R"({"state":"claiming","nick":"bob"})", R"({"state":"claiming","user":"bob"})"}) {
      CAPTURE(text);
      Newcomer client;
      client.says("NICK ann");
      CHECK_FALSE(client.registration.restore(text));
      client.says("USER ann 0 * :Ann");
      CHECK(client.wants() == "ann!ann:Ann");
    }
  }

  TEST_CASE("what another version adds to a saved registration is left out") {
    Newcomer client;
    CHECK(client.registration.restore(R"({"nick":"ann","later":{"x":1}})"));
    client.says("USER ann 0 * :Ann");
    CHECK(client.wants() == "ann!ann:Ann");
  }
}
