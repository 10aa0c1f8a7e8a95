// G4 for IRC: a worker that is killed costs others nothing. Its clients are seen to quit once, and
// what the rooms, lists and nicks that it owned are like is as it was.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/client_group.h"
#include "tests/support/irc_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

using Crowd = std::vector<IrcClient*>;

constexpr int kRooms = 6;  // enough that each worker owns one, whatever the hash

std::string room(int number) { return "#r" + std::to_string(number % kRooms); }

std::string all_rooms() {
  std::string list = "#lobby";
  for (int i = 0; i < kRooms; ++i) list += "," + room(i);
  return list;
}

struct Parted {
  Crowd survivors;
  Crowd lost;
};

// Kills the worker of `slot` and waits until its clients' connections have ended and the slot
// serves again.
Parted kill_and_part(Server& server, IrcGroup& group, int slot, const Crowd& people, size_t lost) {
  const pid_t before = server.worker(slot);
  server.kill_worker(slot);
  group.wait_for(
      [&] {
        return static_cast<size_t>(std::ranges::count_if(
                   people, [](const IrcClient* one) { return one->ended(); })) == lost;
      },
      "the end of the dead worker's connections");
  server.wait_for_respawn(slot, before);
  Parted parted;
  for (IrcClient* one : people) (one->ended() ? parted.lost : parted.survivors).push_back(one);
  return parted;
}

std::string quit_of(const IrcClient& client) {
  return ":" + client.mask() + " QUIT :connection lost";
}

void wait_until_quit(IrcGroup& group, const Parted& parted) {
  group.wait_for(
      [&] {
        return std::ranges::all_of(parted.survivors, [&](const IrcClient* survivor) {
          return std::ranges::all_of(parted.lost, [&](const IrcClient* lost) {
            return survivor->count(quit_of(*lost)) > 0;
          });
        });
      },
      "the quits of the dead worker's clients");
}

}  // namespace

