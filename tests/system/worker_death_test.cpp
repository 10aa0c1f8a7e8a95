// G4: a worker that is killed costs nobody else anything, its slot serves again at once, and its
// own clients are seen to quit once.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

using Clock = std::chrono::steady_clock;
using People = std::vector<LineClient*>;

struct Parted {
  People survivors;
  People lost;
};

// Those whose connection has ended, once it is `lost` of them.
Parted part(ClientGroup& group, const People& people, size_t lost) {
  const auto has_ended = [](const LineClient* one) { return one->ended(); };
  group.wait_for(
      [&] { return static_cast<size_t>(std::ranges::count_if(people, has_ended)) == lost; },
      "the end of the dead worker's connections");
  Parted parted;
  for (LineClient* one : people) (one->ended() ? parted.lost : parted.survivors).push_back(one);
  return parted;
}

std::string quit_line(const LineClient& client) {
  return "* " + client.guest_nick() + " quit (connection lost)";
}

void wait_until_quit(ClientGroup& group, const Parted& parted) {
  group.wait_for(
      [&] {
        return std::ranges::all_of(parted.survivors, [&](const LineClient* survivor) {
          return std::ranges::all_of(parted.lost, [&](const LineClient* lost) {
            return survivor->count(quit_line(*lost)) > 0;
          });
        });
      },
      "the quits of the dead worker's clients");
}

Lines only_of(const People& people, const Lines& lines) {
  Lines kept;
  for (const std::string& line : said_in(lines)) {
    if (std::ranges::any_of(people, [&](const LineClient* one) {
          return line.starts_with("<" + one->guest_nick() + ">");
        }))
      kept.push_back(line);
  }
  return kept;
}

// A batch of numbered lines from each.
void speak(const People& people, int from, int to) {
  for (LineClient* one : people) {
    std::string script;
    for (int i = from; i < to; ++i) script += "line " + std::to_string(i) + "\n";
    one->send(script);
  }
}

constexpr int kRooms = 6;  // enough that each of the workers owns one, whatever the hash

std::string room(int number) { return "#r" + std::to_string(number % kRooms); }

// Numbers, each said in the room that follows from it.
void speak_in_all_rooms(const People& people, int from, int to) {
  std::string script;
  for (int i = from; i < to; ++i) script += "/join " + room(i) + "\n" + std::to_string(i) + "\n";
  for (LineClient* one : people) one->send(script);
}

// What others than these two said in one room: "<nick> number".
Lines said_in_room(int number, const LineClient& listener, const std::vector<std::string>& but_by) {
  Lines found;
  for (const std::string& line : listener.heard()) {
    const size_t begin = line.find('<');
    const size_t end = line.find("> ");
    if (begin == std::string::npos || end == std::string::npos) continue;
    const std::string nick = line.substr(begin + 1, end - begin - 1);
    const bool left_out = std::ranges::find(but_by, nick) != but_by.end();
    if (!left_out && std::stoi(line.substr(end + 2)) % kRooms == number)
      found.push_back(line.substr(begin));
  }
  return found;
}

// Each survivor has every line of each other survivor once, in one order; each quit once.
void check_that_nothing_was_lost(const Parted& parted, int lines) {
  const People& survivors = parted.survivors;
  Lines order;
  for (LineClient* one : survivors) {
    const Lines heard = one->heard();
    const Lines said = only_of(survivors, heard);
    CHECK(said.size() == (survivors.size() - 1) * static_cast<size_t>(lines));
    for (LineClient* lost : parted.lost) CHECK(one->count(quit_line(*lost)) == 1);
    // The first two together have heard everybody.
    if (one == survivors[0]) {
      order = said;
      continue;
    }
    CHECK(without_those_of(survivors[0]->guest_nick(), said) ==
          without_those_of(one->guest_nick(), order));
    for (LineClient* speaker : survivors) {
      Lines of_one = only_of({speaker}, heard);
      CHECK(of_one.size() == (speaker == one ? 0 : static_cast<size_t>(lines)));
      for (size_t i = 0; i < of_one.size(); ++i)
        CHECK(of_one[i].ends_with("> line " + std::to_string(i)));
    }
  }
}

}  // namespace

