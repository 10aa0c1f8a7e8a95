#include "worker/protocol/irc/irc_protocol.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/unit/worker/protocol/irc/irc_fixture.h"

using namespace banterd;
using namespace banterd::worker;
using namespace banterd::worker::irc;
using chat::Refusal;
using std::chrono::milliseconds;

namespace {

using Fixture = IrcFixture;

// Registered, in #dev as a plain member.
struct Member : IrcFixture {
  Member() {
    come_in();
    join("#Dev");
  }
};

chat::Event event_of(chat::EventBody body) {
  chat::Event event;
  event.at = 1'700'000'000'000;
  event.body = std::move(body);
  return event;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/irc_protocol") {
  // ---- registration ----

  TEST_CASE_FIXTURE(Fixture, "who has told his nick and name asks to enter, in no room") {
    CHECK(sent() == "");
    CHECK(type("NICK ann") == "");
    CHECK(type("USER a 0 * :Ann Example") == "enter ann \n");
    CHECK(sent() == "");
  }

  TEST_CASE_FIXTURE(Fixture, "who has entered is welcomed at once, with the numbers of all slots") {
    type("NICK ann\r\nUSER a 0 * :Ann");
    session.self.nick = *chat::Nick::parse("ann");
    session.all_numbers = {{.slot = 0, .visible = 2, .rooms = 1, .most = 3},
                           {.slot = 1, .visible = 1, .invisible = 1, .rooms = 2, .most = 4}};
    irc.on_entered();
    CHECK(session.meet() == "");
    CHECK(session.wake == session.settings.limits.ping_timeout);
    const std::string text = sent();
    CHECK(text.starts_with(":banter.local 001 ann "));
    CHECK(text.find(" 005 ann ") != std::string::npos);
    CHECK(text.find(" 251 ann :There are 3 users and 1 invisible on 1 servers\r\n") !=
          std::string::npos);
    CHECK(session.seen_at_once == 4);
    CHECK(text.find(" 254 ann 3 :") != std::string::npos);
    CHECK(text.find(" 422 ann ") != std::string::npos);
    CHECK(text.ends_with(" 221 ann +\r\n"));
  }

  TEST_CASE_FIXTURE(Fixture, "a nick that somebody else has is refused, and another may be tried") {
    type("NICK ann\r\nUSER a 0 * :Ann");
    irc.on_refused("ann", chat::Claim{}, Refusal::nick_in_use);
    CHECK(sent() == ":banter.local 433 * ann :Nickname is already in use\r\n");
    CHECK(type("NICK anna") == "enter anna \n");
    irc.on_refused("anna", chat::Claim{}, Refusal::unavailable);
    CHECK(numbers() == "437 ");
    CHECK(type("NICK anna") == "enter anna \n");
    enter("anna");
    CHECK(sent().find(" 001 anna ") != std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "before registration only a few commands are known") {
    CHECK(answer_numbers("JOIN #dev") == "451 ");
    CHECK(answer_numbers("NOSUCH x") == "421 ");
    CHECK(answer("PING x").find(" PONG ") != std::string::npos);
    CHECK(answer_numbers("CAP LS 302") == "CAP ");
    CHECK(type("QUIT :bye") == "leave: Quit\n");
  }

  TEST_CASE_FIXTURE(Fixture, "a browser that a web page has sent here is sent away") {
    CHECK(type("POST / HTTP/1.1") == "leave: HTTP is not spoken here\n");
  }

  TEST_CASE_FIXTURE(Fixture, "while capabilities are negotiated nobody enters") {
    CHECK(type("CAP LS 302\r\nNICK ann\r\nUSER a 0 * :Ann") == "");
    CHECK(type("CAP REQ :server-time") == "");
    CHECK(type("CAP END") == "enter ann \n");
  }

  TEST_CASE("a wrong password ends the connection, and is told once") {
    Fixture f;
    f.session.settings.server.password = "sesame";
    CHECK(f.type("PASS wrong\r\nNICK ann\r\nUSER a 0 * :Ann") == "leave: Password incorrect\n");
    CHECK(f.numbers() == "464 ");
    CHECK(f.irc.goodbye("Password incorrect", false) ==
          "ERROR :Closing link: * (Password incorrect)\r\n");
    Fixture right;
    right.session.settings.server.password = "sesame";
    CHECK(right.type("PASS sesame\r\nNICK ann\r\nUSER a 0 * :Ann") == "enter ann \n");
  }

  TEST_CASE_FIXTURE(Fixture, "who does not register in time leaves") {
    CHECK(session.wake == session.settings.limits.registration_timeout);
    irc.on_wake();
    CHECK(session.meet() == "leave: Registration timed out\n");
  }

  // ---- the checks of the table ----

  TEST_CASE_FIXTURE(Member, "what is missing or wrong in a command has its number") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"NOSUCH", "421 "},
        {"NICK", "431 "},
        {"NICK :", "431 "},
        {"NICK 1st", "432 "},
        {"NICK guest-9", "432 "},
        {"NICK ann", ""},
        {"USER a 0 * :b", "462 "},
        {"PASS x", "462 "},
        {"PING", "409 "},
        {"PONG x", ""},
        {"ERROR x", ""},
        {"JOIN", "461 "},
        {"JOIN :", "461 "},
        {"JOIN dev", "403 "},
        {"JOIN #DEV", ""},
        {"PART", "461 "},
        {"PART dev", "403 "},
        {"TOPIC", "461 "},
        {"TOPIC dev", "403 "},
        {"TOPIC dev :x", "403 "},
        {"INVITE", "337 "},
        {"INVITE bob", "461 "},
        {"INVITE bob dev", "403 "},
        {"INVITE 1st #dev", "401 "},
        {"KICK", "461 "},
        {"KICK #dev", "461 "},
        {"KICK #dev :", "461 "},
        {"KICK #dev,#ops,#x bob,cat", "461 "},
        {"KICK dev bob", "403 "},
        {"MODE", "461 "},
        {"MODE #", "403 "},
        {"PRIVMSG", "411 "},
        {"PRIVMSG bob", "412 "},
        {"PRIVMSG bob :", "412 "},
        {"PRIVMSG 1st hi", "401 "},
        {"PRIVMSG #a:b hi", "403 "},
        {"NOTICE", ""},
        {"NOTICE bob", ""},
        {"NOTICE 1st hi", ""},
        {"NOTICE #a:b hi", ""},
        {"TAGMSG", "411 "},
        {"TAGMSG bob", "421 "},
        {"BATCH", "461 "},
        {"BATCH +1 draft/multiline #dev", "FAIL "},
        {"REDACT #dev", "461 "},
        {"REDACT #dev 1-a", "421 "},
        {"CHATHISTORY LATEST #dev * 5", "421 "},
        {"MARKREAD #dev", "421 "},
        {"WHOIS", "431 "},
        {"WHOIS other.server bob", "402 "},
        {"WHOIS ,", "431 "},
        {"WHOWAS", "431 "},
        {"WHOWAS :", "431 "},
        {"ISON", "461 "},
        {"USERHOST", "461 "},
        {"MONITOR", "461 "},
        {"MONITOR ?", "461 "},
        {"SETNAME", "461 "},
        {"SETNAME :", "FAIL "},
        {"MODE ann +y", "501 "},
        {"MOTD other.server", "402 "},
        {"LUSERS * other.server", "402 "},
        {"VERSION other.server", "402 "},
        {"TIME other.server", "402 "},
        {"INFO other.server", "402 "},
        {"ADMIN other.server", "402 "},
        {"HELP nosuch", "524 "},
        {"STATS", "461 "},
        {"STATS k", "481 219 "},
        {"STATS w", "481 219 "},
        {"OPER bob", "461 "},
        {"OPER bob secret", "464 "},
        {"KILL bob", "481 "},
        {"WALLOPS hi", "481 "},
        {"REHASH", "481 "},
        {"DIE", "481 "},
        {"RESTART", "481 "},
        {"KLINE bad@host", "481 "},
        {"UNKLINE bad@host", "481 "},
    };
    for (const auto& [line, expected] : table) {
      CAPTURE(line);
      CHECK(answer_numbers(line) == expected);
    }
    CHECK(session.asked_of_master.empty());
  }

  TEST_CASE_FIXTURE(Member, "lines that are no message have their answers") {
    CHECK(answer_numbers("PRIVMSG #dev :" + std::string(600, 'x')) == "417 ");
    CHECK(answer_numbers("@a=" + std::string(5000, 'x') + " PING x") == "417 ");
    CHECK(answer_numbers(std::string(10'000, 'x')) == "417 ");
    CHECK(answer("PRIVMSG #dev :caf\xe9").starts_with(":banter.local FAIL PRIVMSG INVALID_UTF8 "));
    CHECK(answer_numbers(std::string_view("PRIVMSG #dev :a\0b", 17)) == "400 ");
    CHECK(answer("") == "");
    CHECK(answer("   ") == "");
  }

  TEST_CASE_FIXTURE(Member, "half a line is not run, not even at the end of the stream") {
    CHECK(irc.take("PRIVMSG #dev :hal", false).bytes == 0);
    CHECK(irc.take("PRIVMSG #dev :hal", true).bytes == 0);
    CHECK(session.requests.empty());
  }

  TEST_CASE_FIXTURE(Member, "all but PONG counts against the flood limit") {
    CHECK(irc.take("PRIVMSG #dev hi\r\n", false).counts);
    CHECK(irc.take("NOSUCH\r\n", false).counts);
    CHECK(irc.take("PRIVMSG #dev :caf\xe9\r\n", false).counts);
    CHECK_FALSE(irc.take("PONG x\r\n", false).counts);
    CHECK_FALSE(irc.take("\r\n", false).counts);
    CHECK_FALSE(irc.take("PRIVMSG", false).counts);
  }

  // ---- what is asked at once, and what in its turn ----

  TEST_CASE_FIXTURE(Member, "talk goes to its owner at once, all else in its turn") {
    for (const char* line : {"PRIVMSG #dev hi\r\n", "NOTICE bob hi\r\n"}) {
      irc.take(line, false);
      REQUIRE(session.requests.size() == 1);
      CHECK(std::holds_alternative<AskOwner>(session.requests[0]));
      session.requests.clear();
    }
    for (const char* line : {"JOIN #a\r\n", "PART #dev\r\n", "PING x\r\n", "NOSUCH\r\n"}) {
      irc.take(line, false);
      REQUIRE(session.requests.size() == 1);
      CHECK(std::holds_alternative<DoLocally>(session.requests[0]));
      session.requests.clear();
    }
    CHECK(sent() == "");
  }

  TEST_CASE_FIXTURE(Member, "an error of talk waits for its turn, behind what was said before") {
    irc.take("PRIVMSG #dev one\r\n", false);
    irc.take("PRIVMSG 1st hi\r\n", false);
    CHECK(sent() == "");
    CHECK(session.meet() == "message to #dev: one\n");
    CHECK(numbers() == "401 ");
  }

  TEST_CASE("talk with a label waits for its turn") {
    Fixture f;
    f.come_in("labeled-response batch message-tags");
    f.join("#dev");
    f.irc.take("@label=1 PRIVMSG #dev hi\r\n", false);
    REQUIRE(f.session.requests.size() == 1);
    CHECK(std::holds_alternative<DoLocally>(f.session.requests[0]));
    CHECK(f.session.meet() == "message to #dev: hi\n");
    CHECK(f.irc.is_answering());
    f.irc.on_all_done();
    CHECK_FALSE(f.irc.is_answering());
    CHECK(f.sent() == "@label=1 :banter.local ACK\r\n");
  }

  TEST_CASE("the answer to a command with a label has it") {
    Fixture f;
    f.come_in("labeled-response batch");
    f.type("@label=a PING x");
    f.irc.on_all_done();
    CHECK(f.sent() == "@label=a :banter.local PONG banter.local x\r\n");
    f.type("@label=b NOSUCH");
    f.irc.on_all_done();
    CHECK(f.sent().starts_with("@label=b :banter.local 421 "));
    f.type("@label=c PRIVMSG #dev :caf\xe9");
    f.irc.on_all_done();
    CHECK(f.sent().starts_with("@label=c :banter.local FAIL "));
    // Without the capability, or with an empty one, a label means nothing.
    f.type("@label= PING x");
    CHECK_FALSE(f.irc.is_answering());
    f.type("CAP REQ -labeled-response");
    f.sent();
    f.type("@label=d PING x");
    CHECK_FALSE(f.irc.is_answering());
    CHECK(f.sent() == ":banter.local PONG banter.local x\r\n");
  }

  // ---- what owners say ----

  TEST_CASE_FIXTURE(Member, "each refusal has its number, by what was asked") {
    const std::vector<std::tuple<chat::CommandBody, Refusal, std::string>> table{
        {chat::Join{}, Refusal::wrong_key, "475 "},
        {chat::Join{}, Refusal::full, "471 "},
        {chat::Join{}, Refusal::invite_only, "473 "},
        {chat::Join{}, Refusal::banned, "474 "},
        {chat::Join{}, Refusal::unavailable, "437 "},
        {chat::Join{}, Refusal::crashed, "400 "},
        {chat::Join{}, Refusal::nothing_changed, ""},
        {chat::Part{}, Refusal::not_a_member, "442 "},
        {chat::Part{}, Refusal::no_such_room, "403 "},
        {chat::SetTopic{}, Refusal::need_operator, "482 "},
        {chat::SetModes{{{true, "b", "x", {}}}}, Refusal::list_full, "478 "},
        {chat::SetModes{{{true, "k", "a b", {}}}}, Refusal::invalid, "525 "},
        {chat::SetModes{{{true, "b", "~z:x", {}}}}, Refusal::invalid, "696 "},
        {chat::SetModes{}, Refusal::need_operator, "482 "},
        {chat::Kick{}, Refusal::target_not_there, "441 "},
        {chat::Kick{}, Refusal::need_operator, "482 "},
        {chat::Invite{chat::ClientId{2}, "bob", "#dev"}, Refusal::target_is_member, "443 "},
        {chat::Invite{chat::ClientId{2}, "bob", "#dev"}, Refusal::not_a_member, "442 "},
        {chat::Say{}, Refusal::cannot_speak, "404 "},
        {chat::Say{}, Refusal::not_a_member, "404 "},
        {chat::Say{}, Refusal::no_such_room, "403 "},
        {chat::Say{}, Refusal::no_such_nick, "401 "},
        {chat::Say{chat::Kind::notice, "x"}, Refusal::cannot_speak, ""},
        {chat::Say{chat::Kind::notice, "x"}, Refusal::no_such_nick, ""},
        {chat::Redact{}, Refusal::no_such_message, "FAIL "},
        {chat::Redact{}, Refusal::need_operator, "FAIL "},
        {chat::Redact{}, Refusal::not_a_member, "FAIL "},
        {chat::Claim{}, Refusal::nick_in_use, "433 "},
        {chat::Kill{}, Refusal::no_such_nick, "401 "},
        {chat::Unban{"x"}, Refusal::nothing_changed, "NOTICE "},
        {chat::Ban{"x", "", 0}, Refusal::invalid, "NOTICE "},
        {chat::Unwatch{}, Refusal::nothing_changed, ""},
    };
    for (const auto& [asked, why, expected] : table) {
      INFO(chat::name_of(why));
      INFO(std::visit([](const auto& one) { return std::string(one.kType); }, asked));
      irc.on_refused("#dev", asked, why);
      CHECK(numbers() == expected);
    }
  }

  TEST_CASE_FIXTURE(Member, "no refusal of anything is without an answer that can be read") {
    for (size_t i = 1; i < names_of(Refusal{}).size(); ++i) {
      for (const chat::CommandBody& asked :
           {chat::CommandBody(chat::Join{}), chat::CommandBody(chat::Part{}),
            chat::CommandBody(chat::SetModes{}), chat::CommandBody(chat::Say{}),
            chat::CommandBody(chat::Invite{}), chat::CommandBody(chat::Renew{})}) {
        irc.on_refused("#dev", asked, static_cast<Refusal>(i));
        CHECK(numbers().size() > 3);
      }
    }
  }

  TEST_CASE_FIXTURE(Member, "who is away says why, to who speaks to him") {
    chat::Said said;
    said.away = "asleep";
    irc.on_answered("bob", chat::Say{}, event_of(said));
    CHECK(sent() == ":banter.local 301 ann bob :asleep\r\n");
    said.kind = chat::Kind::notice;
    irc.on_answered("bob", chat::Say{}, event_of(said));
    CHECK(sent() == "");
  }

  TEST_CASE_FIXTURE(Member, "who is invited is told once the room knows") {
    const chat::Invited invited{chat::ClientId{2}, "bob", "#Dev"};
    irc.on_answered("#dev", chat::Invite{}, event_of(invited));
    CHECK(sent() == ":banter.local 341 ann bob #Dev\r\n");
    CHECK(session.meet() == "invite at bob of bob to #Dev, known\n");
    irc.on_answered("bob", chat::Invite{}, event_of(invited));
    CHECK(sent() == "");
    CHECK(session.meet() == "");
  }

  TEST_CASE_FIXTURE(Member, "who comes into a room is told what it is like right behind") {
    chat::Room::Part part;
    part.head.emplace().topic = "plans";
    part.head->topic_author = "bob";
    part.members = {{session.self.client, chat::profile_of(7, "ann"), {}, 0}};
    session.put_room("#New", part);
    const chat::Event joined = event_of(chat::Joined{});
    CHECK(irc.tell_own({joined, "#New", &session.self}));
    CHECK(numbers() == "JOIN 332 333 353 366 ");
    const chat::Event parted = event_of(chat::Parted{});
    CHECK_FALSE(irc.tell_own({parted, "#New", &session.self}));
  }

  TEST_CASE("who comes while he is away is not told that of himself") {
    Fixture f;
    f.come_in("away-notify");
    f.session.self.away.make() = "out";
    f.join("#New");
    const chat::Event joined = event_of(chat::Joined{});
    CHECK(f.irc.tell_own({joined, "#New", &f.session.self}));
    CHECK(f.numbers() == "JOIN 353 366 ");
  }

  TEST_CASE("who leaves all rooms by one labelled line has one answer") {
    Fixture f;
    f.come_in("labeled-response batch");
    f.join("#one");
    f.join("#two");
    CHECK(f.type("@label=a JOIN 0") == "part #one: \npart #two: \n");
    const chat::Event parted = event_of(chat::Parted{});
    CHECK(f.irc.tell_own({parted, "#one", &f.session.self}));
    CHECK(f.irc.tell_own({parted, "#two", &f.session.self}));
    f.irc.on_all_done();
    CHECK(f.numbers() == "BATCH PART PART BATCH ");
  }

  TEST_CASE_FIXTURE(Member, "a change of his own record is told to him, and his modes with it") {
    chat::Profile before = session.self;
    session.self.nick = *chat::Nick::parse("anna");
    irc.on_renewed(before);
    CHECK(sent() == ":ann!user@home.example NICK anna\r\n");
    before = session.self;
    session.self.invisible = session.self.bot = true;
    irc.on_renewed(before);
    CHECK(sent() == ":anna!user@home.example MODE anna +Bi\r\n");
    before = session.self;
    session.self.bot = false;
    session.self.server_operator = true;
    irc.on_renewed(before);
    CHECK(sent() == ":anna!user@home.example MODE anna +o-B\r\n");
    before = session.self;
    session.self.away.make() = "out";
    irc.on_renewed(before);
    CHECK(sent() == "");
  }

  TEST_CASE_FIXTURE(Member, "who watches is told who comes and who goes") {
    irc.on_watched("Zed", chat::profile_of(9, "zed").get());
    CHECK(sent() == ":banter.local 730 ann :zed!user@home.example\r\n");
    irc.on_watched("Zed", nullptr);
    CHECK(sent() == ":banter.local 731 ann :Zed\r\n");
    chat::Watching watching;
    irc.on_answered("Zed", chat::Watch{}, event_of(watching));
    CHECK(numbers() == "731 ");
    watching.holder = chat::profile_of(9, "zed");
    irc.on_answered("Zed", chat::Watch{}, event_of(watching));
    CHECK(numbers() == "730 ");
  }

  // ---- the connection ----

  TEST_CASE_FIXTURE(Member, "who is silent is asked once, and leaves when he does not answer") {
    const milliseconds patience = session.settings.limits.ping_timeout;
    session.silence = patience - milliseconds(1);
    irc.on_wake();
    CHECK(sent() == "");
    CHECK(session.wake == milliseconds(1));
    session.silence = patience;
    irc.on_wake();
    CHECK(sent() == "PING banter.local\r\n");
    CHECK(session.wake == patience);
    session.silence = 2 * patience;
    irc.on_wake();
    CHECK(session.meet() == "leave: Ping timeout: 120 seconds\n");
  }

  TEST_CASE_FIXTURE(Member, "whatever he says shows that he is there") {
    const milliseconds patience = session.settings.limits.ping_timeout;
    session.silence = patience;
    irc.on_wake();
    type("PONG :banter.local");
    irc.on_wake();
    CHECK(session.meet() == "");
    CHECK(sent() == "PING banter.local\r\nPING banter.local\r\n");
    // Who is not read is not silent.
    session.silence = milliseconds(0);
    irc.on_wake();
    CHECK(session.meet() == "");
    CHECK(session.wake == patience);
  }

  TEST_CASE_FIXTURE(Member, "an end is told as ERROR, with the reason") {
    CHECK(type("QUIT") == "leave: Quit\n");
    CHECK(type("QUIT :good night") == "leave: Quit: good night\n");
    CHECK(irc.goodbye("Quit: x", false) == "ERROR :Closing link: ann (Quit: x)\r\n");
    CHECK(irc.cut_off("too slow") == "ERROR :Closing link: too slow\r\n");
    CHECK(irc.farewell("Server is shutting down") ==
          ":banter.local NOTICE ann :*** Server is shutting down\r\n"
          "ERROR :Server is shutting down\r\n");
    CHECK(Fixture().irc.farewell("Bye") == "ERROR :Bye\r\n");
  }

  TEST_CASE_FIXTURE(Member, "who is killed is told by whom") {
    const chat::Event killed = event_of(chat::Killed{"bob (spam)"});
    const chat::ProfilePtr bob = chat::profile_of(2, "bob");
    irc.on_killed({killed, {}, bob.get()});
    CHECK(sent() == ":bob!user@home.example KILL ann :bob (spam)\r\n");
  }

  TEST_CASE_FIXTURE(Member, "what operators say to all is for those who want it") {
    const chat::Event said = event_of(chat::Said{chat::Kind::notice, "all of you"});
    const chat::ProfilePtr bob = chat::profile_of(2, "bob");
    irc.on_server_said({said, {}, bob.get()});
    CHECK(sent() == "");
    CHECK(answer("MODE ann +w") == ":ann!user@home.example MODE ann +w\r\n");
    CHECK(answer("MODE ann +w") == "");
    irc.on_server_said({said, {}, bob.get()});
    CHECK(sent() == ":bob!user@home.example WALLOPS :all of you\r\n");
    CHECK(answer("MODE ann").ends_with(" 221 ann +w\r\n"));
  }

  // ---- moving to another process ----

  TEST_CASE("in the middle of registration he goes on where he was") {
    Fixture before;
    before.type("CAP LS 302\r\nNICK ann\r\nCAP REQ :server-time");
    Fixture after;
    REQUIRE(after.irc.restore(before.irc.save()));
    CHECK(after.session.wake == after.session.settings.limits.registration_timeout);
    CHECK(after.session.meet() == "");
    CHECK(after.type("USER a 0 * :Ann") == "");
    CHECK(after.type("CAP END") == "enter ann \n");
    after.enter("ann");
    CHECK(after.sent().find(" 001 ann ") != std::string::npos);
  }

  TEST_CASE("a claim that was under way is begun again") {
    Fixture before;
    CHECK(before.type("NICK ann\r\nUSER a 0 * :Ann") == "enter ann \n");
    Fixture after;
    REQUIRE(after.irc.restore(before.irc.save()));
    CHECK(after.session.meet() == "enter ann \n");
  }

  TEST_CASE("who is registered goes on as he was, with his capabilities and modes") {
    Fixture before;
    before.come_in("echo-message server-time");
    before.type("MODE ann +w");
    Fixture after;
    after.session.self = before.session.self;
    REQUIRE(after.irc.restore(before.irc.save()));
    CHECK(after.session.meet() == "");
    CHECK(after.sent() == "");
    CHECK(after.irc.echoes());
    CHECK(&after.irc.encoder() == &before.irc.encoder());
    CHECK(after.session.wake == after.session.settings.limits.ping_timeout);
    CHECK(after.answer("MODE ann").ends_with(" 221 ann +w\r\n"));
    CHECK(after.irc.save() == before.irc.save());
  }

  TEST_CASE("who was asked whether he is there has to answer still") {
    Fixture before;
    before.come_in();
    before.session.silence = before.session.settings.limits.ping_timeout;
    before.irc.on_wake();
    Fixture after;
    after.session.self = before.session.self;
    REQUIRE(after.irc.restore(before.irc.save()));
    after.session.silence = after.session.settings.limits.ping_timeout;
    after.irc.on_wake();
    CHECK(after.session.meet() == "leave: Ping timeout: 120 seconds\n");
  }

  TEST_CASE("a line that is too long is swallowed to its end elsewhere") {
    Fixture before;
    before.come_in();
    const std::string half(5000, 'x');
    const size_t taken = before.irc.take(half, false).bytes;
    before.session.meet();
    CHECK(before.numbers() == "417 ");
    Fixture after;
    after.session.self = before.session.self;
    REQUIRE(after.irc.restore(before.irc.save()));
    CHECK(after.answer(half.substr(taken) + "x PING\r\nPING x") ==
          ":banter.local PONG banter.local x\r\n");
  }

  TEST_CASE("half a message of several lines is ended elsewhere") {
    const std::string capabilities = "batch message-tags labeled-response draft/multiline";
    Fixture before;
    before.come_in(capabilities);
    before.join("#dev");
    CHECK(before.type("@label=7 BATCH +1 draft/multiline #dev\r\n@batch=1 PRIVMSG #dev one") == "");
    Fixture after;
    after.session.self = before.session.self;
    after.join("#dev");
    REQUIRE(after.irc.restore(before.irc.save()));
    CHECK(after.type("@batch=1 PRIVMSG #dev two\r\nBATCH -1") == "message to #dev: one\ntwo\n");
    CHECK(after.irc.is_answering());
    after.irc.on_all_done();
    CHECK(after.sent() == "@label=7 :banter.local ACK\r\n");
  }

  TEST_CASE("what still comes of a message of several lines that was refused is not said") {
    const std::string refused =
        ":banter.local FAIL BATCH MULTILINE_INVALID_TARGET #dev #ops :Invalid multiline target\r\n";
    Fixture before;
    before.come_in("batch message-tags draft/multiline");
    before.join("#dev");
    CHECK(before.answer("BATCH +1 draft/multiline #dev\r\n@batch=1 PRIVMSG #dev one\r\n"
                        "@batch=1 PRIVMSG #ops two\r\n@batch=1 PRIVMSG #dev three") == refused);
    CHECK(before.type("PRIVMSG #dev :of its own") == "message to #dev: of its own\n");

    // Not elsewhere either.
    Fixture after;
    after.session.self = before.session.self;
    after.join("#dev");
    REQUIRE(after.irc.restore(before.irc.save()));
    CHECK(after.answer("@batch=1 PRIVMSG #dev four\r\nBATCH -1") == "");
    CHECK(after.type("PRIVMSG #dev five") == "message to #dev: five\n");
    CHECK(after.answer_numbers("BATCH -1") == "FAIL ");

    // The next one need not wait for its end.
    CHECK(after.answer("BATCH +1 draft/multiline #dev\r\n@batch=1 PRIVMSG #ops one") == refused);
    CHECK(after.type("BATCH +2 draft/multiline #dev\r\n@batch=2 PRIVMSG #dev two\r\nBATCH -2") ==
          "message to #dev: two\n");
    CHECK(after.sent() == "");
  }

  TEST_CASE("read markers move with him") {
    Fixture before;
    before.come_in("draft/read-marker");
    const std::string time = "timestamp=2024-01-01T00:00:00.000Z";
    before.answer("MARKREAD #dev " + time);
    Fixture after;
    after.session.self = before.session.self;
    REQUIRE(after.irc.restore(before.irc.save()));
    CHECK(after.answer("MARKREAD #DEV") == ":banter.local MARKREAD #DEV " + time + "\r\n");
    CHECK(after.answer("MARKREAD #ops") == ":banter.local MARKREAD #ops *\r\n");
  }

  TEST_CASE("what is no saved state is refused") {
    for (const char* text :
         {"", "{", "[]", "{}", R"({"registration":"nonsense"})", R"({"capabilities":7})"}) {
      CAPTURE(text);
      Fixture f;
      CHECK_FALSE(f.irc.restore(text));
    }
  }
}
