// What each command of IRC asks for, and how what is found is told.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/worker/protocol/irc/irc_fixture.h"

using namespace banterd;
using namespace banterd::worker;
using namespace banterd::worker::irc;

namespace {

// Registered, in #Dev with Bob.
struct Member : IrcFixture {
  explicit Member(const std::string& capabilities = "") {
    come_in(capabilities);
    join("#Dev");
  }
};

struct Operator : Member {
  Operator() { session.self.server_operator = true; }
};

chat::ProfilePtr hidden(uint64_t client, std::string_view nick) {
  auto profile = chat::make_profile(*chat::profile_of(client, nick));
  profile->invisible = true;
  return profile;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/irc_commands") {
  TEST_CASE("each command asks for what it says") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"NICK anna", "nick anna\n"},
        {"NICK ANN", "nick ANN\n"},
        {"JOIN #a,#b k",
         "join #a key 'k' flags 20 grants 4 replay 0, known\n"
         "join #b key '' flags 20 grants 4 replay 0, known\n"},
        {"JOIN 0", "part #Dev: \n"},
        {"PART #dev", "part #dev: \n"},
        {"PART #dev,#ops :bye now", "part #dev: bye now\npart #ops: bye now\n"},
        {"TOPIC #dev :new plans", "topic of #dev: new plans\n"},
        {"TOPIC #dev :", "topic of #dev: \n"},
        {"TOPIC #ops", "ask #ops about_room\n"},
        {"NAMES #ops", "ask #ops about_room\n"},
        {"LIST", "ask all about_rooms\n"},
        {"INVITE zed #dev", "ask all about_people\n"},
        {"KICK #dev Bob :out with you", "kick from #dev client 2: out with you\n"},
        {"KICK #dev zed", "ask all about_people\n"},
        {"KICK #ops bob", "kick from #ops client 0: \n"},
        {"MODE #dev +m-t+l 5", "modes of #dev: +m -t +l 5\n"},
        {"MODE #dev +o-b BOB x!*@*", "modes of #dev: +o BOB client 2 -b x!*@*\n"},
        {"MODE #dev +v zed", "ask all about_people\n"},
        {"MODE #ops", "ask #ops about_room\n"},
        {"MODE #ops +b", "ask #ops about_room\n"},
        {"MODE bob +i", "ask all about_people\n"},
        {"MODE ann +iB", "change +B +i\n"},
        {"MODE ann +o", ""},
        {"PRIVMSG #dev :hi there", "message to #dev: hi there\n"},
        {"PRIVMSG bob,#dev,BOB hi", "message to bob: hi, known\nmessage to #dev: hi\n"},
        {"PRIVMSG #ops hi", "message to #ops: hi, known\n"},
        {"PRIVMSG @#dev hi", "message to #dev rank 4: hi\n"},
        {"PRIVMSG +@#dev hi", "message to #dev rank 1: hi\n"},
        {"PRIVMSG #dev :\x01"
         "ACTION waves\x01",
         "action to #dev: waves\n"},
        {"NOTICE bob :hi", "notice to bob: hi, known\n"},
        {"@+typing=active PRIVMSG #dev hi", "message to #dev: hi\n"},
        {"WHO", "ask all about_people\n"},
        {"WHO bob", "ask all about_people\n"},
        {"WHO #ops", "ask #ops about_room\n"},
        {"WHO #dev", ""},
        {"WHOIS bob", "ask all about_people\n"},
        {"WHOIS bob bob", "ask all about_people\n"},
        {"WHOWAS Bob 1", "ask Bob about_former\n"},
        {"ISON bob zed", "ask all about_people\n"},
        {"USERHOST bob", "ask all about_people\n"},
        {"MONITOR + zed,yak", "watch zed\nwatch yak\n"},
        {"MONITOR - zed", ""},
        {"AWAY :out for lunch", "change away 'out for lunch'\n"},
        {"AWAY", ""},
        {"LUSERS", "ask all about_numbers\n"},
    };
    for (const auto& [line, asked] : table) {
      CAPTURE(line);
      Member f;
      CHECK(f.type(line) == asked);
    }
  }

  TEST_CASE("what capabilities allow is asked for") {
    Member tags("message-tags");
    CHECK(tags.type("@+typing=active;x=y TAGMSG #dev") == "tags to #dev tags +typing=active: \n");
    CHECK(tags.type("@+a=b;+c PRIVMSG #dev hi") == "message to #dev tags +a=b;+c: hi\n");
    CHECK(tags.type("@x=y TAGMSG #dev") == "");
    Member redacts("draft/message-redaction message-tags");
    CHECK(redacts.type("REDACT #dev 7-abc :typo") == "redact in #dev 7-abc: typo\n");
    CHECK(
        redacts.answer("REDACT bob 7-abc").starts_with(":banter.local FAIL REDACT INVALID_TARGET"));
    Member names("setname");
    CHECK(names.type("SETNAME :Ann the Second") == "change realname 'Ann the Second'\n");
    CHECK(names.answer("SETNAME :").starts_with(":banter.local FAIL SETNAME INVALID_REALNAME"));
    CHECK(names.answer("SETNAME :" + std::string(200, 'x')).find(" FAIL SETNAME ") !=
          std::string::npos);
    Member history("draft/chathistory batch message-tags server-time");
    CHECK(history.type("CHATHISTORY LATEST #dev * 5") == "ask #Dev about_history\n");
    CHECK(history.session.question<AboutHistory>().most == 5);
    history.session.answer({});
    CHECK(history.numbers() == "BATCH BATCH ");
    CHECK(history.answer("CHATHISTORY LATEST #ops * 5")
              .starts_with(":banter.local FAIL CHATHISTORY INVALID_TARGET LATEST #ops "));
  }

  TEST_CASE("nothing is offered of a past that is not kept") {
    IrcFixture f;
    f.type("CAP LS 302");
    CHECK(f.sent().find("draft/chathistory") != std::string::npos);
    conf::Config config;
    config.rooms.history_lines = 0;
    IrcFixture none(config);
    none.type("CAP LS 302");
    CHECK(none.sent().find("chathistory") == std::string::npos);
  }

  TEST_CASE("the rooms in which something was said last within a time are found") {
    const auto said_at = [](chat::TimeMs at) {
      Findings found;
      found.past.emplace_back().event.at = at;
      return found;
    };
    const std::string early = "timestamp=1970-01-01T00:00:01.000Z";
    const std::string late = "timestamp=1970-01-01T00:00:05.000Z";
    const auto targets = [&](const std::string& words, const std::string& capabilities) {
      Member f(capabilities);
      f.join("#two");
      f.join("#three");
      f.join("#never");
      CHECK(f.type("CHATHISTORY TARGETS " + words) == "ask #Dev about_history\n");
      CHECK(f.session.question<AboutHistory>().most == 1);
      // The last line counts, whatever was said before.
      CHECK_FALSE(f.session.question<AboutHistory>().before.has_value());
      f.session.answer(said_at(3000));
      f.session.answer(said_at(2000));
      f.session.answer(said_at(5000));
      f.session.answer({});
      return f.sent();
    };
    const std::string dev = "CHATHISTORY TARGETS #Dev 1970-01-01T00:00:03.000Z\r\n";
    const std::string two = "CHATHISTORY TARGETS #two 1970-01-01T00:00:02.000Z\r\n";
    const std::string from = ":banter.local ";
    CHECK(targets(early + " " + late + " 10", "draft/chathistory") == from + two + from + dev);
    CHECK(targets(late + " " + early + " 10", "draft/chathistory") == from + two + from + dev);
    CHECK(targets(early + " " + late + " 1", "draft/chathistory") == from + two);
    CHECK(targets(late + " " + early + " 1", "draft/chathistory") == from + dev);
    CHECK(targets(early + " " + late + " 1", "draft/chathistory batch") ==
          from + "BATCH +h1 draft/chathistory-targets\r\n@batch=h1 " + from + two + from +
              "BATCH -h1\r\n");
  }

  TEST_CASE("of a batch that is not understood nothing is said") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"+1 unknown #dev", "UNKNOWN_TYPE 1 unknown :"},
        {"+1 draft/multiline", "UNKNOWN_TYPE 1 draft/multiline :"},
    };
    for (const std::string capabilities : {"draft/multiline batch", "batch"}) {
      for (const auto& [words, failure] : table) {
        CAPTURE(words);
        Member f(capabilities);
        CHECK(f.answer("BATCH " + words).starts_with(":banter.local FAIL BATCH " + failure));
        CHECK(f.answer("@batch=1 PRIVMSG #dev :one\r\n@batch=1 PRIVMSG #dev :two\r\nBATCH -1") ==
              "");
        CHECK(f.type("PRIVMSG #dev :three") == "message to #dev: three\n");
      }
    }
    Member without("batch");
    CHECK(without.answer("BATCH +1 draft/multiline #dev")
              .starts_with(":banter.local FAIL BATCH UNKNOWN_TYPE 1 draft/multiline :"));
    CHECK(without.answer("@batch=1 PRIVMSG #dev :one\r\nBATCH -1") == "");
    CHECK(without.answer("BATCH -1").starts_with(":banter.local FAIL BATCH INVALID_REFTAG 1 :"));
    CHECK(without.answer("BATCH +").starts_with(":banter.local FAIL BATCH INVALID_REFTAG"));
  }

  TEST_CASE("one line in a batch is as one line without") {
    Member f("draft/multiline batch message-tags");
    const auto batch = [&](const std::string& text) {
      return f.type("@+a=b BATCH +1 draft/multiline #dev\r\n@batch=1 PRIVMSG #dev :" + text +
                    "\r\nBATCH -1");
    };
    CHECK(batch("hi") == "message to #dev tags +a=b: hi\n");
    CHECK(batch("\x01"
                "ACTION sings\x01") == "action to #dev tags +a=b: sings\n");
    // Tags are for those who know them.
    f.type("CAP REQ :-message-tags");
    CHECK(batch("hi") == "message to #dev: hi\n");
  }

  TEST_CASE("what is said to a room that he is leaving says who he is") {
    Member f;
    CHECK(f.type("PRIVMSG #dev in") == "message to #dev: in\n");
    CHECK(f.type("PART #dev,#ops") == "part #dev: \npart #ops: \n");
    CHECK(f.type("PRIVMSG #dev out") == "message to #dev: out, known\n");
    chat::Event parted;
    parted.body = chat::Parted{};
    f.irc.on_answered("#dev", chat::Part{}, parted);
    CHECK(f.type("PRIVMSG #dev out") == "message to #dev: out, known\n");
    f.irc.on_refused("#ops", chat::Part{}, chat::Refusal::not_a_member);
    CHECK(f.type("PRIVMSG #dev in") == "message to #dev: in\n");
  }

  // ---- limits ----

  TEST_CASE("a topic is cut to what one line shows to those who are there") {
    Member f;
    f.session.self.nick = *chat::Nick::parse(std::string(32, 'n'));
    f.session.self.host = std::string(63, 'h');
    const std::string room = "#" + std::string(63, 'r');
    const std::string line = ":" + std::string(f.session.self.mask()) + " TOPIC " + room + " :";
    CHECK(f.type("TOPIC " + room + " :" + std::string(390, 't')) ==
          "topic of " + room + ": " + std::string(510 - line.size(), 't') + "\n");
    CHECK(f.type("TOPIC #dev :" + std::string(400, 't')) ==
          "topic of #dev: " + std::string(390, 't') + "\n");
  }

  TEST_CASE("no nick of those who are here is cut") {
    Member f;
    std::string line = "ISON";
    Findings found;
    for (int i = 10; i < 25; ++i) {
      const std::string nick = std::string(29, 'z') + std::to_string(i);
      line += " " + nick;
      found.people.push_back({chat::profile_of(static_cast<uint64_t>(i), nick), {}, {}, 0, 0});
    }
    CHECK(f.type(line) == "ask all about_people\n");
    f.session.answer(found);
    const std::string text = f.sent();
    std::string nicks;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find("\r\n", begin);
      REQUIRE(end != std::string::npos);
      CHECK(end - begin <= 510);
      const size_t list = text.find(" :", begin);
      nicks += " " + text.substr(list + 2, end - list - 2);
      begin = end + 2;
    }
    CHECK("ISON" + nicks == line);
    CHECK(f.type("ISON nobody") == "ask all about_people\n");
    f.session.answer({});
    CHECK(f.sent() == ":banter.local 303 ann :\r\n");
  }

  TEST_CASE("nobody is in more rooms than he may be") {
    Member f;
    f.session.settings.limits.rooms_per_client = 2;
    f.join("#two");
    CHECK(f.answer_numbers("JOIN #three") == "405 ");
    CHECK(f.answer_numbers("JOIN #TWO") == "");
  }

  TEST_CASE("nobody watches more nicks than he may") {
    Member f;
    f.session.settings.limits.monitor_entries = 2;
    f.session.his_watched = {{"zed", "Zed"}};
    CHECK(f.type("MONITOR + yak,xen,Zed") == "watch yak\n");
    const std::string text = f.sent();
    CHECK(text.find(" 734 ann 2 xen :") != std::string::npos);
    CHECK(text.find(" 731 ann :Zed\r\n") != std::string::npos);
    CHECK(f.type("MONITOR C") == "unwatch Zed\n");
  }

  TEST_CASE("a message is for as many as may be, and the rest is refused") {
    Member f;
    std::string targets = "n0";
    for (int i = 1; i < 25; ++i) targets += ",n" + std::to_string(i);
    const std::string asked = f.type("PRIVMSG " + targets + " hi");
    CHECK(std::count(asked.begin(), asked.end(), '\n') == 20);
    CHECK(f.numbers() == "407 ");
    f.type("NOTICE " + targets + " hi");
    CHECK(f.numbers() == "");
  }

  TEST_CASE("what is said is cut to what one line shows to others") {
    Member f;
    const std::string said = f.type("PRIVMSG #dev :" + std::string(490, 'x'));
    const size_t most = 510 - std::string(":ann!user@home.example PRIVMSG #dev :").size();
    CHECK(said == "message to #dev: " + std::string(most, 'x') + "\n");
  }

  // ---- what is found ----

  TEST_CASE("of a room that is secret those outside learn nothing") {
    Findings secret;
    secret.name = "#Ops";
    secret.head.emplace().flags = chat::secret;
    secret.head->topic = "hush";
    secret.members = {{chat::ClientId{3}, chat::profile_of(3, "cat"), {}, 0}};
    secret.rooms = {{"#Ops", 1, "hush", 0, 0, true}};
    const std::vector<std::pair<std::string, std::string>> table{
        {"TOPIC #ops", "442 "}, {"NAMES #ops", "366 "}, {"MODE #ops", "403 "},
        {"WHO #ops", "315 "},   {"LIST", "321 323 "},
    };
    for (const auto& [line, expected] : table) {
      CAPTURE(line);
      Member f;
      f.type(line);
      f.session.answer(secret);
      CHECK(f.numbers() == expected);
    }
  }

  TEST_CASE("of a room that is not there, that it is not") {
    for (const auto& [line, expected] :
         std::vector<std::pair<std::string, std::string>>{{"TOPIC #ops", "403 "},
                                                          {"NAMES #ops", "366 "},
                                                          {"MODE #ops", "403 "},
                                                          {"MODE #ops b", "403 "},
                                                          {"WHO #ops", "315 "}}) {
      CAPTURE(line);
      Member f;
      f.type(line);
      f.session.answer({});
      CHECK(f.numbers() == expected);
    }
  }

  TEST_CASE("what an owner cannot say is not made up") {
    for (const std::string line : {"TOPIC #ops", "NAMES #ops", "MODE #ops", "WHOWAS bob"}) {
      CAPTURE(line);
      Member f;
      f.type(line);
      f.session.answer({}, false);
      CHECK(f.numbers().starts_with("437 "));
    }
    Member f;
    f.type("WHO *");
    f.session.answer(IrcFixture::people({chat::profile_of(2, "bob")}), false);
    CHECK(f.numbers() == "NOTICE 352 315 ");
  }

  TEST_CASE("who is hidden is seen by name, and by those who share a room with him") {
    const Findings found = IrcFixture::people({hidden(8, "zed"), chat::profile_of(2, "bob")});
    Member f;
    f.type("WHO *");
    f.session.answer(found);
    const std::string all = f.sent();
    CHECK(all.find(" bob ") != std::string::npos);
    CHECK(all.find(" zed ") == std::string::npos);
    f.type("WHO zed");
    f.session.answer(IrcFixture::people({hidden(8, "zed")}));
    CHECK(f.numbers() == "352 315 ");
    Operator boss;
    boss.type("WHO *");
    boss.session.answer(found);
    CHECK(boss.numbers() == "352 352 315 ");
  }

  TEST_CASE("an address is for himself and for operators") {
    const Findings found = IrcFixture::people({chat::profile_of(2, "bob")});
    for (const std::string line : {"WHOIS bob", "USERHOST bob", "WHO bob %i"}) {
      CAPTURE(line);
      Member f;
      f.type(line);
      f.session.answer(found);
      CHECK(f.sent().find("192.0.2.9") == std::string::npos);
      Operator boss;
      boss.type(line);
      boss.session.answer(found);
      CHECK(boss.sent().find("192.0.2.9") != std::string::npos);
    }
  }

  TEST_CASE("who is not there is told of by each command in its way") {
    for (const auto& [line, expected] :
         std::vector<std::pair<std::string, std::string>>{{"WHOIS zed", "401 318 "},
                                                          {"WHOWAS zed", "406 369 "},
                                                          {"ISON zed", "303 "},
                                                          {"USERHOST zed", "302 "},
                                                          {"INVITE zed #dev", "401 "},
                                                          {"KICK #dev zed", "401 "},
                                                          {"MODE #dev +o zed", "401 "},
                                                          {"MODE zed +i", "401 "},
                                                          {"WHO zed", "315 "}}) {
      CAPTURE(line);
      Member f;
      f.type(line);
      CHECK(f.session.answer({}) == "");
      CHECK(f.numbers() == expected);
    }
  }

  TEST_CASE("who is elsewhere is told of as such, and may be invited") {
    const Findings zed = IrcFixture::people({chat::profile_of(9, "Zed")});
    Member f;
    f.type("KICK #dev zed");
    f.session.answer(zed);
    CHECK(f.numbers() == "441 ");
    f.type("MODE zed +i");
    f.session.answer(zed);
    CHECK(f.numbers() == "502 ");
    f.type("INVITE zed #dev");
    CHECK(f.session.answer(zed) == "invite at #dev of Zed to #Dev\n");
  }

  // ---- operators ----

  TEST_CASE("the right password makes an operator, a wrong one does not") {
    Member f;
    f.session.settings.operators = {{"root", "HASH"}};
    CHECK(f.type("OPER root secret") == "is 'secret' the password of HASH\n");
    CHECK(f.session.check_password(PasswordIs::wrong) == "");
    CHECK(f.numbers() == "464 ");
    CHECK(f.type("OPER root secret") == "is 'secret' the password of HASH\n");
    CHECK(f.session.check_password(PasswordIs::unknown) == "");
    CHECK(f.sent() == ":banter.local 263 ann OPER :Please wait a while and try again.\r\n");
    CHECK(f.type("OPER root secret") == "is 'secret' the password of HASH\n");
    CHECK(f.session.check_password(PasswordIs::right) == "change +o\n");
    CHECK(f.numbers() == "381 ");
    CHECK(f.answer_numbers("OPER ROOT secret") == "464 ");
  }

  TEST_CASE("operators ask for what they may") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"KILL bob", "kill bob: ann (No reason), known\n"},
        {"KILL bob :spam spam", "kill bob: ann (spam spam), known\n"},
        {"WALLOPS :all of you", "notice to *: all of you, known\n"},
        {"KLINE bad@host", "ban at * bad@host until 0: No reason, known\n"},
        {"KLINE 0 bad@host :x", "ban at * bad@host until 0: x, known\n"},
        {"KLINE 30 bad@host :x", "ban at * bad@host until 1700001900000: x, known\n"},
        {"KLINE 30m bad@host :x", "ban at * bad@host until 1700001900000: x, known\n"},
        {"KLINE 2h bad@host :x", "ban at * bad@host until 1700007300000: x, known\n"},
        {"KLINE 1d bad@host :x", "ban at * bad@host until 1700086500000: x, known\n"},
        {"KLINE 1w bad@host :x", "ban at * bad@host until 1700604900000: x, known\n"},
        {"UNKLINE bad@host", "unban at * bad@host, known\n"},
        {"MODE ann -o", "change -o\n"},
    };
    for (const auto& [line, asked] : table) {
      CAPTURE(line);
      Operator f;
      CHECK(f.type(line) == asked);
      CHECK(f.sent() == "");
    }
  }

  TEST_CASE("a K-line is shown with the minutes that are left of it, begun ones too") {
    Operator f;
    const auto left = [&f](chat::TimeMs ms) {
      f.session.bans.restore({{{.mask = "*!*@bad.host",
                                .reason = "spam",
                                .author = "root",
                                .at = f.session.now(),
                                .expires = f.session.now() + ms}}});
      f.type("STATS k");
      const std::string sent = f.sent();
      return sent.substr(0, sent.find("\r\n"));
    };
    const std::string line = ":banter.local 216 ann K *!*@bad.host * * :spam (by root, ";
    CHECK(left(30 * 60'000) == line + "30 minutes left)");
    CHECK(left(30 * 60'000 + 1) == line + "31 minutes left)");
    CHECK(left(1) == line + "1 minutes left)");
  }

  TEST_CASE("a ban of everybody, or a duration that is none, is a mistake") {
    for (const std::string line : {"KLINE *@*", "KLINE *", "KLINE ?!*@*.*", "KLINE 30 *@*"}) {
      CAPTURE(line);
      Operator f;
      CHECK(f.answer_numbers(line) == "415 ");
    }
    Operator f;
    CHECK(f.answer_numbers("KLINE 30") == "461 ");
    CHECK(f.answer_numbers("KLINE 30x bad@host") == "NOTICE ");
    CHECK(f.answer_numbers("KLINE 99999999 bad@host") == "NOTICE ");
  }

  TEST_CASE("the server is stopped by operators only where that is allowed") {
    Operator f;
    f.type("DIE");
    CHECK(f.sent() == ":banter.local 723 ann die :Insufficient oper privileges.\r\n");
    f.type("RESTART");
    CHECK(f.sent() == ":banter.local 723 ann restart :Insufficient oper privileges.\r\n");
    CHECK(f.session.asked_of_master.empty());
    CHECK(f.answer_numbers("REHASH") == "382 ");
    f.session.settings.operator_commands.die = f.session.settings.operator_commands.restart = true;
    f.answer("DIE\r\nRESTART");
    CHECK(f.session.asked_of_master ==
          std::vector<ipc::OperatorAction>{ipc::OperatorAction::reload, ipc::OperatorAction::stop,
                                           ipc::OperatorAction::restart});
  }
}
