#include "worker/protocol/line/line_protocol.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "tests/unit/worker/protocol/fake_session.h"
#include "worker/limits.h"
#include "worker/protocol/line/line_encoder.h"

using namespace banterd;
using namespace banterd::worker;
using line::LineProtocol;
using line::Style;

namespace {

conf::Listener listener_of(conf::LineFormat format) {
  conf::Listener listener;
  listener.format = format;
  return listener;
}

FakeSession session_with(conf::Config config) {
  FakeSession session;
  session.settings = std::move(config);
  return session;
}

struct Fixture {
  FakeSession session;
  LineProtocol protocol;

  explicit Fixture(conf::LineFormat format = conf::LineFormat::named, conf::Config config = {})
      : session(session_with(std::move(config))), protocol(listener_of(format), session) {
    protocol.on_open();
    asked_first = session.meet();
  }
  std::string asked_first;  // what he asked for as soon as he came

  void enter(const std::string& name, const std::string& topic = "") {
    set_topic(name, topic);
    protocol.on_joined(name);
  }
  void set_topic(const std::string& name, const std::string& topic) {
    chat::RoomHead head;
    head.topic = topic;
    head.topic_author = "bob";
    session.put_room(name, {head, {}, {}});
  }
  void leave(const std::string& name) {
    std::erase_if(session.his_rooms, [&](const auto& room) { return room.name == name; });
    protocol.on_left(name);
  }
  // In #lobby, with nothing unread.
  void enter_lobby() {
    enter("#lobby");
    session.sent.clear();
    session.reshaped.clear();
  }
  void take_all(std::string_view input, bool ended = false) {
    for (;;) {
      const Protocol::Taken taken = protocol.take(input, ended);
      if (taken.bytes == 0) return;
      input.remove_prefix(taken.bytes);
    }
  }
  // What he asks for by typing this.
  std::string type(std::string_view line) {
    take_all(std::string(line) + "\n");
    return session.meet();
  }
  // What he is told at once for typing this; he asks for nothing.
  std::string told(std::string_view line) {
    session.sent.clear();
    CHECK(type(line) == "");
    return session.take_sent();
  }
  bool uses(std::string_view room, Style style) {
    return &protocol.encoder(room) == &line::encoder(style);
  }
};

struct RawFixture : Fixture {
  RawFixture() : Fixture(conf::LineFormat::raw) {}
};

}  // namespace