TEST_SUITE("system/irc_worker_death") {
  TEST_CASE("G4: others see its clients quit once, and lose and double nothing of what is said") {
    int slot = 0;
    SUBCASE("slot 0") { slot = 0; }
    SUBCASE("slot 1") { slot = 1; }
    SUBCASE("slot 2") { slot = 2; }
    constexpr int kLines = 60;
    Server server(irc_config(3));
    IrcGroup group(server);
    const Crowd people = group.enter_many("p", 12);
    for (IrcClient* one : people) one->ask("JOIN " + all_rooms());
    group.start_afresh();
    const auto speak = [&](int from, int to) {
      for (IrcClient* one : people) {
        for (int i = from; i < to; ++i)
          one->say("PRIVMSG " + room(i) + " line-" + std::to_string(i));
      }
    };
    speak(0, kLines / 2);
    group.wait_for([&] { return people[0]->heard_count() > 20; }, "some lines");
    const pid_t before = server.worker(slot);
    server.kill_worker(slot);
    speak(kLines / 2, kLines);
    group.wait_for(
        [&] {
          return std::ranges::count_if(people, [](const IrcClient* one) { return one->ended(); }) ==
                 4;
        },
        "the end of the dead worker's connections");
    server.wait_for_respawn(slot, before);
    Parted parted;
    for (IrcClient* one : people) (one->ended() ? parted.lost : parted.survivors).push_back(one);
    wait_until_quit(group, parted);
    group.settle(parted.survivors);
    for (IrcClient* one : parted.survivors) {
      const Lines heard = one->heard();
      for (IrcClient* lost : parted.lost) CHECK(std::ranges::count(heard, quit_of(*lost)) == 1);
      CHECK(with_command("QUIT", heard).size() == parted.lost.size());
      for (IrcClient* speaker : parted.survivors) {
        if (speaker == one) continue;
        Lines expected;
        for (int i = 0; i < kLines; ++i) {
          expected.push_back(":" + speaker->mask() + " PRIVMSG " + room(i) + " line-" +
                             std::to_string(i));
        }
        CHECK(containing(heard, ":" + speaker->mask() + " PRIVMSG") == expected);
      }
    }
  }

  TEST_CASE("G4: MONITOR tells of those who went with it, also where nobody shares a room") {
    for (const int slot : {0, 1, 2}) {
      CAPTURE(slot);
      Server server(irc_config(3));
      IrcGroup group(server);
      const Crowd people = group.enter_many("p", 9);
      for (IrcClient* one : people) one->ask("MONITOR + p0,p1,p2,p3,p4,p5,p6,p7,p8,late");
      group.start_afresh();
      const Parted parted = kill_and_part(server, group, slot, people, 3);
      group.wait_for(
          [&] {
            return std::ranges::all_of(parted.survivors, [&](const IrcClient* survivor) {
              return with_command("731", survivor->heard()).size() >= parted.lost.size();
            });
          },
          "news of those who went");
      group.settle(parted.survivors);
      for (IrcClient* survivor : parted.survivors) {
        const Lines heard = survivor->heard();
        CHECK(with_command("730", heard).empty());
        for (IrcClient* lost : parted.lost) {
          CHECK(std::ranges::count(
                    heard, ":banter.local 731 " + survivor->nick() + " " + lost->nick()) == 1);
        }
      }
      // Those who watch a nick that the dead worker owned are told still.
      group.start_afresh();
      group.enter("late");
      IrcClient& back = group.enter(parted.lost[0]->nick());
      for (IrcClient* survivor : parted.survivors) {
        const Lines told = with_command("730", survivor->fence());
        CHECK(told.size() == 2);
        CHECK(containing(told, " late!late@").size() == 1);
        CHECK(containing(told, " " + back.mask()).size() == 1);
      }
    }
  }

  TEST_CASE("G4: topics, modes and bans of all rooms outlive any worker, for members and others") {
    int first = 0;
    SUBCASE("slots 0 and 1") { first = 0; }
    SUBCASE("slots 1 and 2") { first = 1; }
    SUBCASE("slots 2 and 0") { first = 2; }
    Server server(irc_config(3));
    IrcGroup group(server);
    const Crowd people = group.enter_many("p", 9);
    for (IrcClient* one : people) one->ask("JOIN " + all_rooms());
    for (int i = 0; i < kRooms; ++i) {
      people[0]->ask("TOPIC " + room(i) + " :topic " + std::to_string(i));
      people[0]->ask("MODE " + room(i) + " +mlb 40 bad!*@*");
      people[0]->ask("MODE " + room(i) + " +ov p1 p2");
    }
    group.start_afresh();
    const auto state = [](IrcClient& one) {
      Lines all;
      for (int i = 0; i < kRooms; ++i) {
        for (const std::string& question :
             {"TOPIC " + room(i), "MODE " + room(i), "MODE " + room(i) + " b"}) {
          for (const std::string& line : one.ask(question)) {
            if (line.starts_with(":banter.local ")) all.push_back(line);
          }
        }
      }
      return all;
    };
    Crowd left = people;
    for (const int slot : {first, (first + 1) % 3}) {
      CAPTURE(slot);
      // Who is with which worker shows only when one has gone.
      std::vector<Lines> before;
      for (IrcClient* one : left) before.push_back(state(*one));
      group.start_afresh();
      const Parted parted = kill_and_part(server, group, slot, left, 3);
      wait_until_quit(group, parted);
      for (size_t i = 0; i < left.size(); ++i) {
        if (!left[i]->ended()) CHECK(state(*left[i]) == before[i]);
      }
      left = parted.survivors;
    }
    IrcClient& late = group.enter("late");
    for (int i = 0; i < kRooms; ++i) {
      CHECK(with_command("332", late.ask("TOPIC " + room(i))) ==
            Lines{":banter.local 332 late " + room(i) + " :topic " + std::to_string(i)});
      CHECK(with_command("367", late.ask("MODE " + room(i) + " b")).size() == 1);
    }
  }

  TEST_CASE("G4: nicks of those who went with it are free again, once, and soon") {
    Server server(irc_config(3));
    IrcGroup group(server);
    const Crowd people = group.enter_many("p", 9);
    const Parted parted = kill_and_part(server, group, 1, people, 3);
    group.start_afresh();
    for (IrcClient* lost : parted.lost) {
      Crowd heirs;
      for (int i = 0; i < 3; ++i) {
        heirs.push_back(&group.connect());
        heirs.back()->introduce(lost->nick());
      }
      group.settle(heirs);
      size_t held = 0;
      for (IrcClient* heir : heirs) held += with_command("001", heir->heard()).size();
      CHECK(held <= 1);
      if (held == 0) {
        // They asked before the others knew of the death.
        CHECK(server.loop().run_until([&] {
          return with_command("001", heirs[0]->ask("NICK " + lost->nick())).size() == 1;
        }));
      }
    }
  }

  TEST_CASE("G4: labelled answers that wait for a dead worker come, each once") {
    Server server(irc_config(3));
    IrcGroup group(server);
    const Crowd people =
        group.enter_many("p", 9, "labeled-response batch message-tags echo-message");
    for (IrcClient* one : people) one->ask("JOIN " + all_rooms());
    group.start_afresh();
    constexpr int kAsked = 40;
    const pid_t before = server.worker(2);
    for (IrcClient* one : people) {
      for (int i = 0; i < kAsked; ++i) {
        const std::string label = "@label=" + std::to_string(i);
        one->say(label + (i % 2 == 0 ? " PRIVMSG " + room(i) + " :x" : " WHO " + room(i)));
      }
    }
    server.kill_worker(2);
    server.wait_for_respawn(2, before);
    Crowd survivors;
    group.wait_for(
        [&] {
          return std::ranges::count_if(people, [](const IrcClient* one) { return one->ended(); }) ==
                 3;
        },
        "the end of the dead worker's connections");
    std::ranges::copy_if(people, std::back_inserter(survivors),
                         [](const IrcClient* one) { return !one->ended(); });
    group.settle(survivors);
    for (IrcClient* one : survivors) {
      const Lines heard = one->heard();
      for (int i = 0; i < kAsked; ++i) {
        const auto answers = std::ranges::count_if(heard, [&](const std::string& line) {
          return tag_of(line, "label") == std::to_string(i);
        });
        CHECK(answers == 1);
      }
    }
  }
}

}  // namespace banterd::tests
