// What a worker's death does to the others, and what its next life has again.
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/worker/cluster.h"

using namespace banterd;
using namespace banterd::worker;

TEST_SUITE("worker/service_death") {
  TEST_CASE("a dead worker's people quit exactly once, whatever rooms they shared") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    Guest& cat = cluster.enter(2);
    for (Slot owner = 0; owner < 3; ++owner) {
      for (Guest* guest : {&ann, &bob, &cat})
        cluster.say(*guest, {"/join " + cluster.room_of(owner)});
    }
    cluster.forget();
    cluster.kill(0);
    cluster.settle();
    CHECK(ann.at_end());
    CHECK(bob.got() == "* guest-1 quit (connection lost)\n");
    CHECK(cat.got() == "* guest-1 quit (connection lost)\n");
    cluster.start(0);
    cluster.settle();
    CHECK(bob.take() == "* guest-1 quit (connection lost)\n");
    CHECK(cat.take() == "* guest-1 quit (connection lost)\n");
    for (Slot owner = 0; owner < 3; ++owner) {
      const std::string room = cluster.room_of(owner);
      cluster.say(bob, {"/join " + room, "hello", "/who"});
      CHECK(bob.take() ==
            "* You talk in " + room + "\n* 2 people are in " + room + ": guest-2 guest-3\n");
    }
    CHECK(cat.times("<guest-2> hello") == 3);
  }

  TEST_CASE("a room whose owner is down is silent, and goes on with its next life where it was") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(1);
    Guest& bob = cluster.enter(2);
    const std::string room = cluster.room_of(0);
    const std::string elsewhere = cluster.room_of(1);
    for (Guest* guest : {&ann, &bob}) cluster.say(*guest, {"/join " + elsewhere, "/join " + room});
    cluster.say(ann, {"/topic plans"});
    cluster.forget();
    cluster.kill(0);
    cluster.say(ann, {"one", "two"});
    CHECK(bob.got() == "");
    cluster.say(bob, {"/join " + elsewhere, "meanwhile"});
    CHECK(ann.got() == "[" + elsewhere + "] <guest-2> meanwhile\n");
    cluster.forget();
    cluster.start(0);
    cluster.settle();
    CHECK(bob.take() == "[" + room + "] <guest-1> one\n[" + room + "] <guest-1> two\n");
    cluster.say(ann, {"/topic", "/who"});
    CHECK(ann.got() == "* The topic of " + room + " is: plans (set by guest-1)\n" +
                           "* 2 people are in " + room + ": guest-1 guest-2\n");
    // He is still its operator.
    cluster.say(ann, {"/topic new"});
    CHECK(bob.got() == "* guest-1 set the topic of " + room + ": new\n");
  }

  TEST_CASE("nicks of a dead worker's people are free once it is back, those of others stay held") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    const std::string lost = cluster.nick_of(1);
    const std::string kept = cluster.nick_of(0);
    cluster.say(ann, {"/nick " + lost});
    cluster.say(bob, {"/nick " + kept});
    cluster.kill(0);
    cluster.settle();
    cluster.start(0);
    cluster.settle();
    cluster.forget();
    Guest& cat = cluster.enter(0);
    cluster.forget();
    cluster.say(cat, {"/nick " + kept, "/nick " + lost});
    CHECK(cat.got() == "! somebody else is called " + kept + "\n* guest-3 is now " + lost + "\n");
    cluster.forget();
    cluster.say(cat, {"/msg " + kept + " still there?"});
    CHECK(bob.got() == "[private] <" + lost + "> still there?\n");
  }

  TEST_CASE(
      "a claim that waits for somebody whose worker dies gets the nick when that is settled") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    const std::string nick = cluster.nick_of(1);
    cluster.say(ann, {"/nick " + nick, "/join " + cluster.room_of(2)});
    cluster.forget();
    cluster.hold(2);
    cluster.say(ann, {"/quit"});
    cluster.say(bob, {"/nick " + nick});
    CHECK_FALSE(bob.saw("is now"));
    cluster.kill(0);
    cluster.release(2);
    cluster.settle();
    cluster.start(0);
    cluster.settle();
    CHECK(bob.times("* " + nick + " quit") == 1);
    CHECK(bob.times("* guest-2 is now " + nick + "\n") == 1);
  }

  TEST_CASE("a worker that dies twice in a row leaves no ghost") {
    Cluster cluster(3);
    Guest& bob = cluster.enter(1);
    for (int life = 0; life < 3; ++life) {
      Guest& ann = cluster.enter(0);
      Guest& cat = cluster.enter(0);
      cluster.say(ann, {"/nick ann", "/join dev"});
      cluster.say(cat, {"/join dev"});
      bob.take();
      cluster.kill(0);
      cluster.start(0);
      cluster.settle();
      CHECK(bob.times(" quit (connection lost)\n") == 2);
    }
    bob.take();
    cluster.say(bob, {"/who", "/nick ann", "/rooms"});
    CHECK(bob.take() ==
          "* 1 person is in #lobby: guest-1\n* guest-1 is now ann\n"
          "* #lobby 1 person\n* 1 room in all\n");
  }

  TEST_CASE("a list of rooms waits for the next worker of a slot, and is whole") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(1);
    for (Slot owner = 0; owner < 3; ++owner) cluster.say(ann, {"/join " + cluster.room_of(owner)});
    cluster.forget();
    cluster.kill(0);
    cluster.say(ann, {"/rooms"});
    CHECK(ann.got() == "");
    cluster.start(0);
    cluster.settle();
    CHECK(ann.times(" 1 person\n") == 4);
    CHECK(ann.times("* 4 rooms in all\n") == 1);
  }

  TEST_CASE("a list of rooms does not wait for a slot that has no worker") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(1);
    for (Slot owner = 0; owner < 3; ++owner) cluster.say(ann, {"/join " + cluster.room_of(owner)});
    cluster.forget();
    cluster.hold(0);
    cluster.say(ann, {"/rooms"});
    CHECK(ann.got() == "");
    cluster.kill(0);
    cluster.settle();
    CHECK(ann.got() == "");
    cluster.service(1).on_slot_stays_down(0);
    cluster.settle();
    CHECK(ann.saw("* " + cluster.room_of(1) + " 1 person\n"));
    CHECK(ann.saw(" rooms in all\n"));
    ann.take();
    cluster.say(ann, {"/rooms"});
    CHECK(ann.saw(" rooms in all\n"));
  }

  // At each turn of the story the owner of the room dies and its next life begins: whatever stood
  // only in its memory, or half way on its pipes, must not be missing or double.
  TEST_CASE(
      "whenever the owner dies, the others see every line and every answer exactly once, in "
      "order") {
    for (int moment = 0; moment < 40; ++moment) {
      CAPTURE(moment);
      Cluster cluster(3);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(2);
      const std::string room = cluster.room_of(1);
      for (Guest* guest : {&ann, &bob}) cluster.say(*guest, {"/join " + room});
      cluster.forget();
      std::string said;
      for (int i = 0; i < 12; ++i) {
        ann.say(std::to_string(i));
        said += "<guest-1> " + std::to_string(i) + "\n";
      }
      ann.say("/topic the end");
      ann.say("/who");
      cluster.turns(moment);
      cluster.kill(1);
      cluster.turns(moment % 4);
      cluster.start(1);
      cluster.settle();
      const std::string topic = "* guest-1 set the topic of " + room + ": the end\n";
      CHECK(bob.take() == said + topic);
      CHECK(ann.take() == topic + "* 2 people are in " + room + ": guest-1 guest-2\n");
      CHECK(cluster.service(0).clients().settled());
    }
  }

  TEST_CASE("whenever the owner of rooms dies, who joins, is renamed and quits is told of once") {
    for (int moment = 0; moment < 60; ++moment) {
      CAPTURE(moment);
      Cluster cluster(3);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(2);
      const std::string room = cluster.room_of(1);
      const std::string other = cluster.room_of(2);
      cluster.say(bob, {"/join " + other, "/join " + room});
      cluster.forget();
      for (const std::string& line : {"/join " + room, "/join " + other, std::string("/nick zed1"),
                                      std::string("/nick zed2"), std::string("/quit bye")})
        ann.say(line);
      cluster.turns(moment);
      cluster.kill(1);
      cluster.turns(moment % 4);
      cluster.start(1);
      cluster.settle();
      CHECK(bob.times("guest-1 joined " + room + "\n") == 1);
      CHECK(bob.times("guest-1 joined " + other + "\n") == 1);
      CHECK(bob.times("* guest-1 is now zed1\n") == 1);
      CHECK(bob.times("* zed1 is now zed2\n") == 1);
      CHECK(bob.times("* zed2 quit (bye)\n") == 1);
      CHECK(ann.at_end());
      bob.take();
      cluster.say(bob, {"/who", "/nick zed2", "/nick zed1", "/nick guest-1"});
      CHECK(bob.take() == "* 1 person is in " + room + ": guest-2\n* guest-2 is now zed2\n" +
                              "* zed2 is now zed1\n" +
                              "! nicks that begin with guest- are given by the server\n");
    }
  }

  TEST_CASE(
      "whenever somebody's own worker dies, the others see a beginning of what he said, and his "
      "quit") {
    for (int moment = 0; moment < 30; ++moment) {
      CAPTURE(moment);
      Cluster cluster(3);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(1);
      Guest& cat = cluster.enter(2);
      const std::string room = cluster.room_of(2);
      for (Guest* guest : {&ann, &bob, &cat}) cluster.say(*guest, {"/join " + room});
      cluster.forget();
      for (int i = 0; i < 5; ++i) ann.say(std::to_string(i));
      cluster.turns(moment);
      cluster.kill(0);
      cluster.settle();
      const int lines = bob.times("<guest-1>");
      std::string expected;
      for (int i = 0; i < lines; ++i) expected += "<guest-1> " + std::to_string(i) + "\n";
      expected += "* guest-1 quit (connection lost)\n";
      CHECK(bob.got() == expected);
      CHECK(cat.got() == expected);
    }
  }

  TEST_CASE(
      "two workers die at once: their people quit, and everything works again when both are back") {
    for (int moment = 0; moment < 12; ++moment) {
      CAPTURE(moment);
      Cluster cluster(3);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(1);
      Guest& cat = cluster.enter(2);
      for (Slot owner = 0; owner < 3; ++owner) {
        for (Guest* guest : {&ann, &bob, &cat})
          cluster.say(*guest, {"/join " + cluster.room_of(owner)});
      }
      cluster.forget();
      cat.say("hello");
      cluster.turns(moment);
      cluster.kill(0);
      cluster.kill(1);
      cluster.turns(moment % 3);
      cluster.start(1);
      cluster.turns(moment % 5);
      cluster.start(0);
      cluster.settle();
      CHECK(cat.times("* guest-1 quit") == 1);
      CHECK(cat.times("* guest-2 quit") == 1);
      Guest& dan = cluster.enter(0);
      for (Slot owner = 0; owner < 3; ++owner) {
        const std::string room = cluster.room_of(owner);
        cluster.say(dan, {"/join " + room});
        cluster.say(cat, {"/join " + room});
        cluster.forget();
        cluster.say(cat, {"again", "/who"});
        CHECK(dan.got() == "<guest-3> again\n");
        CHECK(cat.got() == "* 2 people are in " + room + ": guest-3 guest-4\n");
      }
    }
  }
}
