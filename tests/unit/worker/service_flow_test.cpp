// Bounds: what a worker holds for clients who send too much, or read too little.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/chat/room_fixture.h"
#include "tests/unit/worker/cluster.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

// What `guest` says in `count` lines of 1,000 bytes; each has its number at the front.
void flood(Guest& guest, int count) {
  for (int i = 0; i < count; ++i) {
    std::string line = std::to_string(i) + " ";
    line.resize(999, 'x');
    guest.say(line);
  }
}

// Rooms with long topics, of which their owner has a megabyte to say.
void make_rooms(Cluster& cluster, Slot owner, int count) {
  chat::Join join;
  join.grants = chat::room_operator;
  for (int i = 1; i <= count; ++i) {
    const auto client = static_cast<uint64_t>(1'000'000 + i);
    const auto take = [&](uint64_t line, chat::CommandBody body) {
      cluster.service(owner).owner().take("#r" + std::to_string(i),
                                          {{client, line, 0},
                                           chat::ClientId{client},
                                           cluster.service(owner).place(),
                                           1000,
                                           chat::profile_of(client, "n" + std::to_string(i)),
                                           std::move(body)});
    };
    take(1, join);
    take(2, chat::SetTopic{std::string(chat::kMaxTopicBytes, 't')});
  }
  cluster.settle();
}

// The numbers of the lines that came of `nick`, in their order; -1 where a line is not whole.
bool is_whole_flood(const std::string& text, const std::string& nick, int count) {
  size_t at = 0;
  for (int i = 0; i < count; ++i) {
    std::string line = "<" + nick + "> " + std::to_string(i) + " ";
    const size_t length = nick.size() + 3 + 999;
    if (text.compare(at, line.size(), line) != 0 || text.size() < at + length + 1) return false;
    if (text[at + length] != '\n') return false;
    at += length + 1;
  }
  return at == text.size();
}

}  // namespace

