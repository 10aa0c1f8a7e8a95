// keep_clients_on_crash for IRC, on sockets and in a browser: who is on a worker that dies notices
// nothing, whatever he is in the middle of.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/half_sent.h"
#include "tests/support/irc_group.h"
#include "tests/support/server.h"
#include "tests/support/web_client.h"

namespace banterd::tests {

namespace {

constexpr size_t kHttpListener = 2;

ServerConfig keeping_web(int workers) {
  ServerConfig config = web_config(workers);
  config.more += R"(, "keep_clients_on_crash": true)";
  return config;
}

// All workers of `slots`, at once, and their successors serve.
void kill_workers(Server& server, const std::vector<int>& slots) {
  std::vector<pid_t> before;
  for (const int slot : slots) before.push_back(server.worker(slot));
  for (const int slot : slots) server.kill_worker(slot);
  for (size_t i = 0; i < slots.size(); ++i) server.wait_for_respawn(slots[i], before[i]);
}

}  // namespace

TEST_SUITE("system/keeping_irc") {
  TEST_CASE("talk on IRC and the web goes on through kills, each line once and in one order") {
    Server server(keeping_web(3));
    IrcGroup irc_group(server);
    WebGroup web_group(server, server.port(kHttpListener));
    std::vector<IrcClient*> people;
    for (int i = 0; i < 6; ++i) {
      people.push_back(
          &web_group.enter("web" + std::to_string(i), i % 2 == 0 ? "message-tags" : ""));
      people.push_back(&irc_group.enter("irc" + std::to_string(i),
                                        i % 2 == 0 ? "message-tags echo-message" : ""));
    }
    for (IrcClient* one : people) one->ask("JOIN #a");
    settle(server.loop(), {people.begin(), people.end()});
    for (IrcClient* one : people) one->forget();

    const std::vector<std::vector<int>> victims{{0}, {1}, {2}, {0, 1}, {2, 0}, {0, 1, 2}};
    constexpr size_t kSpeakers = 4;  // two of the web, two of IRC
    constexpr int kLinesPerKill = 40;
    int said = 0;
    const auto speak = [&] {
      for (int i = 0; i < kLinesPerKill / 2; ++i, ++said) {
        for (size_t speaker = 0; speaker < kSpeakers; ++speaker)
          people[speaker]->say("PRIVMSG #a :" + std::to_string(said));
      }
    };
    for (const std::vector<int>& slots : victims) {
      speak();
      kill_workers(server, slots);
      speak();
    }
    settle(server.loop(), {people.begin(), people.end()});
    Lines order;
    for (size_t listener = kSpeakers; listener < people.size(); ++listener) {
      REQUIRE_FALSE(people[listener]->ended());
      CHECK(with_command("QUIT", without_tags(people[listener]->heard())).empty());
      const Lines heard = with_command("PRIVMSG", without_tags(people[listener]->heard()));
      CHECK(heard.size() == kSpeakers * static_cast<size_t>(said));
      if (order.empty()) order = heard;
      CHECK(heard == order);
    }
    for (size_t speaker = 0; speaker < kSpeakers; ++speaker) {
      const Lines his = containing(order, ":" + people[speaker]->nick() + "!");
      REQUIRE(his.size() == static_cast<size_t>(said));
      for (int i = 0; i < said; ++i)
        CHECK(his[static_cast<size_t>(i)].ends_with(" " + std::to_string(i)));
    }
    CHECK(server.count_in_log("cannot go on") == 0);
  }

  TEST_CASE("half a request, half a frame and half a message are read to their ends by the next") {
    Server server(keeping_web(2));
    WebGroup group(server, server.port(kHttpListener));
    for (size_t part = 1; part < 12; part += 2) {
      CAPTURE(part);
      WebClient& asking = group.connect();
      asking.request("GET /health");
      asking.expect("ok");
      const std::string number = std::to_string(part);
      HalfSent half_sent(asking, group.enter("framing" + number),
                         group.enter("splitting" + number));
      half_sent.begin(part);
      kill_workers(server, {0, 1});
      half_sent.finish();
    }
  }

  TEST_CASE("a line that its worker dies of is left out, on IRC and the web, ten times each") {
    ServerConfig config = keeping_web(2);
    config.binary = BANTERD_FAULTY_BINARY;
    config.own_copy = true;
    Server server(config);
    IrcGroup irc_group(server);
    WebGroup web_group(server, server.port(kHttpListener));
    std::vector<IrcClient*> people{&irc_group.enter("ann"), &irc_group.enter("bob"),
                                   &web_group.enter("cat"), &web_group.enter("dan")};
    for (IrcClient* one : people) one->ask("JOIN #a");
    settle(server.loop(), {people.begin(), people.end()});
    for (IrcClient* one : people) one->forget();
    server.inject("poison crash");
    constexpr int kTimes = 10;
    int said = 0;
    for (IrcClient* sender : {people[0], people[2]}) {
      for (int round = 0; round < kTimes; ++round) {
        const size_t spawned = server.spawned();
        sender->say("PRIVMSG #a :" + std::to_string(said++));
        sender->say("poison");
        sender->say("PRIVMSG #a :" + std::to_string(said++));
        irc_group.wait_for([&] { return server.spawned() > spawned; }, "the next worker");
        sender->until(
            [](const std::string& line) {
              return line.find("NOTICE") != std::string::npos &&
                     line.find("What you asked last may not have been done") != std::string::npos;
            },
            "that the line was left out");
      }
    }
    settle(server.loop(), {people.begin(), people.end()});
    const Lines heard = with_command("PRIVMSG", people[1]->heard());
    CHECK(heard.size() == static_cast<size_t>(said));
    for (size_t i = 0; i < heard.size(); ++i) CHECK(heard[i].ends_with(" #a " + std::to_string(i)));
    CHECK(with_command("PRIVMSG", people[3]->heard()).size() == heard.size());
    for (const IrcClient* one : people) CHECK_FALSE(one->ended());
    CHECK(server.count_in_log("worker died") == 2 * kTimes);
    CHECK(server.count_in_log("given up") == 0);
  }

  TEST_CASE("what an IRC client has, and what is known of him, is as it was") {
    Server server(keeping_web(2));
    IrcGroup group(server);
    IrcClient& ann = group.enter("ann", "away-notify labeled-response batch message-tags");
    IrcClient& bob = group.enter("bob", "away-notify");
    ann.ask("JOIN #a");
    bob.ask("JOIN #a");
    ann.ask("MONITOR + cat,dog");
    ann.ask("MODE #a +m-t");
    bob.ask("AWAY :gone fishing");
    group.start_afresh();
    kill_workers(server, {0, 1});
    CHECK(containing(ann.ask("NAMES #a"), " 353 ") ==
          Lines{":banter.local 353 ann = #a :@ann bob"});
    CHECK(containing(ann.ask("MODE #a"), " 324 ").at(0).ends_with("#a +mn"));
    CHECK(containing(ann.ask("WHOIS bob"), " 301 ").at(0).ends_with(":gone fishing"));
    CHECK(bob.ask("PRIVMSG #a :may I?").at(0).starts_with(":banter.local 404 "));
    CHECK(containing(ann.ask("@label=x1 PING y"), "label=x1").size() == 1);
    IrcClient& cat = group.enter("cat");
    ann.until([](const std::string& line) { return command_of(line) == "730"; }, "cat is online");
    ann.ask("MODE #a -m");
    bob.ask("NICK bill");
    ann.until([](const std::string& line) { return line.ends_with(" NICK bill"); }, "the new nick");
    cat.say("QUIT");
    ann.until([](const std::string& line) { return command_of(line) == "731"; }, "cat is offline");
    bob.say("QUIT :done");
    ann.until([](const std::string& line) { return command_of(line) == "QUIT"; }, "the quit");
    group.enter("bill");
  }
}

}  // namespace banterd::tests