TEST_SUITE("system/worker_death") {
  TEST_CASE("G4: the survivors of any worker chat on, nothing lost, doubled or in another order") {
    int slot = 0;
    SUBCASE("slot 0") { slot = 0; }
    SUBCASE("slot 1") { slot = 1; }
    SUBCASE("slot 2") { slot = 2; }  // one of them owns the room
    constexpr int kLines = 60;
    Server server;
    ClientGroup group(server);
    const People people = group.enter_many(12);
    speak(people, 0, kLines / 2);
    group.wait_for([&] { return people[0]->heard_count() > 20; }, "some lines");
    server.kill_worker(slot);
    speak(people, kLines / 2, kLines);
    const Parted parted = part(group, people, 4);
    wait_until_quit(group, parted);
    group.settle(parted.survivors);
    check_that_nothing_was_lost(parted, kLines);
  }

  TEST_CASE("the slot of a killed worker serves again within a second") {
    Server server;
    ClientGroup group(server);
    const People people = group.enter_many(9);
    const auto begin = Clock::now();
    const pid_t before = server.worker(1);
    server.kill_worker(1);
    const Parted parted = part(group, people, 3);
    server.wait_for_respawn(1, before);
    // The one with the fewest gets them.
    const People late = group.enter_many(3);
    late[0]->say("here again");
    parted.survivors[0]->expect("<" + late[0]->guest_nick() + "> here again");
    parted.survivors[0]->say("welcome");
    for (LineClient* one : late) one->expect("<" + parted.survivors[0]->guest_nick() + "> welcome");
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    MESSAGE("the slot served again after ", took.count(), " ms");
    CHECK(took < std::chrono::milliseconds(5000));  // about 100 ms on a quiet machine
    // They really were at the slot that was killed.
    server.kill_worker(1);
    const People at_risk = {late[0], late[1], late[2], parted.survivors[0], parted.survivors[1]};
    CHECK(part(group, at_risk, 3).survivors.size() == 2);
  }

  TEST_CASE("what is asked of a slot that crashed soon after its start waits, and is not refused") {
    Server server;
    ClientGroup group(server);
    const People people = group.enter_many(6);
    for (int rest = 0; rest < 2; ++rest) {
      const pid_t before = server.worker(1);
      const size_t rests = server.count_in_log("worker is started again later");
      REQUIRE(kill(before, SIGABRT) == 0);
      group.wait_for([&] { return server.count_in_log("worker is started again later") > rests; },
                     "the rest of the slot");
      for (LineClient* one : people) {
        if (one->ended()) continue;
        for (int number = 0; number < kRooms; ++number) {
          one->say("/join " + room(number));
          one->say("/topic");
        }
        const Lines heard = one->fence();
        CHECK(containing(heard, "cannot be reached").empty());
        CHECK(containing(heard, "has no topic").size() == kRooms);
      }
      server.wait_for_respawn(1, before);
    }
  }

  TEST_CASE("G4: all workers are killed in turn, again and again, and the rooms live on") {
    Server server;
    ClientGroup group(server);
    LineClient& first = group.enter("first");
    first.say("/topic what stays");
    first.fence();
    group.enter_many(5);
    int newcomers = 0;
    for (int round = 0; round < 6; ++round) {
      const int slot = round % 3;
      const pid_t before = server.worker(slot);
      server.kill_worker(slot);
      server.wait_for_respawn(slot, before);
      LineClient& late = group.enter("late" + std::to_string(newcomers++));
      late.say("/topic");
      CHECK(late.next() == "* The topic of #lobby is: what stays (set by first)");
      late.fence();
      People present;
      for (LineClient& one : group.all()) {
        if (!one.ended()) present.push_back(&one);
      }
      late.say("round " + std::to_string(round));
      late.fence();
      for (LineClient* one : present) {
        if (one == &late) continue;
        const Lines heard = one->fence();
        CHECK(containing(heard, "round " + std::to_string(round)).size() == 1);
      }
      late.say("/who");
      const Lines who = late.fence();
      REQUIRE(who.size() == 1);
      const std::string expected = "* " + std::to_string(present.size()) + " people are in #lobby:";
      CHECK(who[0].substr(0, expected.size()) == expected);
    }
    CHECK(server.spawned() == 3 + 6);
    CHECK(server.count_in_log("worker died") == 6);
  }

  TEST_CASE("G2: through six deaths in rooms of all owners, who stays misses and doubles nothing") {
    constexpr int kPerRound = 30;
    constexpr int kDeaths = 6;
    ServerConfig config;
    config.workers = 4;
    Server server(config);
    ClientGroup group(server);
    People people = group.enter_many(12);
    for (LineClient* one : people) {
      for (int number = 0; number < kRooms; ++number) one->say("/join " + room(number));
    }
    group.settle(people);
    for (LineClient* one : people) one->forget();
    int said = 0;
    for (int death = 0; death < kDeaths; ++death) {  // never slot 3, whose people stay
      speak_in_all_rooms(people, said, said + kPerRound);
      said += kPerRound;
      const pid_t before = server.worker(death % 3);
      server.kill_worker(death % 3);
      if (death < 3) people = part(group, people, 3).survivors;
      server.wait_for_respawn(death % 3, before);
    }
    group.settle(people);
    REQUIRE(people.size() == 3);
    Lines expected;
    for (int i = 0; i < said; ++i) expected.push_back(std::to_string(i));
    for (LineClient* one : people) {
      for (LineClient* speaker : people) {
        if (speaker != one) CHECK(texts_of(speaker->guest_nick(), one->heard()) == expected);
      }
    }
    // And all that the dead said before is in one order for those who stay.
    const std::vector<std::string> both = {people[0]->guest_nick(), people[1]->guest_nick()};
    for (int number = 0; number < kRooms; ++number) {
      const Lines order = said_in_room(number, *people[0], both);
      CHECK_FALSE(order.empty());
      CHECK(said_in_room(number, *people[1], both) == order);
    }
  }

  TEST_CASE("G6: the nicks of a dead worker's clients can be claimed again, the others' not") {
    Server server;
    ClientGroup group(server);
    People people;
    for (int i = 0; i < 6; ++i) people.push_back(&group.enter("p" + std::to_string(i)));
    server.kill_worker(2);
    part(group, people, 2);
    LineClient& late = group.enter("late");
    for (size_t i = 0; i < people.size(); ++i) {
      const std::string nick = "p" + std::to_string(i);
      late.forget();
      late.say("/nick " + nick);
      const Lines heard = late.fence();
      CAPTURE(nick);
      const bool was_lost = people[i]->ended();
      CHECK(containing(heard, " is now " + nick).size() == (was_lost ? 1 : 0));
      CHECK(containing(heard, "! somebody else is called " + nick).size() == (was_lost ? 0 : 1));
    }
  }

  TEST_CASE("after all workers were killed at once new clients chat, in rooms with their topics") {
    Server server;
    ClientGroup group(server);
    const People people = group.enter_many(6);
    people[0]->say("/topic what stays");
    people[0]->fence();
    const std::vector<pid_t> before = server.workers();
    for (int slot = 0; slot < 3; ++slot) server.kill_worker(slot);
    part(group, people, 6);
    for (int slot = 0; slot < 3; ++slot)
      server.wait_for_respawn(slot, before[static_cast<size_t>(slot)]);
    LineClient& anna = group.enter("anna");
    LineClient& bob = group.enter("bob");
    group.start_afresh();
    anna.say("anybody?");
    CHECK(bob.next() == "<anna> anybody?");
    bob.say("/topic");
    CHECK(bob.next().starts_with("* The topic of #lobby is: what stays (set by "));
    bob.say("/who");
    CHECK(bob.next() == "* 2 people are in #lobby: anna bob");
  }
}

}  // namespace banterd::tests