TEST_SUITE("worker/protocol/line_protocol") {
  // ---- greeting ----

  TEST_CASE("who connects is greeted with his nick and told of /help") {
    conf::Config config;
    config.server.name = "chat.example";
    config.server.description = "for tests";
    Fixture f(conf::LineFormat::named, config);
    CHECK(f.session.sent ==
          "* Welcome to chat.example, for tests. You are ann: type to talk, /help for more.\n");
  }

  TEST_CASE("a browser that a web page has sent here says nothing in its user's name") {
    for (const conf::LineFormat format : {conf::LineFormat::named, conf::LineFormat::raw}) {
      Fixture f(format);
      f.enter_lobby();
      CHECK(f.type("POST /x HTTP/1.1\r") == "leave: HTTP is not spoken here\n");
      CHECK(f.session.sent == "! HTTP is not spoken here\n");
    }
  }

  TEST_CASE("an IRC client on the wrong port does not say its password") {
    for (const conf::LineFormat format : {conf::LineFormat::named, conf::LineFormat::raw}) {
      Fixture f(format, conf::defaults());
      f.enter_lobby();
      CHECK(f.type("PASS sesame\r") == "leave: IRC is not spoken here, but on port 6667\n");
      CHECK(f.session.sent == "! IRC is not spoken here, but on port 6667\n");
    }
  }

  TEST_CASE_FIXTURE(Fixture, "who begins by NICK is told of /nick, and may be an IRC client") {
    enter_lobby();
    CHECK(told("NICK a\x1b[1mda") == "! use: /nick ada\n");
    CHECK(told("NICK ada") == "! use: /nick ada\n");
    CHECK(type("USER ada 0 * :Ada") == "leave: IRC is not spoken here\n");
    Fixture person;
    person.enter_lobby();
    CHECK(person.told("NICK ada") == "! use: /nick ada\n");
    CHECK(person.type("hello") == "message to #lobby: hello\n");
    CHECK(person.type("NICK ada") == "message to #lobby: NICK ada\n");
  }

  TEST_CASE_FIXTURE(Fixture, "who talks of a request, or much like one, may") {
    enter_lobby();
    CHECK(type("GET the book") == "message to #lobby: GET the book\n");
    CHECK(type("GET / HTTP/1.1") == "message to #lobby: GET / HTTP/1.1\n");
    CHECK(type("PASS sesame") == "message to #lobby: PASS sesame\n");
    Fixture restored;
    CHECK(restored.protocol.restore(protocol.save()));
    restored.enter_lobby();
    CHECK(restored.type("GET / HTTP/1.1") == "message to #lobby: GET / HTTP/1.1\n");
  }

  TEST_CASE_FIXTURE(RawFixture, "a raw client is not greeted") { CHECK(session.sent == ""); }

  TEST_CASE("who connects enters as he is, into the default room") {
    conf::Config config;
    config.rooms.default_room = "#hall";
    for (const conf::LineFormat format : {conf::LineFormat::named, conf::LineFormat::raw}) {
      Fixture f(format, config);
      CHECK(f.asked_first == "enter ann #hall\n");
    }
  }

  // ---- talking ----

  TEST_CASE_FIXTURE(
      Fixture, "a line is said in the current room, with LF or CRLF, also a last one without") {
    enter_lobby();
    CHECK(type("hello there") == "message to #lobby: hello there\n");
    CHECK(type("hello\r") == "message to #lobby: hello\n");
    take_all("one\ntwo\nthr");
    CHECK(session.meet() == "message to #lobby: one\nmessage to #lobby: two\n");
    take_all("thr", true);
    CHECK(session.meet() == "message to #lobby: thr\n");
    CHECK(session.sent == "");
  }

  TEST_CASE_FIXTURE(Fixture, "a line that has not ended is not taken") {
    CHECK(protocol.take("hel", false).bytes == 0);
    CHECK(protocol.take("hello\nx", false).bytes == 6);
    CHECK(session.requests.size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "every line counts against the flood limit, parts of one do not") {
    CHECK(protocol.take("hello\n", false).counts);
    CHECK(protocol.take("\n", false).counts);
    CHECK(protocol.take("/nonsense\n", false).counts);
    CHECK_FALSE(protocol.take("hel", false).counts);
  }

  TEST_CASE_FIXTURE(Fixture, "lines without anything in them are ignored") {
    enter_lobby();
    for (const char* line : {"", " ", "    ", "\r", "\x07\x01", "\x1b[31m"})
      CHECK(told(line) == "");
  }

  TEST_CASE_FIXTURE(Fixture, "two slashes say one") {
    enter_lobby();
    CHECK(type("//nick is a command") == "message to #lobby: /nick is a command\n");
    CHECK(type("//") == "message to #lobby: /\n");
    CHECK(type(" /nick is none") == "message to #lobby:  /nick is none\n");
  }

  TEST_CASE_FIXTURE(Fixture, "in no room nothing can be said") {
    CHECK(told("hello") == "! you are in no room: /join one\n");
    CHECK(told("/me waves") == "! you are in no room: /join one\n");
  }

  TEST_CASE_FIXTURE(Fixture, "what is wrong is answered in its turn, not at once") {
    enter_lobby();
    take_all("one\n/nonsense\ntwo\n");
    CHECK(session.sent == "");
    REQUIRE(session.requests.size() == 3);
    CHECK(std::holds_alternative<DoLocally>(session.requests[1]));
  }

  // ---- bytes ----

  TEST_CASE_FIXTURE(Fixture, "bad UTF-8 drops the line with an error, and the next goes on") {
    enter_lobby();
    CHECK(told("caf\xe9") == "! your line was dropped: it is not valid UTF-8\n");
    CHECK(told("\xc0\xaf") == "! your line was dropped: it is not valid UTF-8\n");
    CHECK(type("caf\xc3\xa9") == "message to #lobby: caf\xc3\xa9\n");
  }

  TEST_CASE_FIXTURE(Fixture, "telnet's negotiation is taken out before anything else") {
    enter_lobby();
    CHECK(type("\xff\xfb\x01\xff\xfd\x03hello\r") == "message to #lobby: hello\n");
    CHECK(type("a\xff\xfa\x18\x01xterm\xff\xf0"
               "b") == "message to #lobby: ab\n");
    CHECK(told("\xff\xfd\x01") == "");
    CHECK(told("a\xff\xff") == "! your line was dropped: it is not valid UTF-8\n");
    // One that never ends takes no more than its line.
    CHECK(told("\xff\xfa\x18 no end") == "");
    CHECK(type("still here") == "message to #lobby: still here\n");
  }

  TEST_CASE_FIXTURE(Fixture, "telnet is answered after Ctrl-C, or it would show nothing more") {
    enter_lobby();
    const std::string keys = "\xff\xf4\xff\xfd\x06";
    take_all(keys);
    CHECK(session.meet() == "");
    CHECK(session.take_sent() == "\xff\xfb\x06");
    // Half of it came before, and lines come behind it.
    CHECK(protocol.take("\xff\xfd", false).bytes == 0);
    take_all(
        "\xff\xfd\x06"
        "a\nb\n");
    CHECK(session.meet() == "message to #lobby: a\nmessage to #lobby: b\n");
    CHECK(session.take_sent() == "\xff\xfb\x06");
  }

  TEST_CASE_FIXTURE(Fixture, "control characters and escape sequences are taken out") {
    enter_lobby();
    CHECK(type("a\x1b[31mred\x1b[0m\x07"
               "b\tc\x7f") == "message to #lobby: aredb c\n");
    CHECK(type("\x1b]0;title\x07hi\xc2\x9b"
               "31m") == "message to #lobby: hi\n");
    CHECK(type(std::string_view("a\0b", 3)) == "message to #lobby: ab\n");
    // What is a command once cleaned is a command.
    CHECK(type("\x07/rooms") == "ask all about_rooms\n");
  }

  TEST_CASE_FIXTURE(Fixture, "a line that is too long is dropped with one error") {
    enter_lobby();
    const std::string longest(4096, 'x');
    CHECK(type(longest) == "message to #lobby: " + longest + "\n");
    CHECK(told(longest + "x") == "! your line was dropped: it is longer than 4096 bytes\n");
    CHECK(type(longest + "\r") == "message to #lobby: " + longest + "\n");
  }

  TEST_CASE_FIXTURE(Fixture, "a line without an end is told of once, and swallowed up to its end") {
    enter_lobby();
    const std::string piece(3000, 'x');
    std::string input;
    for (int i = 0; i < 100; ++i) {
      input += piece;
      for (;;) {
        const Protocol::Taken taken = protocol.take(input, false);
        if (taken.bytes == 0) break;
        input.erase(0, taken.bytes);
      }
      CHECK(input.size() <= 4096);
    }
    take_all(input + "\nnext\n");
    CHECK(session.meet() == "message to #lobby: next\n");
    CHECK(session.take_sent() == "! your line was dropped: it is longer than 4096 bytes\n");
  }

  // ---- commands ----

  TEST_CASE_FIXTURE(Fixture, "a command that is none is told of, and how to say it") {
    CHECK(told("/dance") == "! unknown command: /dance (see /help; //dance says it)\n");
    CHECK(told("/") == "! unknown command: / (see /help; // says it)\n");
    CHECK(told("/nickname x") == "! unknown command: /nickname (see /help; //nickname says it)\n");
  }

  TEST_CASE_FIXTURE(Fixture, "commands without what they need say how they are used") {
    CHECK(told("/nick") == "! use: /nick NAME\n");
    CHECK(told("/join ") == "! use: /join ROOM [KEY]\n");
    CHECK(told("/msg bob") == "! use: /msg NICK TEXT\n");
    CHECK(told("/me") == "! use: /me TEXT\n");
  }

  TEST_CASE_FIXTURE(Fixture, "commands may be in capitals, their words wide apart") {
    CHECK(type("/NICK   Bea  ") == "nick Bea\n");
    CHECK(type("/Rooms") == "ask all about_rooms\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/nick asks for a nick that can be one") {
    CHECK(type("/nick Bea") == "nick Bea\n");
    const std::string error =
        " is no nick: use 1 to 32 letters, digits and -_[]{}|^`\\, not beginning with a digit or "
        "-\n";
    CHECK(told("/nick 1st") == "! 1st" + error);
    CHECK(told("/nick #room") == "! #room" + error);
    CHECK(told("/nick Z\xc3\xb6"
               "e") ==
          "! Z\xc3\xb6"
          "e" +
              error);
    const std::string longest(32, 'n');
    CHECK(type("/nick " + longest) == "nick " + longest + "\n");
    CHECK(told("/nick " + longest + "n") == "! " + longest + "n" + error);
  }

  TEST_CASE_FIXTURE(Fixture, "/nick gives no guest's nick but his own") {
    CHECK(told("/nick guest-9") == "! nicks that begin with guest- are given by the server\n");
    CHECK(told("/nick GUEST-x") == "! nicks that begin with guest- are given by the server\n");
    session.self = *chat::profile_of(7, "guest-7");
    CHECK(type("/nick Guest-7") == "nick Guest-7\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/join asks for a room, with or without '#', as its operator") {
    CHECK(type("/join dev") == "join #dev key '' flags 20 grants 4 replay 20, known\n");
    CHECK(type("/join #Dev") == "join #Dev key '' flags 20 grants 4 replay 20, known\n");
    CHECK(type("/join dev open sesame") ==
          "join #dev key 'open sesame' flags 20 grants 4 replay 20, known\n");
    CHECK(type("/join lobby") ==
          "join #lobby key '' flags 4 grants 0 permanent replay 20, known\n");
  }

  TEST_CASE_FIXTURE(RawFixture, "a raw client wants nothing of the past") {
    CHECK(type("/join dev") == "join #dev key '' flags 20 grants 4 replay 0, known\n");
  }

  TEST_CASE_FIXTURE(Fixture, "what cannot be a room's name is told of") {
    const std::string error =
        " cannot be a room's name: use up to 63 bytes without spaces, commas and colons\n";
    for (const std::string name : {"a,b", "a:b", "#"}) {
      CHECK(told("/join " + name) == "! " + name + error);
      CHECK(told("/who " + name) == "! " + name + error);
    }
    const std::string longest(63, 'r');
    CHECK(type("/join " + longest).starts_with("join #" + longest + " "));
    CHECK(told("/join " + longest + "r") == "! " + longest + "r" + error);
    CHECK(told("/part #a,b") == "! #a,b" + error);
  }

  TEST_CASE_FIXTURE(Fixture, "/join of a room that he is in makes it the one he talks in") {
    enter("#Dev");
    enter_lobby();
    CHECK(told("/join dev") == "* You talk in #Dev\n");
    CHECK(session.reshaped == std::vector<std::string>{"#lobby", "#Dev"});
    CHECK(uses("#dev", Style::current));
    CHECK(uses("#lobby", Style::other));
    CHECK(type("hi") == "message to #Dev: hi\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/join is decided once what he asked before is done") {
    enter_lobby();
    take_all("/part\n/join lobby\n");
    leave("#lobby");
    CHECK(session.meet() ==
          "part #lobby: \njoin #lobby key '' flags 4 grants 0 permanent replay 20, known\n");
  }

  TEST_CASE_FIXTURE(Fixture, "nobody is in more rooms than he may be") {
    session.settings.limits.rooms_per_client = 100;
    for (size_t i = 0; i < 100; ++i) enter("#r" + std::to_string(i));
    CHECK(told("/join one-more") ==
          "! you are in 100 rooms, which is as many as you may be in: /part one\n");
    CHECK(told("/join r5") == "* You talk in #r5\n");
    leave("#r7");
    CHECK(type("/join one-more").starts_with("join #one-more"));
  }

  TEST_CASE_FIXTURE(Fixture,
                    "/part leaves the current room or a named one, with a reason or without") {
    CHECK(told("/part") == "! you are in no room: /join one\n");
    enter_lobby();
    CHECK(type("/part") == "part #lobby: \n");
    CHECK(type("/part see you") == "part #lobby: see you\n");
    CHECK(type("/part dev") == "part #lobby: dev\n");
    CHECK(type("/part #dev") == "part #dev: \n");
    CHECK(type("/part #dev see  you") == "part #dev: see  you\n");
  }

  TEST_CASE_FIXTURE(Fixture, "reasons are cut at their limit, between characters") {
    enter_lobby();
    std::string reason;
    for (int i = 0; i < 200; ++i) reason += "\xc3\xa4";
    CHECK(type("/part " + reason) == "part #lobby: " + reason.substr(0, 300) + "\n");
    CHECK(type("/quit x" + reason) == "leave: x" + reason.substr(0, 298) + "\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/msg says something to one person") {
    CHECK(type("/msg Bob hi  there") == "message to Bob: hi  there, known\n");
    CHECK(told("/msg #dev hi") == "! nobody can be called #dev\n");
    CHECK(told("/msg 1st hi") == "! nobody can be called 1st\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/me says what he does") {
    enter_lobby();
    CHECK(type("/me waves") == "action to #lobby: waves\n");
    CHECK(type("/me waves at bob") == "action to #lobby: waves at bob\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/topic shows the topic or sets it") {
    CHECK(told("/topic") == "! you are in no room: /join one\n");
    enter_lobby();
    CHECK(told("/topic") == "* #lobby has no topic\n");
    CHECK(type("/topic all about  tests") == "topic of #lobby: all about  tests\n");
    set_topic("#lobby", "tests");
    CHECK(told("/topic") == "* The topic of #lobby is: tests (set by bob)\n");
    const std::string longest(390, 't');
    CHECK(type("/topic " + longest) == "topic of #lobby: " + longest + "\n");
    CHECK(told("/topic " + longest + "t") == "! a topic has at most 390 bytes\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/who shows who is in the room or in a named one") {
    CHECK(told("/who") == "! you are in no room: /join one\n");
    enter("#dev");
    enter_lobby();
    const chat::Member ann{chat::ClientId{1}, chat::profile_of(1, "ann"), {}, 0};
    const chat::Member bob{chat::ClientId{2}, chat::profile_of(2, "Bob"), {}, 0};
    session.put_room("#dev", {{}, {}, {ann}});
    session.put_room("#lobby", {{}, {}, {bob, ann}});
    CHECK(told("/who") == "* 2 people are in #lobby: ann Bob\n");
    CHECK(told("/who dev") == "* 1 person is in #dev: ann\n");
    CHECK(told("/who #ops") == "! you are not in #ops\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/rooms asks all owners, and shows what they say") {
    session.take_sent();
    CHECK(type("/rooms") == "ask all about_rooms\n");
    CHECK(session.take_sent() == "");
    Findings found;
    found.rooms = {{"#b", 1, "", 0, 0, false}, {"#A", 2, "topic", 0, 0, false}};
    session.answer(found);
    CHECK(session.take_sent() == "* #A 2 people: topic\n* #b 1 person\n* 2 rooms in all\n");
  }

  TEST_CASE_FIXTURE(Fixture, "who is not shown all rooms is told so") {
    CHECK(type("/rooms") == "ask all about_rooms\n");
    session.take_sent();
    session.answer({}, false);
    CHECK(session.take_sent() ==
          "! not all rooms can be shown now: try again later\n* 0 rooms in all\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/quit leaves with or without a reason") {
    CHECK(type("/quit") == "leave: \n");
    CHECK(type("/quit good night") == "leave: good night\n");
  }

  TEST_CASE_FIXTURE(Fixture, "/help shows every command, as notices") {
    const std::string help = told("/help");
    for (const char* line :
         {"*   /nick NAME               be called NAME\n",
          "*   /join ROOM [KEY]         go to ROOM and talk there\n",
          "*   /part [ROOM] [REASON]    leave this room, or ROOM\n",
          "*   /msg NICK TEXT           say TEXT to NICK alone\n",
          "*   /me TEXT                 say what you do\n",
          "*   /topic [TEXT]            show or set this room's topic\n",
          "*   /who [ROOM]              show who is in this room, or in ROOM\n",
          "*   /rooms                   show all rooms\n",
          "*   /quit [REASON]           leave the server\n",
          "*   /help                    show this\n", "*   //TEXT                   say /TEXT\n"}) {
      CAPTURE(line);
      CHECK(help.find(line) != std::string::npos);
    }
    CHECK(help.starts_with("* "));
    for (size_t at = help.find('\n'); at + 1 < help.size(); at = help.find('\n', at + 1))
      CHECK(help.substr(at + 1, 2) == "* ");
  }

  // ---- what happens to him ----

  TEST_CASE_FIXTURE(Fixture,
                    "a room that he comes into is the one he talks in, and shows its topic") {
    enter_lobby();
    enter("#dev", "plans\x1b[2J");
    CHECK(session.take_sent() == "* The topic of #dev is: plans (set by bob)\n");
    CHECK(session.reshaped == std::vector<std::string>{"#lobby", "#dev"});
    CHECK(uses("#DEV", Style::current));
    CHECK(uses("#lobby", Style::other));
    CHECK(&protocol.encoder() == &line::encoder(Style::current));
  }

  TEST_CASE_FIXTURE(Fixture, "who leaves the room he talks in talks in the one he joined last") {
    enter("#a");
    enter("#b");
    enter_lobby();
    leave("#a");
    CHECK(session.take_sent() == "");
    leave("#lobby");
    CHECK(session.take_sent() == "* You talk in #b\n");
    CHECK(uses("#b", Style::current));
    leave("#b");
    CHECK(session.take_sent() == "* You are in no room now: /join one\n");
    CHECK(told("hi") == "! you are in no room: /join one\n");
  }

  TEST_CASE_FIXTURE(Fixture, "what is refused is told, what changed nothing is not") {
    session.take_sent();
    protocol.on_refused("#dev", chat::Join{}, chat::Refusal::banned);
    CHECK(session.take_sent() == "! you are banned from #dev\n");
    protocol.on_refused("#dev", chat::Join{}, chat::Refusal::nothing_changed);
    CHECK(session.take_sent() == "");
  }

  TEST_CASE_FIXTURE(Fixture, "who has a new nick is told when it is so everywhere") {
    session.take_sent();
    const chat::Profile before = session.self;
    session.self.nick = *chat::Nick::parse("Anna");
    protocol.on_renewed(before);
    CHECK(session.take_sent() == "* ann is now Anna\n");
    // Whatever else has changed is not for him.
    protocol.on_renewed(session.self);
    CHECK(session.take_sent() == "");
  }

  TEST_CASE_FIXTURE(RawFixture, "a raw client is not told of his new nick") {
    const chat::Profile before = session.self;
    session.self.nick = *chat::Nick::parse("Anna");
    protocol.on_renewed(before);
    CHECK(session.take_sent() == "");
  }

  TEST_CASE_FIXTURE(Fixture, "who is made to leave is told why, who leaves himself is not") {
    CHECK(protocol.goodbye("Killed: bob (spam)", true) == "! Killed: bob (spam)\n");
    CHECK(protocol.goodbye("see you", false) == "");
  }

  TEST_CASE_FIXTURE(Fixture, "a flood is told of, an end announced") {
    session.take_sent();
    protocol.on_flood();
    CHECK(session.take_sent() ==
          "! you send faster than 10 lines a second: what you send is read more slowly now, none "
          "of it "
          "is lost\n");
    CHECK(protocol.farewell("Server is shutting down") == "* Server is shutting down\n");
    CHECK(protocol.cut_off("too slow") == "! too slow\n");
  }

  TEST_CASE_FIXTURE(RawFixture, "a raw client gets no notices, but errors and a bare farewell") {
    enter("#dev", "topic");
    enter("#lobby");
    CHECK(told("/join dev") == "");
    CHECK(uses("#dev", Style::raw));
    CHECK(uses("#lobby", Style::raw));
    CHECK(&protocol.encoder() == &line::encoder(Style::raw));
    leave("#dev");
    leave("#lobby");
    CHECK(session.take_sent() == "");
    CHECK(told("hi") == "! you are in no room: /join one\n");
    CHECK(protocol.farewell("Server is shutting down") == "Server is shutting down\n");
  }

  TEST_CASE("a listener with echo gives people their own lines back") {
    FakeSession session;
    conf::Listener listener;
    CHECK_FALSE(LineProtocol(listener, session).echoes());
    listener.echo = true;
    CHECK(LineProtocol(listener, session).echoes());
  }

  TEST_CASE("the table makes every protocol") {
    FakeSession session;
    conf::Listener listener;
    const auto made = make_protocol(listener, session);
    CHECK(dynamic_cast<LineProtocol*>(made.get()) != nullptr);
    CHECK(made->chats());
    listener.protocol = conf::ProtocolName::echo;
    CHECK_FALSE(make_protocol(listener, session)->chats());
    for (const conf::ProtocolName name : {conf::ProtocolName::irc, conf::ProtocolName::http}) {
      listener.protocol = name;
      CHECK(make_protocol(listener, session) != nullptr);
    }
  }
}
