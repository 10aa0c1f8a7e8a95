// keep_clients_on_crash, and a slot whose workers die again and again: its clients stay connected.
// Each begins anew with another worker, as a guest, and is told so.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/client_group.h"
#include "tests/support/irc_group.h"
#include "tests/support/process_facts.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"
#include "tests/support/web_client.h"

namespace banterd::tests {

namespace {

constexpr size_t kHttpListener = 2;
constexpr int kVictim = 0;
// Of workers that had been ready, within 10 s of their start.
constexpr size_t kForgivenDeaths = 20;

// Line, IRC and the web; its workers fail where a test wants it.
ServerConfig failing(int workers) {
  ServerConfig config = web_config(workers);
  config.binary = BANTERD_FAULTY_BINARY;
  config.own_copy = true;
  config.more += R"(, "keep_clients_on_crash": true)";
  return config;
}

// From now on whoever takes over the victim's clients dies of it, and the victim is killed.
void make_recoveries_fail(Server& server) {
  server.inject("recovering-0 crash");
  server.kill_worker(kVictim);
  server.wait_for_log("a slot's clients are given up");
}

// What he is called when he has been told that he begins anew.
std::string new_nick(StreamClient& client) {
  std::string told;
  static_cast<void>(client.until(
      [&](const std::string& line) {
        if (line.find("A part of the server has failed") != std::string::npos) told = line;
        return !told.empty();
      },
      "that he begins anew"));
  // Not for ever, but since his last worker ended.
  CHECK(told.find("was said since 20") != std::string::npos);
  const std::string before = "are ";
  const size_t at = told.find(before + "guest-");
  REQUIRE(at != std::string::npos);
  const size_t begin = at + before.size();
  return told.substr(begin, told.find(' ', begin) - begin);
}

// The same for a line client, when he is in his room again.
std::string new_nick_in_lobby(LineClient& client) {
  std::string nick = new_nick(client);
  client.until("* " + nick + " joined #lobby");
  return nick;
}

// Before his connection ends.
std::string last_line(StreamClient& client) {
  const Lines lines = client.until_end();
  return lines.empty() ? "" : lines.back();
}

}  // namespace

TEST_SUITE("system/giving_up") {
  TEST_CASE("clients of a slot that nobody can take over stay, as guests in their rooms") {
    Server server(failing(2));
    ClientGroup lines(server);
    IrcGroup ircs(server);
    WebGroup webs(server, server.port(kHttpListener));
    // By turns in the victim's slot and in the other.
    LineClient& ann = lines.enter("ann");
    LineClient& bob = lines.enter("bob");
    IrcClient& cat = ircs.enter("cat", "message-tags");
    IrcClient& dan = ircs.enter("dan");
    WebClient& eve = webs.enter("eve");
    WebClient& fay = webs.enter("fay");
    for (IrcClient* one : std::vector<IrcClient*>{&cat, &dan, &eve, &fay}) one->ask("JOIN #lobby");
    ann.say("/join #b");
    static_cast<void>(ann.fence());
    ann.say("/join #lobby");
    static_cast<void>(ann.fence());
    cat.ask("JOIN #b");
    const size_t descriptors_before = descriptors(server.master());

    make_recoveries_fail(server);
    const std::string ann_now = new_nick_in_lobby(ann);
    new_nick(cat);
    new_nick(eve);
    for (const std::string room : {"#lobby", "#b"}) {
      cat.until(
          [&](const std::string& line) {
            return command_of(line) == "366" && line.find(" " + room + " ") != std::string::npos;
          },
          "that she is in the room again");
    }
    eve.until([](const std::string& line) { return command_of(line) == "366"; }, "her room");

    // He talks where he talked; they hear him, and he hears them.
    ann.say("still here");
    bob.until("<" + ann_now + "> still here");
    dan.until([&](const std::string& line) { return line.ends_with("#lobby :still here"); },
              "what ann says");
    for (IrcClient* one : {&cat, static_cast<IrcClient*>(&eve)}) {
      one->say("PRIVMSG #lobby :me too, " + one->nick());
      bob.until([&](const std::string& line) { return line.ends_with("me too, " + one->nick()); },
                "what she says");
    }
    bob.say("welcome back");
    ann.until("<bob> welcome back");
    for (IrcClient* one : {&cat, static_cast<IrcClient*>(&eve), static_cast<IrcClient*>(&fay)})
      one->until([](const std::string& line) { return line.ends_with("#lobby :welcome back"); },
                 "what bob says");

    // Their nicks are free when the slot is there again.
    server.wait_for_log("clients begin anew");
    const auto give_up = std::chrono::steady_clock::now() + kDeadline;
    while (containing(cat.ask("NICK cat"), " NICK cat").empty())
      REQUIRE(std::chrono::steady_clock::now() < give_up);
    cat.say("QUIT");
    static_cast<void>(cat.until_end());
    CHECK(server.loop().poll_until(
        [&] { return descriptors(server.master()) < descriptors_before; }));
    CHECK(server.count_in_log("worker died") == 4);
    for (const StreamClient* one : std::vector<StreamClient*>{&ann, &bob, &dan, &eve, &fay})
      CHECK_FALSE(one->ended());
  }

  TEST_CASE("so do those of one that is ready and dies again and again") {
    Server server(failing(2));
    ClientGroup group(server);
    LineClient& sender = group.enter("sender");
    LineClient& other = group.enter("other");
    LineClient& third = group.enter("third");
    server.inject("poison crash");
    for (size_t deaths = 0; deaths < kForgivenDeaths + 1; ++deaths) {
      sender.say("poison");
      group.wait_for([&] { return server.count_in_log("worker died") > deaths; }, "a death");
    }
    server.wait_for_log("a slot's clients are given up");
    CHECK(server.count_in_log("worker died") == kForgivenDeaths + 1);
    const std::string sender_now = new_nick_in_lobby(sender);
    const std::string third_now = new_nick_in_lobby(third);
    sender.say("and on");
    other.until("<" + sender_now + "> and on");
    third.until("<" + sender_now + "> and on");
    third.say("yes");
    sender.until("<" + third_now + "> yes");
  }

  TEST_CASE("one of whom the next worker dies too is told and closed; that worker's clients stay") {
    Server server(failing(2));
    ClientGroup lines(server);
    IrcGroup ircs(server);
    LineClient& ann = lines.enter("ann");
    LineClient& bob = lines.enter("bob");
    IrcClient& cat = ircs.enter("cat");
    server.inject("recovering-0 crash anew crash");
    server.kill_worker(kVictim);
    CHECK(last_line(ann) == "! the server failed on you: come again");
    CHECK(last_line(cat) == "ERROR :the server failed on you: come again");
    server.inject("nothing");
    static_cast<void>(bob.fence());
    CHECK_FALSE(bob.ended());
  }

  TEST_CASE("they begin anew once more when the next worker is killed, whenever that is") {
    std::string fault;
    SUBCASE("at once") { fault = "anew die"; }
    SUBCASE("before its memory has them") { fault = "committed-anew die"; }
    SUBCASE("before the master knows") { fault = "kept-anew die"; }
    Server server(failing(2));
    ClientGroup group(server);
    LineClient& ann = group.enter("ann");
    LineClient& bob = group.enter("bob");
    server.inject("recovering-0 crash " + fault);
    server.kill_worker(kVictim);
    const std::string ann_now = new_nick_in_lobby(ann);
    ann.say("here");
    bob.until("<" + ann_now + "> here");
    CHECK_FALSE(bob.ended());
  }

  TEST_CASE("with one worker they begin anew with its own next life") {
    Server server(failing(1));
    ClientGroup group(server);
    LineClient& ann = group.enter("ann");
    LineClient& bob = group.enter("bob");
    make_recoveries_fail(server);
    const std::string ann_now = new_nick_in_lobby(ann);
    new_nick_in_lobby(bob);
    ann.say("here");
    bob.until("<" + ann_now + "> here");

    // From now on it is a slot like any other.
    server.inject("nothing");
    server.kill_worker(kVictim);
    ann.say("here again");
    bob.until("<" + ann_now + "> here again");
  }

  TEST_CASE(
      "those who wait for a worker begin anew with one of the next generation, however many") {
    Server server(failing(1));
    ClientGroup group(server);
    LineClient& ann = group.enter("ann");
    LineClient& bob = group.enter("bob");
    make_recoveries_fail(server);
    server.configure(failing(2));
    CHECK(server.reload());
    const std::string ann_now = new_nick_in_lobby(ann);
    new_nick_in_lobby(bob);
    ann.say("here");
    bob.until("<" + ann_now + "> here");
  }
}

}  // namespace banterd::tests