TEST_SUITE("worker/service_flow") {
  TEST_CASE(
      "while a worker hangs, who floods it is not read, and nothing grows; then all arrives") {
    // Bob's worker hangs: once as the owner of the room, once as one that only follows it.
    for (Slot owner : {Slot{0}, Slot{1}}) {
      CAPTURE(owner);
      Cluster cluster(2);
      Guest& ann = cluster.enter(0);
      Guest& bob = cluster.enter(1);
      const std::string room = cluster.room_of(owner);
      for (Guest* guest : {&ann, &bob}) cluster.say(*guest, {"/join " + room});
      cluster.forget();
      constexpr int kLines = 2000;
      flood(ann, kLines);
      cluster.hold(1);
      cluster.turns(400);
      const size_t unsent = ann.unsent();
      // At most the credit, and what sockets hold, was taken of two million bytes.
      CHECK(unsent > 600'000);
      CHECK(cluster.service(0).clients().router().open_commands() < 1100);
      cluster.turns(400);
      CHECK(ann.unsent() == unsent);
      cluster.release(1);
      cluster.settle();
      CHECK(ann.unsent() == 0);
      CHECK(is_whole_flood(bob.got(), "guest-1", kLines));
    }
  }

  TEST_CASE("who waits for credit of one owner lets others of his worker go on with another") {
    Cluster cluster(3);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(0);
    Guest& cat = cluster.enter(2);
    const std::string slow = cluster.room_of(1);
    const std::string quick = cluster.room_of(2);
    cluster.say(ann, {"/join " + slow});
    for (Guest* guest : {&bob, &cat}) cluster.say(*guest, {"/join " + quick});
    cluster.forget();
    cluster.hold(1);
    flood(ann, 1600);
    cluster.turns(300);
    CHECK(ann.unsent() > 0);
    cluster.say(bob, {"hello"});
    CHECK(cat.got() == "<guest-2> hello\n");
    cluster.release(1);
    cluster.settle();
    CHECK(ann.unsent() == 0);
  }

  TEST_CASE("who waits for credit of a room lets others go on with one of another pool") {
    Cluster cluster(2);
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(0);
    const Router& router = cluster.service(0).clients().router();
    const std::string slow = cluster.room_of(1);
    const uint32_t pool = router.route_to(slow).pool;
    std::string quick = slow;
    while (router.route_to(quick).owner != 1 || router.route_to(quick).pool == pool) quick += "x";
    cluster.say(ann, {"/join " + slow});
    cluster.say(bob, {"/join " + quick});
    cluster.hold(1);
    flood(ann, 1600);
    cluster.turns(300);
    CHECK(ann.unsent() > 0);
    CHECK_FALSE(router.has_credit(router.route_to(slow)));
    const size_t open = router.open_commands();
    cluster.say(bob, {"hello"});
    CHECK(router.open_commands() == open + 1);
    cluster.release(1);
    cluster.settle();
    CHECK(ann.unsent() == 0);
    CHECK(router.open_commands() == 0);
  }

  TEST_CASE("who does not read is cut off with a reason, and the others hear everything") {
    Cluster cluster(2,
                    R"(, "limits": {"messages_per_second": 1000000000, "message_burst": 1000000000,
                          "send_queue_bytes": 100000})");
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    Guest& lazy = cluster.enter(1);
    lazy.stop_reading();
    flood(ann, 2000);
    cluster.settle();
    CHECK(bob.times("* guest-3 quit (send queue full)\n") == 1);
    CHECK(bob.times("<guest-1> ") == 2000);
    lazy.go_on_reading();
    cluster.settle();
    CHECK(lazy.at_end());
    CHECK(lazy.got().ends_with("! you are cut off: you do not read what you are sent\n"));
  }

  TEST_CASE("who does not read his own answers is read no further, rather than cut off") {
    Cluster cluster(1,
                    R"(, "limits": {"messages_per_second": 1000000000, "message_burst": 1000000000,
                          "send_queue_bytes": 100000})");
    Guest& ann = cluster.enter(0);
    ann.stop_reading();
    constexpr int kAsked = 3000;
    for (int i = 0; i < kAsked; ++i) ann.say("/help");
    cluster.settle();
    CHECK_FALSE(ann.at_end());
    CHECK(cluster.service(0).clients().sockets() == 1);
    ann.go_on_reading();
    cluster.settle();
    CHECK(ann.times("* What you type is said in the room you talk in.") == kAsked);
  }

  TEST_CASE("however many ask for all there is, no pipe has more than one answer in it") {
    constexpr int kRooms = 2000;
    Cluster cluster(2);
    std::vector<Guest*> guests;
    for (int i = 0; i < 30; ++i) guests.push_back(&cluster.enter(0));
    make_rooms(cluster, 1, kRooms);
    cluster.forget();
    for (Guest* guest : guests) guest->say("/rooms");
    size_t most = 0;
    const auto all_know = [&] {
      most = std::max(most, cluster.service(1).bus().queued_bytes(0));
      const std::string end = "* " + std::to_string(kRooms + 1) + " rooms in all\n";
      return std::ranges::all_of(guests, [&](Guest* guest) { return guest->saw(end); });
    };
    // Those who ask hang, with all questions on their way.
    cluster.turns(1);
    cluster.hold(0);
    cluster.turns(50);
    cluster.release(0);
    cluster.run_until(all_know);
    CHECK(most < 1'500'000);
  }

  TEST_CASE("answers that nobody reads take up so much memory, and no more") {
    constexpr size_t kMiB = size_t{1} << 20;
    Cluster cluster(1);
    make_rooms(cluster, 0, 10'000);
    Guest& ann = cluster.enter(0);
    std::vector<Guest*> lazy;
    for (int i = 0; i < 20; ++i) lazy.push_back(&cluster.enter(0));
    for (Guest* guest : lazy) guest->stop_reading();
    for (Guest* guest : lazy) guest->say("/rooms");
    cluster.settle();
    size_t bytes = 0;
    cluster.service(0).clients().each(
        [&](const Client& client) { bytes += client.connection()->queued_bytes(); });
    CHECK(bytes > 60 * kMiB);
    CHECK(bytes < 70 * kMiB);
    cluster.forget();
    cluster.say(ann, {"/rooms"});
    CHECK(ann.got() == "! not all rooms can be shown now: try again later\n* 0 rooms in all\n");
    for (Guest* guest : lazy) guest->vanish();
    cluster.settle();
    cluster.say(ann, {"/rooms"});
    CHECK(ann.saw("* 10001 rooms in all\n"));
  }

  TEST_CASE("what is asked again and again by many is answered when there is room for it") {
    constexpr int kTimes = 10;
    Cluster cluster(2);
    const std::string room = cluster.room_of(1);
    Guest& ann = cluster.enter(1);
    cluster.say(ann, {"/join " + room});
    for (int i = 0; i < 100; ++i) cluster.say(ann, {std::string(4000, 'x')});
    std::vector<Guest*> guests;
    for (int i = 0; i < 20; ++i) {
      Guest& guest = cluster.connect(0, Cluster::kIrc);
      cluster.say(guest, {"CAP REQ :draft/chathistory batch", "NICK g" + std::to_string(i),
                          "USER g 0 * :g", "CAP END", "JOIN " + room});
      guests.push_back(&guest);
    }
    cluster.forget();
    for (int i = 0; i < kTimes; ++i) {
      for (Guest* guest : guests) guest->say("CHATHISTORY LATEST " + room + " * 100");
    }
    cluster.turns(1);
    cluster.hold(0);
    size_t most = 0;
    const auto all_know = [&] {
      most = std::max(most, cluster.service(1).bus().queued_bytes(0));
      return std::ranges::all_of(guests,
                                 [&](Guest* guest) { return guest->times(" BATCH -h") == kTimes; });
    };
    cluster.turns(50);
    all_know();
    cluster.release(0);
    cluster.run_until(all_know);
    CHECK(most < 2'000'000);
  }

  TEST_CASE("however many empty lines one client sends, others have their turn between them") {
    constexpr int kLines = 30'000;
    Cluster cluster(1);
    Guest& ann = cluster.connect(0, Cluster::kIrc);
    cluster.run_until([&] { return cluster.service(0).clients().numbers().unregistered == 1; });
    size_t waits = 0;
    for (int i = 0; i < kLines; ++i) ann.say("");
    ann.say("PING end");
    cluster.run_until([&] {
      cluster.service(0).clients().each([&](const Client& client) {
        waits = std::max(waits, client.connection()->input().size());
      });
      return ann.saw("PONG");
    });
    // All of them had come at once.
    CHECK(waits > kLines / 2);
  }

  TEST_CASE("who sends too fast is told once, read more slowly, and loses nothing") {
    // As few lines as a bucket that a busy machine has filled again could not hold up a second
    // time.
    Cluster cluster(2, R"(, "limits": {"messages_per_second": 20, "message_burst": 5})");
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(1);
    std::string expected;
    for (int i = 0; i < 8; ++i) {
      ann.say(std::to_string(i));
      expected += "<guest-1> " + std::to_string(i) + "\n";
    }
    const auto begin = std::chrono::steady_clock::now();
    cluster.run_until([&] { return bob.saw("> 7\n"); });
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(140));
    CHECK(bob.got() == expected);
    CHECK(ann.got() ==
          "! you send faster than 20 lines a second: what you send is read more slowly now, "
          "none of it is lost\n");
  }
}
