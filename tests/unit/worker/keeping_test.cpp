#include <doctest/doctest.h>

#include <string>

#include "tests/support/web_frames.h"
#include "tests/unit/worker/cluster.h"

namespace banterd::worker {

namespace {

constexpr auto kTwo = 2;

bool saw_nobody_leave(const Guest& guest) { return !guest.saw(" quit (") && !guest.at_end(); }

}  // namespace

TEST_SUITE("worker/keeping") {
  TEST_CASE("the clients of a worker that dies stay, and nobody sees them quit") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    cluster.kill(0);
    cluster.settle();
    cluster.start(0);
    cluster.settle();
    cluster.say(ann, {"still here"});
    cluster.say(bob, {"so am I"});
    CHECK(bob.times("<guest-1> still here\n") == 1);
    CHECK(ann.times("<guest-2> so am I\n") == 1);
    CHECK(saw_nobody_leave(ann));
    CHECK(saw_nobody_leave(bob));
  }

  TEST_CASE("what is said while a worker is down is told to its clients afterwards, once") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    Guest& cat = cluster.enter(1);
    for (const Slot owner : {Slot{0}, Slot{1}}) {
      for (Guest* guest : {&ann, &bob, &cat})
        cluster.say(*guest, {"/join " + cluster.room_of(owner)});
    }
    cluster.forget();
    cluster.kill(0);
    cluster.say(bob, {"one", "two"});
    cluster.start(0);
    cluster.settle();
    cluster.say(bob, {"three"});
    for (const char* line : {"one\n", "two\n", "three\n"}) {
      CHECK(ann.times(line) == 1);
      CHECK(cat.times(line) == 1);
    }
    CHECK(ann.got().find("one\n") < ann.got().find("two\n"));
    CHECK(ann.got().find("two\n") < ann.got().find("three\n"));
  }

  TEST_CASE("what clients had sent to a worker that dies is said, once and in its order") {
    // Killed at each moment of a line's way.
    for (int turns = 0; turns < 8; ++turns) {
      for (const bool reading : {false, true}) {
        Cluster cluster(kTwo, Cluster::kKeep);
        Guest& ann = cluster.enter(0);
        Guest& bob = cluster.enter(1);
        for (int line = 0; line < 5; ++line) {
          ann.say("line " + std::to_string(line));
          cluster.steps(turns);
        }
        ann.turn();
        if (reading) {
          cluster.kill_after_reading(0);
        } else {
          cluster.kill(0);
        }
        cluster.turns(3);
        cluster.start(0);
        cluster.settle();
        size_t last = 0;
        for (int line = 0; line < 5; ++line) {
          const std::string text = "<guest-1> line " + std::to_string(line) + "\n";
          CHECK(bob.times(text) == 1);
          CHECK(bob.got().find(text) >= last);
          last = bob.got().find(text);
        }
        CHECK(saw_nobody_leave(bob));
      }
    }
  }

  TEST_CASE("half a line goes on where it was") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    ann.say_unended("half ");
    cluster.settle();
    cluster.kill(0);
    cluster.start(0);
    cluster.settle();
    cluster.say(ann, {"a line"});
    CHECK(bob.times("<guest-1> half a line\n") == 1);
  }

  TEST_CASE("commands that wait for another owner are met by the next life") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    const std::string room = cluster.room_of(1);
    cluster.hold(1);
    // The first is answered by a slot that hangs: the second waits.
    cluster.say(ann, {"/join " + room, "to the other room", "/nick ada", "by another name"});
    cluster.kill(0);
    cluster.start(0);
    cluster.turns(3);
    cluster.release(1);
    cluster.settle();
    cluster.say(bob, {"/join " + room});
    cluster.say(ann, {"at last"});
    cluster.run_until([&] { return bob.saw("at last"); });
    CHECK(bob.times("<ada> to the other room\n") + bob.times("<guest-1> to the other room\n") == 1);
    CHECK(bob.times("<ada> at last\n") == 1);
    CHECK(saw_nobody_leave(bob));
    CHECK_FALSE(ann.saw("may not have been done"));
  }

  TEST_CASE(
      "a message in fragments whose answer waits for another slot is taken anew by the next life") {
    using tests::masked;
    using tests::text_frame;
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.connect(0, Cluster::kHttp);
    ann.say_unended(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n" +
        text_frame("NICK ann") + text_frame("USER a 0 * :Ann"));
    cluster.run_until([&] { return ann.saw(" 001 ann "); });
    // All slots are asked for their rooms, and one hangs.
    cluster.hold(1);
    ann.say_unended(masked(http::Opcode::text, "L", false) +
                    masked(http::Opcode::continuation, "IS", false) +
                    masked(http::Opcode::continuation, "T"));
    cluster.turns(5);
    cluster.kill(0);
    cluster.start(0);
    cluster.turns(3);
    cluster.release(1);
    cluster.run_until([&] { return ann.saw(" 323 ann ") || ann.at_end(); });
    CHECK(ann.times(" 323 ann ") == 1);
  }

  TEST_CASE("what settles while a worker recovers is settled for its clients too") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    const std::string room = cluster.room_of(0);
    cluster.say(ann, {"/join " + room});
    cluster.say(bob, {"/join " + room});
    cluster.run_until([&] { return ann.saw("guest-2 joined " + room); });
    // Decided and answered, but who hangs has not taken it.
    cluster.hold(1);
    cluster.say(ann, {"one"});
    cluster.kill(0);
    cluster.start(0);
    cluster.turns(3);
    cluster.release(1);
    cluster.run_until([&] { return bob.saw("one\n"); });
    ann.say("/no-such-command");
    cluster.run_until([&] { return ann.saw("! unknown command"); });
  }

  TEST_CASE("two that die at once go on, and so does who dies again before it has recovered") {
    Cluster cluster(3, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    Guest& cat = cluster.enter(2);
    for (int round = 0; round < 3; ++round) {
      ann.say("a" + std::to_string(round));
      bob.say("b" + std::to_string(round));
      cluster.turns(round);
      cluster.kill(0);
      cluster.kill(1);
      cluster.turns(2);
      cluster.start(0);
      cluster.turns(2);
      cluster.kill(0);
      cluster.start(1);
      cluster.turns(1);
      cluster.start(0);
      cluster.settle();
      for (const Guest* other : {&bob, &cat})
        CHECK(other->times("<guest-1> a" + std::to_string(round) + "\n") == 1);
      for (const Guest* other : {&ann, &cat})
        CHECK(other->times("<guest-2> b" + std::to_string(round) + "\n") == 1);
    }
    for (const Guest* guest : {&ann, &bob, &cat}) CHECK(saw_nobody_leave(*guest));
  }

  TEST_CASE("a fence waits for the clients of a worker that is down") {
    Cluster cluster(kTwo, Cluster::kKeep);
    cluster.enter(0);
    Guest& bob = cluster.enter(1);
    cluster.kill(0);
    cluster.say(bob, {"is anybody there?", "/no-such-command"});
    CHECK_FALSE(bob.saw("! unknown command"));
    cluster.start(0);
    cluster.settle();
    CHECK(bob.saw("! unknown command"));
  }

  TEST_CASE("who closes while his worker is down is seen to quit afterwards, and is gone") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    REQUIRE(cluster.kept_sockets(0) == 1);
    cluster.kill(0);
    ann.vanish();
    cluster.start(0);
    cluster.run_until([&] { return bob.saw("guest-1 quit"); });
    cluster.run_until([&] { return cluster.kept_sockets(0) == 0; });
  }

  TEST_CASE("a memory that cannot grow is written anew from its beginning, and keeps its clients") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    cluster.forbid_growth(0);
    constexpr int kLines = 400;  // more than an area holds
    for (int line = 0; line < kLines; ++line) ann.say(std::string(3000, 'x'));
    ann.say("the end");
    cluster.run_until([&] { return bob.saw("<guest-1> the end\n"); });
    CHECK(bob.times("<guest-1> xxx") == kLines);
    cluster.kill(0);
    cluster.start(0);
    ann.say("still here");
    cluster.run_until([&] { return bob.saw("<guest-1> still here\n"); });
    CHECK(saw_nobody_leave(ann));
    CHECK(saw_nobody_leave(bob));
  }

  TEST_CASE("clients that are given up are seen to quit once, and their nicks are free") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    cluster.say(ann, {"/nick ada"});
    Guest& bob = cluster.enter(1);
    cluster.kill(0);
    cluster.settle();
    CHECK_FALSE(bob.saw("quit"));
    cluster.lose(0);
    cluster.settle();
    CHECK(bob.times("* ada quit (connection lost)\n") == 1);
    cluster.start(0);
    cluster.settle();
    CHECK(ann.at_end());
    cluster.say(bob, {"/nick ada"});
    CHECK(bob.saw("is now ada"));
  }

  TEST_CASE("clients of a slot that is given up begin anew with another worker, and stay with it") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    cluster.say(ann, {"/join " + cluster.room_of(1), "/nick ann"});
    cluster.say(bob, {"/join " + cluster.room_of(1)});
    ann.say_unended("half ");
    cluster.settle();
    cluster.forget();
    cluster.kill(0);
    REQUIRE(cluster.give_away(0, 1));
    cluster.settle();
    cluster.start(0);
    cluster.settle();
    CHECK(ann.times("you have been seen to quit, and are guest-3 now") == 1);
    CHECK(bob.times("* ann quit (connection lost)\n") == 1);
    cluster.say(ann, {"a line"});
    CHECK(bob.times("<guest-3> half a line\n") == 1);
    cluster.say(bob, {"hello"});
    CHECK(ann.times("<guest-2> hello\n") == 1);
    // His nick is free again.
    cluster.say(ann, {"/nick ann"});
    CHECK(bob.times("* guest-3 is now ann\n") == 1);
    cluster.forget();
    for (const Slot slot : {Slot{1}, Slot{0}}) {
      cluster.kill(slot);
      cluster.start(slot);
      cluster.say(ann, {"still here"});
      cluster.say(bob, {"me too"});
    }
    CHECK(bob.times("<ann> still here\n") == 2);
    CHECK(ann.times("<guest-2> me too\n") == 2);
    CHECK(saw_nobody_leave(ann));
    CHECK(saw_nobody_leave(bob));
  }

  TEST_CASE("so does one on IRC, with all that he has agreed on; who has not registered goes on") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.connect(0, Cluster::kIrc);
    cluster.say(ann, {"CAP REQ :echo-message", "NICK ann", "USER a 0 * :Ann", "CAP END",
                      "JOIN " + cluster.room_of(1), "MONITOR + dan"});
    Guest& eve = cluster.connect(0, Cluster::kIrc);
    cluster.say(eve, {"NICK eve"});
    Guest& echo = cluster.connect(0, Cluster::kEcho);
    cluster.say(echo, {"one"});
    cluster.forget();
    cluster.kill(0);
    REQUIRE(cluster.give_away(0, 1));
    cluster.settle();
    cluster.start(0);
    cluster.settle();
    CHECK(ann.times(" NICK guest-4\r\n") == 1);
    CHECK(ann.times(" NOTICE guest-4 :A part of the server has failed") == 1);
    CHECK(ann.times(" JOIN " + cluster.room_of(1)) == 1);
    CHECK(ann.times(" 001 ") == 0);
    cluster.say(ann, {"PRIVMSG " + cluster.room_of(1) + " :echoed"});
    CHECK(ann.times(" PRIVMSG " + cluster.room_of(1) + " :echoed\r\n") == 1);
    cluster.say(eve, {"USER e 0 * :Eve"});
    CHECK(eve.times(" 001 eve ") == 1);
    cluster.say(eve, {"NICK dan"});
    CHECK(ann.times(" 730 guest-4 :dan!") == 1);
    cluster.say(echo, {"two"});
    CHECK(echo.got() == "two\n");
  }

  TEST_CASE("a client of whom nothing is known does not begin anew") {
    Cluster cluster(kTwo, Cluster::kKeep);
    Guest& ann = cluster.enter(0);
    cluster.say(ann, {"/quit"});
    cluster.kill(0);
    ipc::Connection unknown;
    unknown.id = 9;
    unknown.anew = {99, 0};
    CHECK(cluster.service(1)
              .begin_anew(unknown, base::UniqueFd(), cluster.memory_of(0))
              .error()
              .context == "a client who is not in his slot's memory");
    CHECK_FALSE(cluster.service(1).begin_anew(unknown, base::UniqueFd(), base::UniqueFd()));
  }
}

}  // namespace banterd::worker
