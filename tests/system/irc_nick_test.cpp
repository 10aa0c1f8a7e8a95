// G6 for IRC: a nick is held once, whoever wants it, by whatever protocol, on whichever worker.
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

constexpr size_t kClients = 200;

// Who of them was told by a line with `command` that the nick is his; all others that it is taken.
IrcClient& winner(const Crowd& crowd, std::string_view command) {
  Crowd winners;
  for (IrcClient* one : crowd) {
    const Lines heard = one->heard();
    const auto won = static_cast<size_t>(std::ranges::count_if(heard, [&](const std::string& line) {
      return command_of(line) == command && line.find(one->nick()) != std::string::npos;
    }));
    const size_t lost = with_command("433", heard).size();
    CHECK(won + lost == 1);
    if (won > 0) winners.push_back(one);
  }
  REQUIRE(winners.size() == 1);
  return *winners[0];
}

void forget(const Crowd& crowd) {
  for (IrcClient* one : crowd) one->forget();
}

}  // namespace

TEST_SUITE("system/irc_nick") {
  TEST_CASE("G6: of 200 who register at once with one nick one gets it, after his quit the next") {
    Server server(irc_config(5));
    IrcGroup group(server);
    Crowd crowd;
    for (size_t i = 0; i < kClients; ++i) {
      crowd.push_back(&group.connect());
      crowd.back()->introduce("king");
    }
    for (int reign = 0; reign < 5; ++reign) {
      CAPTURE(reign);
      group.settle(crowd);
      IrcClient& king = winner(crowd, "001");
      king.forget();
      king.say("QUIT");
      king.until_end();
      std::erase(crowd, &king);
      forget(crowd);
      for (IrcClient* one : crowd) one->say("NICK king");
    }
  }

  TEST_CASE("G6: of 200 who ask for another nick at once one gets it, after he left it the next") {
    Server server(irc_config(5));
    IrcGroup group(server);
    const Crowd crowd = group.enter_many("p", kClients);
    for (int reign = 0; reign < 5; ++reign) {
      CAPTURE(reign);
      // The case does not matter.
      for (size_t i = 0; i < crowd.size(); ++i)
        crowd[i]->say(i % 2 == 0 ? "NICK king" : "NICK KING");
      group.settle(crowd);
      IrcClient& king = winner(crowd, "NICK");
      king.forget();
      const Lines answer = king.ask("NICK " + king.nick());
      CHECK(with_command("NICK", answer).size() == 1);
      forget(crowd);
    }
  }

  TEST_CASE("G6: who quits and who takes his nick at once are never there together") {
    constexpr int kRounds = 40;
    Server server(irc_config(5));
    IrcGroup group(server);
    IrcClient& witness = group.enter("witness");
    witness.ask("JOIN #common");
    const Crowd crowd = group.enter_many("p", 10);
    for (IrcClient* one : crowd) one->ask("JOIN #common");
    IrcClient* king = &group.enter("king");
    king->ask("JOIN #common");
    witness.fence();
    for (int i = 0; i < kRounds; ++i) {
      CAPTURE(i);
      IrcClient& heir = *crowd[static_cast<size_t>(i) % crowd.size()];
      const bool renames = i % 2 == 0;
      king->say(renames ? "NICK former" : "QUIT");
      heir.say("NICK king");
      const Lines answer = heir.fence();
      const bool refused = with_command("433", answer).size() == 1;
      // Too early: the nick is still taken. A claim while he leaves it waits for that.
      if (refused) {
        renames ? king->fence() : king->until_end();
        const Lines second = heir.ask("NICK king");
        CHECK(std::ranges::count(second, ":" + heir.mask() + " NICK king") == 1);
      }
      const Lines seen = witness.fence();
      const std::string gone = renames ? " NICK former" : " QUIT ";
      const auto left = std::ranges::find_if(seen, [&](const std::string& line) {
        return line.starts_with(":king!") && line.find(gone) != std::string::npos;
      });
      const auto came = std::ranges::find_if(
          seen, [](const std::string& line) { return line.ends_with(" NICK king"); });
      REQUIRE(left != seen.end());
      REQUIRE(came != seen.end());
      CHECK(left < came);
      heir.ask("NICK " + heir.nick());
      if (renames) {
        king->ask("NICK king");
      } else {
        king = &group.enter("king");
        king->ask("JOIN #common");
      }
      witness.fence();
    }
  }

  TEST_CASE("G6: line users and IRC users want the same nick") {
    Server server(irc_config(3));
    ClientGroup lines(server);
    IrcGroup group(server);
    const auto talkers = lines.enter_many(30);
    const Crowd crowd = group.enter_many("p", 30);
    for (size_t i = 0; i < crowd.size(); ++i) {
      talkers[i]->say("/nick King");
      crowd[i]->say("NICK king");
    }
    lines.settle(talkers);
    group.settle(crowd);
    size_t held = 0;
    for (LineClient* one : talkers) held += one->count("* " + one->guest_nick() + " is now King");
    for (IrcClient* one : crowd) held += one->count(":" + one->mask() + " NICK king");
    CHECK(held == 1);
  }
}

}  // namespace banterd::tests
