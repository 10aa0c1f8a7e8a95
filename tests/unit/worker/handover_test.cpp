// What moves from one generation's workers to the next one's, and what an abort leaves.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "tests/unit/worker/cluster.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

// A cluster of `slots` that takes over from one of `from`.
struct Next : Cluster {
  Next(Slot slots, const Cluster& from, const std::string& settings = "")
      : Cluster(slots, settings, from.slots()) {}
};

// When his protocol's time is up; he is in the only slot.
uint64_t wakes_in_ms(Cluster& cluster, uint64_t connection) {
  return cluster.service(0).clients().find(connection)->save().wakes_in_ms.value();
}

}  // namespace

TEST_SUITE("worker/handover") {
  TEST_CASE("people go on in their rooms in a generation of another size") {
    for (const Slot before : {1u, 2u, 3u}) {
      for (const Slot after : {1u, 2u, 3u}) {
        CAPTURE(before);
        CAPTURE(after);
        Cluster old(before);
        Guest& ann = old.enter(0);
        Guest& bob = old.enter(before - 1);
        old.say(ann, {"/nick ann", "/join #dev", "/topic engines"});
        old.say(bob, {"/join #dev"});
        old.forget();
        Next next(after, old);
        old.hand_over_to(next);
        next.settle();
        CHECK(ann.take() == "");
        CHECK(bob.take() == "");
        next.say(ann, {"hello"});
        CHECK(bob.take() == "<ann> hello\n");
        next.say(bob, {"/who", "/topic", "/nick bob"});
        CHECK(bob.take() ==
              "* 2 people are in #dev: ann guest-2\n"
              "* The topic of #dev is: engines (set by ann)\n"
              "* guest-2 is now bob\n");
        CHECK(ann.take() == "* guest-2 is now bob\n");
        next.say(ann, {"/msg bob psst", "/part", "in the lobby"});
        CHECK(bob.take() == "[private] <ann> psst\n* ann left #dev\n[#lobby] <ann> in the lobby\n");
        next.say(bob, {"/quit"});
        CHECK(ann.take().ends_with("* bob quit\n"));
        CHECK(bob.at_end());
      }
    }
  }

  TEST_CASE("nicks stay taken, and are free when their holder has gone") {
    Cluster old(2);
    Guest& ann = old.enter(0);
    Guest& bob = old.enter(1);
    old.say(ann, {"/nick ann"});
    Next next(3, old);
    old.hand_over_to(next);
    next.settle();
    next.forget();
    next.say(bob, {"/nick Ann"});
    CHECK(bob.take().starts_with("! "));
    ann.vanish();
    next.settle();
    bob.take();
    next.say(bob, {"/nick Ann"});
    CHECK(bob.take() == "* guest-2 is now Ann\n");
  }

  TEST_CASE("half a line, a line that is too long and lines not yet read move with their client") {
    Cluster old(2, R"(, "limits": {"line_bytes": 600, "messages_per_second": 1000000000,
                      "message_burst": 1000000000})");
    Guest& ann = old.enter(0);
    Guest& bob = old.enter(1);
    Guest& cat = old.enter(0);
    ann.say_unended("hal");
    cat.say_unended(std::string(800, 'x'));
    old.settle();
    old.freeze();
    // What they say now stays in the kernel.
    ann.say_unended("f a line\nanother\n");
    old.turns(5);
    CHECK(bob.take() == "");
    Next next(3, old, R"(, "limits": {"line_bytes": 600, "messages_per_second": 1000000000,
                         "message_burst": 1000000000})");
    old.export_to(next);
    old.commit_to(next);
    next.settle();
    CHECK(bob.take() == "<guest-1> half a line\n<guest-1> another\n");
    cat.say_unended(std::string(50, 'y') + "\nshort\n");
    next.settle();
    CHECK(bob.take() == "<guest-3> short\n");
    CHECK(cat.times("longer than 600 bytes") == 1);
  }

  TEST_CASE("unsent output moves to the byte, and the same bytes are exported once") {
    Cluster old(2);
    Guest& ann = old.enter(0);
    std::vector<Guest*> slow;
    for (int i = 0; i < 20; ++i) {
      slow.push_back(&old.enter(static_cast<Slot>(i % 2)));
      slow.back()->stop_reading();
    }
    std::string expected;
    for (int i = 0; i < 900; ++i) {
      const std::string line = std::to_string(i) + std::string(900, 'z');
      old.say(ann, {line});
      expected += "<guest-1> " + line + "\n";
    }
    Next next(3, old);
    old.freeze();
    old.export_to(next);
    size_t exported_bytes = 0;
    for (const size_t bytes : old.export_sizes()) exported_bytes += bytes;
    // Each of two slots has it once, not each of its ten clients; and once more it is history.
    CHECK(exported_bytes < 4 * expected.size());
    old.commit_to(next);
    for (Guest* guest : slow) guest->go_on_reading();
    next.settle();
    for (Guest* guest : slow) {
      const std::string got = guest->take();
      CHECK(got.find(expected) != std::string::npos);
      CHECK(guest->times("guest-1> ") == 0);
    }
  }

  TEST_CASE("what was said is shown to those who join later") {
    Cluster old(3);
    Guest& ann = old.enter(0);
    old.say(ann, {"/join #dev", "one", "two"});
    Next second(2, old);
    old.hand_over_to(second);
    second.settle();
    // Twice, packed all the time.
    Next third(3, second);
    second.hand_over_to(third);
    third.settle();
    third.say(ann, {"three"});
    Guest& bob = third.enter(1);
    third.say(bob, {"/join #dev"});
    CHECK(bob.saw("one"));
    const std::string got = bob.take();
    CHECK(got.find("one") < got.find("two"));
    CHECK(got.find("two") < got.find("three"));
  }

  TEST_CASE("who is frozen and thawed notices nothing") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    cluster.freeze();
    ann.say("held up");
    cluster.turns(20);
    CHECK(bob.take() == "");
    cluster.thaw();
    cluster.settle();
    CHECK(bob.take() == "<guest-1> held up\n");
    cluster.say(bob, {"/nick bob", "answer"});
    CHECK(ann.take() == "* guest-2 is now bob\n<bob> answer\n");
  }

  TEST_CASE("a hand-over that is given up after the export leaves all as it was") {
    Cluster old(2);
    Guest& ann = old.enter(0);
    Guest& bob = old.enter(1);
    for (int attempt = 0; attempt < 3; ++attempt) {
      old.freeze();
      {
        Next next(3, old);
        old.export_to(next);
        REQUIRE(next.told_everywhere<ipc::Imported>());
        ann.say("said meanwhile");
        next.turns(20);
        old.turns(20);
        CHECK(bob.take() == "");
      }
      old.thaw();
      old.settle();
      CHECK(bob.take() == "<guest-1> said meanwhile\n");
      CHECK_FALSE(ann.at_end());
      CHECK_FALSE(bob.at_end());
    }
    Next next(1, old);
    old.hand_over_to(next);
    next.say(bob, {"done"});
    CHECK(ann.take() == "<guest-2> done\n");
  }

  TEST_CASE("echo clients, raw clients and those who are about to leave move too") {
    Cluster old(2);
    Guest& ann = old.enter(0);
    Guest& echo = old.enter(1, Cluster::kEcho);
    Guest& raw = old.enter(0, Cluster::kRaw);
    Guest& leaver = old.enter(1);
    leaver.stop_reading();
    std::string expected;
    for (int i = 0; i < 600; ++i) {
      old.say(ann, {std::to_string(i) + std::string(700, 'w')});
      expected += "<guest-1> " + std::to_string(i) + std::string(700, 'w') + "\n";
    }
    old.say(leaver, {"/quit"});
    CHECK(ann.take() == "* guest-4 quit\n");
    raw.take();
    old.freeze();
    Next next(3, old);
    old.export_to(next);
    old.commit_to(next);
    next.settle();
    next.say(echo, {"ping"});
    CHECK(echo.take() == "ping\n");
    next.say(ann, {"for raw"});
    CHECK(raw.take() == "for raw\n");
    leaver.go_on_reading();
    next.settle();
    CHECK(leaver.got().find(expected) != std::string::npos);
    CHECK(leaver.at_end());
    CHECK_FALSE(leaver.reset());
  }

  TEST_CASE("the time that somebody has to register or to ask for a page does not begin anew") {
    Cluster old(1);
    old.connect(0, Cluster::kIrc).say("NICK ann");
    old.connect(0, Cluster::kHttp).say_unended("GET / HT");
    old.settle();
    const std::chrono::milliseconds limit = old.service(0).config().limits.registration_timeout;
    const auto less = static_cast<uint64_t>(limit.count() - 100);
    for (const uint64_t connection : {1, 2})
      old.run_until([&] { return wakes_in_ms(old, connection) < less; });
    Next next(1, old);
    old.hand_over_to(next);
    for (const uint64_t connection : {1, 2}) CHECK(wakes_in_ms(next, connection) < less);
  }

  TEST_CASE("who has registered in time, while nobody was read, has not timed out") {
    const std::string limits = R"(, "limits": {"registration_timeout": 1})";
    Cluster old(1, limits);
    Guest& ann = old.connect(0, Cluster::kIrc);
    Guest& bob = old.connect(0, Cluster::kIrc);
    old.settle();
    const auto time_is_up = [&](uint64_t connection) {
      old.run_until([&] { return wakes_in_ms(old, connection) == 0; });
    };
    old.freeze();
    ann.say("NICK ann");
    ann.say("USER ann 0 * :Ann");
    time_is_up(1);
    old.thaw();
    old.run_until([&] { return ann.at_end() || ann.saw(" 001 ann "); });
    CHECK_FALSE(ann.at_end());

    old.freeze();
    bob.say("NICK bob");
    bob.say("USER bob 0 * :Bob");
    time_is_up(2);
    Next next(1, old, limits);
    old.export_to(next);
    old.commit_to(next);
    next.run_until([&] { return bob.at_end() || bob.saw(" 001 bob "); });
    CHECK_FALSE(bob.at_end());
  }

  TEST_CASE("time that a new configuration does not give is not kept") {
    Cluster old(1);
    old.connect(0, Cluster::kIrc);
    old.settle();
    Next next(1, old, R"(, "limits": {"registration_timeout": 5})");
    old.hand_over_to(next);
    CHECK(wakes_in_ms(next, 1) <= 5'000);
  }

  TEST_CASE("a worker of the new generation that dies is restored from its journal") {
    Cluster old(2);
    Guest& ann = old.enter(0);
    Guest& bob = old.enter(1);
    const std::string room = "#dev";
    old.say(ann, {"/nick ann", "/join " + room, "/topic plans"});
    old.say(bob, {"/join " + room});
    for (Slot victim = 0; victim < 3; ++victim) {
      CAPTURE(victim);
      Cluster again(2);
      Guest& one = again.enter(0);    // connection 1: slot 1 of three
      Guest& other = again.enter(1);  // connection 2: slot 2 of three
      again.say(one, {"/join " + room, "/topic plans"});
      again.say(other, {"/join " + room});
      Next next(3, again);
      again.hand_over_to(next);
      next.settle();
      next.forget();
      next.kill(victim);
      next.settle();
      next.start(victim);
      next.settle();
      if (victim == 1) {
        CHECK(other.take() == "* guest-1 quit (connection lost)\n");
        next.say(other, {"/topic"});
        CHECK(other.take() == "* The topic of #dev is: plans (set by guest-1)\n");
      } else if (victim == 2) {
        CHECK(one.take() == "* guest-2 quit (connection lost)\n");
        next.say(one, {"/who"});
        CHECK(one.take() == "* 1 person is in #dev: guest-1\n");
      } else {
        next.say(one, {"still here"});
        CHECK(other.take() == "<guest-1> still here\n");
      }
    }
  }
}
