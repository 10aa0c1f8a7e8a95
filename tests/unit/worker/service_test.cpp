#include "worker/service.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/worker/cluster.h"
#include "tests/unit/worker/fake_slot.h"
#include "worker/slot_map.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

TEST_SUITE("worker/service") {
  // ---- talking ----

  TEST_CASE("who connects is greeted, is in the default room, and is seen there by all") {
    Cluster cluster(2);
    Guest& ann = cluster.connect(0);
    cluster.settle();
    CHECK(ann.take() ==
          "* Welcome to banter.local, a banter server. You are guest-1: type to talk, /help for "
          "more.\n"
          "* guest-1 joined #lobby\n");
    Guest& bob = cluster.connect(1);
    cluster.settle();
    CHECK(ann.take() == "* guest-2 joined #lobby\n");
    CHECK(bob.saw("* guest-2 joined #lobby\n"));
  }

  TEST_CASE("people on different workers chat, and nobody hears himself") {
    Cluster cluster(2);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    cluster.say(ann, {"hello"});
    CHECK(bob.take() == "<guest-1> hello\n");
    cluster.say(bob, {"hi", "/me waves"});
    CHECK(ann.take() == "<guest-2> hi\n* guest-2 waves\n");
    CHECK(bob.got() == "");
  }

  TEST_CASE("a private message reaches that person alone, wherever he is") {
    for (Slot owner = 0; owner < 3; ++owner) {
      Cluster cluster(3);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(1);
      Guest& cat = cluster.enter(2);
      const std::string nick = cluster.nick_of(owner);
      cluster.say(bob, {"/nick " + nick});
      cluster.forget();
      cluster.say(ann, {"/msg " + nick + " psst", "/msg nobody1 hey"});
      CHECK(bob.got() == "[private] <guest-1> psst\n");
      CHECK(ann.got() == "! nobody is called nobody1\n");
      CHECK(cat.got() == "");
    }
  }

  TEST_CASE("raw clients get the bare text, echo clients their own lines") {
    Cluster cluster(2);
    Guest& ann = cluster.enter(0);
    Guest& raw = cluster.enter(1, Cluster::kRaw);
    Guest& echo = cluster.enter(1, Cluster::kEcho);
    cluster.say(ann, {"one", "/me two"});
    CHECK(raw.got() == "one\ntwo\n");
    CHECK(echo.got() == "");
    cluster.say(echo, {"/who", "x"});
    CHECK(echo.got() == "/who\nx\n");
    cluster.say(raw, {"from a script"});
    CHECK(ann.got() == "<guest-2> from a script\n");
  }

  // ---- order ----

  TEST_CASE("all see one and the same order, whoever talks at once") {
    Cluster cluster(3);
    std::vector<Guest*> talkers;
    for (Slot slot = 0; slot < 6; ++slot) talkers.push_back(&cluster.enter(slot % 3));
    Guest& listener = cluster.enter(1);
    for (Guest* talker : talkers) {
      for (int i = 0; i < 50; ++i) talker->say("line " + std::to_string(i));
    }
    cluster.settle();
    const std::vector<std::string> order = lines_of(listener.take());
    CHECK(order.size() == 300);
    for (Guest* talker : talkers) {
      std::vector<std::string> others = order;
      const std::string own = "<" + talker->nick() + "> ";
      std::vector<std::string> his;
      std::erase_if(others, [&](const std::string& line) {
        if (line.starts_with(own)) his.push_back(line);
        return line.starts_with(own);
      });
      CHECK(lines_of(talker->take()) == others);
      REQUIRE(his.size() == 50);
      for (int i = 0; i < 50; ++i)
        CHECK(his[static_cast<size_t>(i)] == own + "line " + std::to_string(i));
    }
  }

  TEST_CASE("a command for another owner waits until what was said before has reached everybody") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(2);
    Guest& cat = cluster.enter(1);
    const std::string first = cluster.room_of(1);
    const std::string second = cluster.room_of(0);
    cluster.say(bob, {"/join " + first});
    cluster.say(cat, {"/join " + second});
    cluster.say(ann, {"/join " + second, "/join " + first});
    cluster.forget();
    cluster.hold(2);
    cluster.say(ann, {"one", "/join " + second, "two"});
    CHECK(cat.got() == "");
    cluster.release(2);
    cluster.settle();
    CHECK(bob.got() == "<guest-1> one\n");
    CHECK(cat.got() == "<guest-1> two\n");
  }

  TEST_CASE(
      "one person's lines to rooms of different owners are seen in his order, also when a worker "
      "hangs") {
    for (Slot hung = 0; hung < 3; ++hung) {
      CAPTURE(hung);
      Cluster cluster(3);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(1);
      const std::string a = cluster.room_of(1);
      const std::string b = cluster.room_of(2);
      for (Guest* guest : {&ann, &bob}) cluster.say(*guest, {"/join " + a, "/join " + b});
      cluster.forget();
      std::string expected;
      for (int i = 0; i < 10; ++i) {
        for (const std::string& room : {a, b}) {
          ann.say("/join " + room);
          ann.say(std::to_string(i));
          expected += (room == b ? "" : "[" + a + "] ") + "<guest-1> " + std::to_string(i) + "\n";
        }
      }
      cluster.hold(hung);
      cluster.turns(100);
      cluster.release(hung);
      cluster.settle();
      CHECK(bob.got() == expected);
    }
  }

  TEST_CASE("an answer comes after what was said before it stands in everybody's queue") {
    for (Slot owner = 0; owner < 3; ++owner) {
      for (Slot reader = 0; reader < 3; ++reader) {
        CAPTURE(owner);
        CAPTURE(reader);
        Cluster cluster(3);
        Guest& ann = cluster.enter(0);
        Guest& bob = cluster.enter(reader);
        const std::string room = cluster.room_of(owner);
        cluster.say(ann, {"/join " + room});
        cluster.say(bob, {"/join " + room});
        cluster.forget();
        ann.say("one");
        ann.say("/who");
        ann.say("two");
        cluster.run_until([&] { return ann.saw("2 people are in"); });
        CHECK(bob.got().starts_with("<guest-1> one\n"));
        cluster.settle();
        CHECK(bob.got() == "<guest-1> one\n<guest-1> two\n");
      }
    }
  }

  TEST_CASE("no answer comes while one who has to hear of it hangs") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(2);
    cluster.hold(2);
    cluster.say(ann, {"one", "/who", "/nonsense"});
    CHECK(ann.got() == "");
    cluster.release(2);
    cluster.settle();
    CHECK(bob.got() == "<guest-1> one\n");
    CHECK(ann.got() ==
          "* 2 people are in #lobby: guest-1 guest-2\n"
          "! unknown command: /nonsense (see /help; //nonsense says it)\n");
  }

  // ---- people ----

  TEST_CASE("a nick change and a quit are told once to who shares rooms of different owners") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    for (Slot owner = 0; owner < 3; ++owner) {
      for (Guest* guest : {&ann, &bob}) cluster.say(*guest, {"/join " + cluster.room_of(owner)});
    }
    cluster.forget();
    cluster.say(ann, {"/nick Anna", "here"});
    const std::string room = cluster.room_of(2);
    CHECK(ann.take() == "* guest-1 is now Anna\n");
    CHECK(bob.take() == "* guest-1 is now Anna\n<Anna> here\n");
    cluster.say(bob, {"/who"});
    CHECK(bob.take() == "* 2 people are in " + room + ": Anna guest-2\n");
    cluster.say(ann, {"/nick ANNA"});  // the spelling alone
    CHECK(bob.take() == "* Anna is now ANNA\n");
    cluster.say(ann, {"last words", "/quit good night"});
    CHECK(bob.take() == "<ANNA> last words\n* ANNA quit (good night)\n");
    CHECK(ann.at_end());
    CHECK_FALSE(ann.reset());
    cluster.say(bob, {"/who", "/msg anna hey", "/nick anna"});
    CHECK(bob.take() == "* 1 person is in " + room +
                            ": guest-2\n! nobody is called anna\n"
                            "* guest-2 is now anna\n");
  }

  TEST_CASE("who is in no room is told of his own new nick") {
    Cluster cluster(2);
    Guest& ann = cluster.enter(0);
    cluster.say(ann, {"/part", "/nick Anna"});
    CHECK(ann.got() ==
          "* guest-1 left #lobby\n* You are in no room now: /join one\n* guest-1 is now Anna\n");
  }

  TEST_CASE("of two who claim a nick at once exactly one gets it") {
    for (Slot owner = 0; owner < 3; ++owner) {
      CAPTURE(owner);
      Cluster cluster(3);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(1);
      Guest& cat = cluster.enter(2);
      const std::string nick = cluster.nick_of(owner);
      ann.say("/nick " + nick);
      bob.say("/nick " + nick);
      cluster.settle();
      const bool ann_has = ann.saw("* guest-1 is now " + nick + "\n");
      const bool bob_has = bob.saw("* guest-2 is now " + nick + "\n");
      CHECK(ann_has != bob_has);
      Guest& loser = ann_has ? bob : ann;
      CHECK(loser.times("! somebody else is called " + nick + "\n") == 1);
      CHECK(cat.times("is now") == 1);
      cluster.forget();
      cluster.say(cat, {"/msg " + nick + " hi"});
      CHECK((ann_has ? ann : bob).got() == "[private] <guest-3> hi\n");
      CHECK(loser.got() == "");
    }
  }

  TEST_CASE(
      "a claim on a nick that is being left waits, then gets it, and nobody sees two of the name") {
    for (const std::string leaving : {"/quit", "/nick other"}) {
      CAPTURE(leaving);
      Cluster cluster(3);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(1);
      Guest& cat = cluster.enter(1);
      const std::string nick = cluster.nick_of(1);
      const std::string room = cluster.room_of(2);
      cluster.say(ann, {"/nick " + nick, "/join " + room});
      cluster.say(cat, {"/join " + room});
      cluster.forget();
      cluster.hold(2);  // who owns her room, and perhaps another, cannot let her go
      cluster.say(ann, {leaving});
      cluster.say(bob, {"/nick " + nick});
      CHECK(bob.times("* guest-2") == 0);
      CHECK(bob.times("!") == 0);
      cluster.release(2);
      cluster.settle();
      const std::string left =
          leaving[1] == 'q' ? "* " + nick + " quit\n" : "* " + nick + " is now other\n";
      CHECK(cat.got() == left + "* guest-2 is now " + nick + "\n");
      CHECK(bob.saw("* guest-2 is now " + nick + "\n"));
    }
  }

  // ---- rooms ----

  TEST_CASE("who joins sees the last lines, marked as past, after his own coming") {
    for (Slot owner = 0; owner < 2; ++owner) {
      CAPTURE(owner);
      Cluster cluster(2, std::string(Cluster::kNoFlood) + R"(, "rooms": {"replay_lines": 3})");
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(1);
      Guest& raw = cluster.enter(1, Cluster::kRaw);
      const std::string room = cluster.room_of(owner);
      cluster.say(ann,
                  {"/join " + room, "/topic plans", "one", "two", "three", "four", "/nick Anna"});
      cluster.forget();
      cluster.say(bob, {"/join " + room});
      const std::vector<std::string> lines = lines_of(bob.take());
      REQUIRE(lines.size() == 5);
      CHECK(lines[0] == "* The topic of " + room + " is: plans (set by guest-1)");
      CHECK(lines[1] == "* guest-2 joined " + room);
      const char* texts[] = {"two", "three", "four"};
      for (size_t i = 0; i < 3; ++i) {
        CHECK(lines[2 + i].starts_with("* "));
        CHECK(lines[2 + i].substr(7) == std::string(" <guest-1> ") + texts[i]);
        CHECK(lines[2 + i][4] == ':');
      }
      cluster.say(raw, {"/join " + room});
      CHECK(raw.got() == "");
      // Who comes later to the same worker is told what its slot keeps, as far as it has come.
      Guest& dan = cluster.enter(1);
      cluster.say(ann, {"five", "/nick Annie"});
      cluster.forget();
      cluster.say(dan, {"/join " + room});
      const std::vector<std::string> later = lines_of(dan.take());
      REQUIRE(later.size() == 5);
      CHECK(later[2].substr(7) == " <guest-1> three");
      CHECK(later[3].substr(7) == " <guest-1> four");
      CHECK(later[4].substr(7) == " <Anna> five");
    }
  }

  TEST_CASE("a room that empties ends, and begins anew with whoever comes then") {
    for (Slot owner = 0; owner < 3; ++owner) {
      CAPTURE(owner);
      Cluster cluster(3);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(1);
      const std::string room = cluster.room_of(owner);
      cluster.say(ann, {"/join " + room, "/topic old", "said before"});
      cluster.say(bob, {"/join " + room, "/topic mine", "/part"});
      CHECK(bob.saw("! only an operator of " + room + " may set its topic\n"));
      cluster.say(ann, {"/part"});
      cluster.forget();
      cluster.say(bob, {"/join " + room, "/topic", "/topic mine"});
      CHECK(bob.take() == "* guest-2 joined " + room + "\n* " + room + " has no topic\n" +
                              "* guest-2 set the topic of " + room + ": mine\n");
      cluster.say(ann, {"/join " + room});
      CHECK(ann.got().starts_with("* The topic of " + room + " is: mine (set by guest-2)\n"));
      CHECK(bob.got() == "* guest-1 joined " + room + "\n");
    }
  }

  TEST_CASE("the list of rooms has those of all owners, in the order of names") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(0);
    std::vector<std::string> rooms;
    for (Slot owner = 0; owner < 3; ++owner) rooms.push_back(cluster.room_of(owner));
    for (const std::string& room : rooms) cluster.say(ann, {"/join " + room});
    rooms.emplace_back("#lobby");
    std::sort(rooms.begin(), rooms.end());
    cluster.forget();
    cluster.say(ann, {"/rooms", "after"});
    std::string expected;
    for (const std::string& room : rooms) expected += "* " + room + " 1 person\n";
    CHECK(ann.got() == expected + "* 4 rooms in all\n");
  }

  TEST_CASE("a list with more rooms than fit one message is whole") {
    Cluster cluster(2);
    size_t made = 0;
    for (int person = 0; person < 8; ++person) {
      Guest& guest = cluster.connect(0);
      for (int i = 0; i < 95; ++i) guest.say("/join r" + std::to_string(++made));
    }
    cluster.settle();
    Guest& bob = cluster.enter(1);
    cluster.say(bob, {"/rooms"});
    CHECK(bob.saw("* " + std::to_string(made + 1) + " rooms in all\n"));
    CHECK(bob.times(" 1 person\n") == static_cast<int>(made));
  }

  // ---- ends ----

  TEST_CASE("who ends his stream has said all before he quits, and reads on to the end") {
    Cluster cluster(2);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    ann.say("one");
    ann.say("/who");
    ann.say_unended("two, without an end");
    ann.close_writing();
    cluster.settle();
    CHECK(bob.got() == "<guest-1> one\n<guest-1> two, without an end\n* guest-1 quit\n");
    CHECK(ann.got() == "* 2 people are in #lobby: guest-1 guest-2\n");
    CHECK(ann.at_end());
  }

  TEST_CASE("who vanishes quits once, and nothing of him is left") {
    Cluster cluster(2);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    const size_t objects =
        cluster.service(0).owner().objects() + cluster.service(1).owner().objects();
    ann.vanish();
    cluster.settle();
    CHECK(bob.times("* guest-1 quit") == 1);
    CHECK(cluster.service(0).owner().objects() + cluster.service(1).owner().objects() ==
          objects - 1);
    CHECK(cluster.service(0).clients().sockets() == 0);
  }

  TEST_CASE("people come and go by the hundred and leave no object behind") {
    Cluster cluster(3);
    Guest& watcher = cluster.enter(0);
    for (int round = 0; round < 4; ++round) {
      std::vector<Guest*> crowd;
      for (Slot i = 0; i < 60; ++i) {
        crowd.push_back(&cluster.connect(i % 3));
        crowd.back()->say("/join room" + std::to_string(i % 7));
        crowd.back()->say("hello");
      }
      cluster.turns(round * 3);
      for (size_t i = 0; i < crowd.size(); ++i) {
        if (i % 3 == 0) crowd[i]->vanish();
        if (i % 3 == 1) crowd[i]->say("/quit");
        if (i % 3 == 2) crowd[i]->close_writing();
      }
      cluster.settle();
    }
    size_t objects = 0;
    for (Slot slot = 0; slot < 3; ++slot) {
      objects += cluster.service(slot).owner().objects();
      CHECK(cluster.service(slot).clients().settled());
      CHECK(cluster.service(slot).clients().router().open_commands() == 0);
    }
    CHECK(objects == 2);  // #lobby, and the watcher
    watcher.take();
    cluster.say(watcher, {"/who"});
    CHECK(watcher.got() == "* 1 person is in #lobby: guest-1\n");
  }

  TEST_CASE("a connection's end is told to the other slots once nothing of it is open") {
    Cluster cluster(2);
    cluster.kill(1);
    FakeSlot other(cluster.loop(0), cluster.service(0).bus(), {1, 2});
    other.greet();
    Guest& echo = cluster.connect(0, Cluster::kEcho);
    // Slot 1 owns #lobby, and never answers that he has joined it.
    REQUIRE(owner_of("#lobby", 2) == 1);
    Guest& line = cluster.connect(0);
    echo.vanish();
    line.vanish();
    // Nobody waits for it: it may take some milliseconds.
    std::vector<Ended> ended;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (ended.empty() && std::chrono::steady_clock::now() < deadline) {
      cluster.settle();
      ended = other.take<Ended>();
    }
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].connections == std::vector<uint64_t>{1});
    // While he waits he is not read: nobody has noticed that he has gone.
    CHECK(cluster.service(0).clients().sockets() == 1);
  }

  TEST_CASE(
      "a worker that drains reads no more, and is settled when all that was said stands "
      "everywhere") {
    Cluster cluster(2);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    cluster.hold(1);
    ann.say("before");
    cluster.turns(10);
    cluster.service(0).clients().drain();
    ann.say("after");
    cluster.turns(10);
    CHECK_FALSE(cluster.service(0).clients().settled());
    cluster.release(1);
    cluster.settle();
    CHECK(cluster.service(0).clients().settled());
    CHECK(bob.got() == "<guest-1> before\n");
    cluster.service(0).clients().farewell("Server is shutting down");
    cluster.settle();
    CHECK(ann.got() == "* Server is shutting down\n");
    CHECK(ann.at_end());
    CHECK_FALSE(ann.reset());
  }
}
