// Clients who are kept over the death of their worker, and what they ask for in odd moments: it is
// done once, whatever is unfinished and however often workers die.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/web_frames.h"
#include "tests/unit/worker/cluster.h"

namespace banterd::worker {

namespace {

// Three workers; Ann is with the first, Bob with the last, both by IRC.
struct Three {
  Cluster cluster{3, Cluster::kKeep};
  Guest& ann = enter(0, "ann");
  Guest& bob = enter(2, "bob");
  const std::string one = cluster.name_owned_by(1, "#one");
  const std::string two = cluster.name_owned_by(2, "#two");

  Guest& enter(Slot slot, const std::string& nick) {
    Guest& guest = cluster.connect(slot, Cluster::kIrc);
    cluster.say(guest, {"NICK " + nick, "USER u 0 * :U"});
    cluster.run_until([&] { return guest.saw(" 001 " + nick + " "); });
    return guest;
  }
  void both_join(const std::string& room) {
    for (Guest* guest : {&ann, &bob}) cluster.say(*guest, {"JOIN " + room});
  }
  // As the master tells the others.
  void tell_down(Slot down) {
    for (Slot slot = 0; slot < cluster.slots(); ++slot) {
      if (slot != down) cluster.service(slot).on_slot_stays_down(down, false);
    }
  }
  // Ann's worker dies, and the next one goes on.
  void die() {
    cluster.kill(0);
    cluster.start(0);
  }
};

}  // namespace

TEST_SUITE("worker/keeping_again") {
  TEST_CASE_FIXTURE(Three,
                    "a line that had to wait is not said again when others were said since") {
    both_join(one);
    both_join(two);
    // The second waits until the first is settled; the third comes with it.
    cluster.say(ann, {"PRIVMSG " + one + " :first", "PRIVMSG " + two + " :second",
                      "PRIVMSG " + two + " :third"});
    cluster.run_until([&] { return bob.saw(" :third"); });
    die();
    cluster.settle();
    for (const char* text : {":first\r\n", ":second\r\n", ":third\r\n"})
      CHECK(bob.times(text) == 1);
  }

  TEST_CASE_FIXTURE(Three, "a line that had to wait is not said again once it is done") {
    both_join(one);
    both_join(two);
    cluster.say(ann, {"PRIVMSG " + one + "," + two + " :hi"});
    cluster.run_until([&] { return bob.times(" :hi\r\n") == 2; });
    cluster.settle();
    die();
    cluster.settle();
    for (const std::string& room : {one, two}) CHECK(bob.times(room + " :hi\r\n") == 1);
  }

  TEST_CASE_FIXTURE(Three,
                    "of a list of targets each gets it once, though two lives end meanwhile") {
    const std::string first = cluster.name_owned_by(0, "#first");
    const std::string last = cluster.name_owned_by(0, "#last");
    Guest& cat = enter(1, "cat");
    for (const std::string& room : {first, one, last}) {
      for (Guest* guest : {&ann, &cat}) cluster.say(*guest, {"JOIN " + room});
    }
    cluster.say(bob, {"JOIN " + one});
    // Bob's worker is down: what is said to the second does not settle, and the third waits for it.
    cluster.kill(2);
    tell_down(2);
    cluster.say(ann, {"PRIVMSG " + first + "," + one + "," + last + " :hi"});
    for (int life = 0; life < 2; ++life) {
      die();
      tell_down(2);
      cluster.settle();
    }
    cluster.start(2);
    cluster.run_until([&] { return cat.saw(last + " :hi\r\n"); });
    cluster.settle();
    for (const std::string& room : {first, one, last}) CHECK(cat.times(room + " :hi\r\n") == 1);
  }

  TEST_CASE_FIXTURE(Three,
                    "who was leaving when his worker died leaves, and is seen to quit once") {
    both_join(one);
    cluster.hold(1);
    ann.say("QUIT :good night");
    cluster.turns(5);
    die();
    cluster.turns(5);
    cluster.release(1);
    cluster.run_until([&] { return ann.at_end(); });
    cluster.settle();
    CHECK(bob.times(" QUIT ") == 1);
    cluster.say(bob, {"NICK ann"});
    CHECK(bob.saw(" NICK ann\r\n"));
  }

  TEST_CASE_FIXTURE(Three, "who was taking another nick when his worker died has it then") {
    both_join(one);
    const std::string nick = cluster.name_owned_by(2, "zed");
    cluster.hold(1);
    ann.say("NICK " + nick);
    cluster.turns(5);
    die();
    cluster.turns(5);
    // The room has not heard of it yet, but the nick is hers.
    bob.say("PRIVMSG " + nick + " :welcome");
    cluster.turns(5);
    cluster.release(1);
    cluster.settle();
    CHECK(ann.times(" PRIVMSG " + nick + " :welcome\r\n") == 1);
    for (const Guest* guest : {&ann, &bob}) CHECK(guest->times(" NICK " + nick + "\r\n") == 1);
    ann.take();
    cluster.say(ann, {"PRIVMSG " + one + " :it is me", "WHOIS " + nick});
    CHECK(bob.saw(":" + nick + "!"));
    CHECK(ann.saw(" 311 " + nick + " " + nick + " "));
    cluster.say(bob, {"NICK ann"});
    CHECK(bob.saw(" NICK ann\r\n"));
  }

  TEST_CASE_FIXTURE(Three, "rooms of an owner that is down are not forgotten by two lives") {
    both_join(one);
    cluster.kill(1);
    for (int life = 0; life < 2; ++life) {
      die();
      tell_down(1);
      cluster.settle();
    }
    cluster.start(1);
    cluster.settle();
    cluster.say(bob, {"PRIVMSG " + one + " :hello"});
    CHECK(ann.times(one + " :hello\r\n") == 1);
    cluster.say(ann, {"QUIT"});
    CHECK(bob.times(" QUIT ") == 1);
    bob.take();
    cluster.say(bob, {"NAMES " + one});
    CHECK_FALSE(bob.saw("ann"));
  }

  TEST_CASE_FIXTURE(Three, "a watched nick whose owner is down is not forgotten") {
    const std::string nick = cluster.name_owned_by(1, "zed");
    cluster.say(bob, {"NICK " + nick});
    cluster.say(ann, {"MONITOR + " + nick});
    cluster.run_until([&] { return ann.saw(" 730 ann :" + nick); });
    cluster.kill(1);
    die();
    tell_down(1);
    cluster.settle();
    cluster.start(1);
    cluster.settle();
    ann.take();
    cluster.say(ann, {"MONITOR S"});
    CHECK(ann.times(" 730 ann :" + nick) == 1);
    CHECK(ann.times(" 731 ") == 0);
    cluster.say(bob, {"QUIT"});
    CHECK(ann.times(" 731 ann :" + nick) == 1);
  }

  TEST_CASE_FIXTURE(Three, "who has a watched nick is asked of its owner until he has told it") {
    const std::string nick = cluster.name_owned_by(1, "zed");
    cluster.say(bob, {"NICK " + nick});
    cluster.say(ann, {"MONITOR + " + nick});
    cluster.kill(1);
    die();
    tell_down(1);
    cluster.settle();
    ann.take();
    SUBCASE("by who adds it again") { cluster.say(ann, {"MONITOR + " + nick}); }
    SUBCASE("by who wants to see all") { cluster.say(ann, {"MONITOR S"}); }
    CHECK(ann.times(" 731 ") == 0);
    cluster.start(1);
    cluster.settle();
    CHECK(ann.times(" 731 ") == 0);
    cluster.say(ann, {"MONITOR S"});
    CHECK(ann.times(" 730 ann :" + nick) == 1);
  }

  TEST_CASE_FIXTURE(Three, "a room that comes back late tells whose names have changed meanwhile") {
    const std::string before = cluster.name_owned_by(2, "bo");
    const std::string after = cluster.name_owned_by(2, "rob");
    Guest& cat = enter(0, "cat");
    cluster.say(bob, {"NICK " + before});
    both_join(one);
    for (Guest* guest : {&cat, &bob}) cluster.say(*guest, {"JOIN " + two});
    bool ann_shares_another = false;
    SUBCASE("to who knows them of that room only") {}
    SUBCASE("but not to who knows them of another") {
      cluster.say(ann, {"JOIN " + two});
      ann_shares_another = true;
    }
    cluster.kill(1);
    die();
    tell_down(1);
    cluster.settle();
    cluster.say(bob, {"NICK " + after});
    for (const Guest* guest : {&ann, &cat})
      CHECK(guest->times(" NICK " + after + "\r\n") ==
            (guest == &ann && !ann_shares_another ? 0 : 1));
    cluster.start(1);
    cluster.settle();
    cluster.say(bob, {"PRIVMSG " + one + " :it is me"});
    CHECK(ann.saw(":" + after + "!"));
    for (const Guest* guest : {&ann, &bob, &cat}) {
      CHECK(guest->times(" NICK " + after + "\r\n") == 1);
    }
    // And once more in the ordinary way.
    cluster.say(bob, {"NICK " + before});
    for (const Guest* guest : {&ann, &bob, &cat})
      CHECK(guest->times(" NICK " + before + "\r\n") >= 1);
  }

  TEST_CASE_FIXTURE(Three,
                    "who is lost with his slot is seen to quit in a room that comes back late") {
    const std::string zero = cluster.name_owned_by(0, "#zero");
    Guest& cat = enter(0, "cat");
    both_join(one);
    for (Guest* guest : {&cat, &bob}) cluster.say(*guest, {"JOIN " + zero});
    cluster.kill(1);
    die();
    tell_down(1);
    cluster.settle();
    cluster.kill(2);
    cluster.lose(2);
    cluster.settle();
    CHECK(cat.times(":bob!") == 2);
    CHECK(cat.times(" QUIT ") == 1);
    cluster.start(2);
    cluster.start(1);
    cluster.settle();
    CHECK(ann.times(" QUIT ") == 1);
    CHECK(cat.times(" QUIT ") == 1);
  }

  TEST_CASE_FIXTURE(Three, "behind the end of a line that was too long the next line counts") {
    both_join(one);
    ann.say_unended(std::string(9000, 'x'));
    cluster.settle();
    // The end of that line, and one more.
    SUBCASE("which is said") { ann.say("rest\nPRIVMSG " + one + " :first"); }
    SUBCASE("which waits") {
      cluster.hold(1);
      ann.say("PART #rest\nLIST\nPRIVMSG " + one + " :first");
      cluster.turns(5);
      die();
      cluster.turns(5);
      cluster.release(1);
    }
    cluster.settle();
    die();
    cluster.say(ann, {"PRIVMSG " + one + " :second"});
    CHECK(bob.times(":first\r\n") == 1);
    CHECK(bob.times(":second\r\n") == 1);
    CHECK_FALSE(ann.saw("#rest"));
  }

  TEST_CASE_FIXTURE(Three, "what was said in fragments does not disturb what is said next") {
    using tests::masked;
    using tests::text_frame;
    Guest& eve = cluster.connect(0, Cluster::kHttp);
    eve.say_unended(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n" +
        text_frame("NICK eve") + text_frame("USER e 0 * :Eve") + text_frame("JOIN " + one));
    cluster.say(bob, {"JOIN " + one});
    cluster.run_until([&] { return eve.saw(" 366 "); });
    eve.say_unended(masked(http::Opcode::text, "PRIVMSG " + one + " :he", false));
    cluster.settle();
    eve.say_unended(masked(http::Opcode::continuation, "llo"));
    cluster.settle();
    die();
    eve.say_unended(text_frame("PRIVMSG " + one + " :again"));
    cluster.settle();
    CHECK(bob.times(":hello\r\n") == 1);
    CHECK(bob.times(":again\r\n") == 1);
    CHECK_FALSE(eve.at_end());
  }

  TEST_CASE_FIXTURE(Three, "who begins anew does not say again what he has said as who he was") {
    both_join(one);
    both_join(two);
    // The first target's owner hangs, and the second has to wait for it.
    cluster.hold(1);
    cluster.say(ann, {"PRIVMSG " + one + "," + two + " :hi"});
    cluster.kill(0);
    REQUIRE(cluster.give_away(0, 2));
    cluster.turns(5);
    cluster.start(0);
    cluster.release(1);
    cluster.settle();
    CHECK(bob.times(one + " :hi\r\n") == 1);
    CHECK(bob.times(two + " :hi\r\n") <= 1);
    CHECK(ann.saw("What you asked last may not have been done"));
  }

  TEST_CASE("what a worker writes down does not change when another dies meanwhile") {
    Cluster cluster(2);
    cluster.enter(0);
    Guest& bob = cluster.enter(1);
    cluster.freeze();
    const auto members = [&] {
      const Replica* const lobby = cluster.service(1).hub().find("#lobby");
      return lobby == nullptr ? 0 : lobby->room.members().size();
    };
    REQUIRE(members() == 2);
    cluster.kill(0);
    cluster.turns(5);
    CHECK(members() == 2);
    cluster.thaw();
    cluster.settle();
    CHECK(members() == 1);
    CHECK(bob.times("guest-1 quit") == 1);
  }
}

}  // namespace banterd::worker
