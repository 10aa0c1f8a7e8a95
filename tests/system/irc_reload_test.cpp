// G2 and G3 for IRC: SIGHUP moves every IRC client to another number of workers, whatever he is in
// the middle of, and he finds all as it was.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/support/client_group.h"
#include "tests/support/irc_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

const std::string kAllCapabilities =
    "message-tags server-time batch labeled-response echo-message draft/chathistory "
    "draft/multiline draft/read-marker multi-prefix away-notify extended-join invite-notify "
    "extended-monitor setname standard-replies";

ServerConfig reloadable(int workers) {
  ServerConfig config = irc_config(workers);
  config.own_copy = true;
  config.more += an_operator();
  return config;
}

void reload_with(Server& server, int workers) {
  server.configure(reloadable(workers));
  REQUIRE(server.reload());
  REQUIRE(server.workers().size() == static_cast<size_t>(workers));
}

// What the server says of everything that it keeps. Idle times go on.
Lines state_as_told_to(IrcClient& client) {
  Lines state;
  for (const char* question : {"MODE #dev",
                               "MODE #dev b",
                               "MODE #dev e",
                               "MODE #dev I",
                               "TOPIC #dev",
                               "NAMES #dev",
                               "WHO #dev %tcuhsnfdar,7",
                               "WHO *",
                               "LIST",
                               "WHOIS anna",
                               "WHOIS bob",
                               "WHOWAS gone",
                               "USERHOST anna bob ivan",
                               "ISON anna bob gone ivan",
                               "MODE anna",
                               "MONITOR L",
                               "MONITOR S",
                               "MARKREAD #dev",
                               "STATS k",
                               "CHATHISTORY LATEST #dev * 50",
                               "LUSERS"}) {
    for (const std::string& line : without_tags(client.ask(question))) {
      const bool is_ours = !line.starts_with(':') || line.starts_with(":banter.local ") ||
                           command_of(line) == "PRIVMSG";
      const std::string_view command = command_of(line);
      const bool changes = command == "317" || command == "BATCH";
      if (is_ours && !changes) state.push_back(std::string(question) + ": " + line);
    }
  }
  return state;
}

// The parameter behind the nick.
bool was_told(IrcClient& client, std::string_view command, std::string_view text) {
  const Lines found = containing(with_command(command, client.fence()), text);
  return found.size() == 1;
}

}  // namespace

TEST_SUITE("system/irc_reload") {
  TEST_CASE("G3: rooms, modes, lists, invitations, MONITOR, away, history and K-lines stay") {
    Server server(reloadable(2));
    IrcGroup group(server);
    IrcClient& gone = group.enter("gone");
    gone.say("QUIT :for good");
    gone.until_end();
    IrcClient& anna = group.enter("anna", kAllCapabilities);
    IrcClient& bob = group.enter("bob");
    IrcClient& ivan = group.enter("ivan", kAllCapabilities);
    CHECK(with_command("381", anna.ask("OPER operuser operpassword")).size() == 1);
    anna.ask("JOIN #dev");
    bob.ask("JOIN #dev");
    for (const char* line :
         {"TOPIC #dev :the topic", "MODE #dev +isl 25", "MODE #dev +bb evil!*@* *!*@10.0.0.0",
          "MODE #dev +e good!*@*", "MODE #dev +I friend!*@*", "MODE #dev +v bob",
          "INVITE ivan #dev", "AWAY :gone fishing", "MODE anna +iwB", "SETNAME :Anna the First",
          "MONITOR + bob,zoe,nobody", "KLINE 60 bad!*@* :go away", "PRIVMSG #dev :first words",
          "MARKREAD #dev timestamp=2026-01-01T00:00:00.000Z", "JOIN #secret,#Another"}) {
      anna.ask(line);
    }
    const Lines said = anna.ask("PRIVMSG #dev :second words");
    const auto id = tag_of(said.at(0), "msgid");
    REQUIRE(id);
    anna.ask("PRIVMSG #dev :third words");
    group.start_afresh();

    const Lines before = state_as_told_to(anna);
    CHECK(before.size() > 60);
    for (const int workers : {3, 5, 2}) {
      CAPTURE(workers);
      reload_with(server, workers);
      CHECK(state_as_told_to(anna) == before);
      for (IrcClient* one : {&anna, &bob, &ivan}) CHECK_FALSE(one->ended());
      // What comes later still reaches those who wait for it.
      IrcClient& zoe = group.enter("zoe");
      CHECK(was_told(anna, "730", "zoe!zoe@127.0.0.1"));
      zoe.say("QUIT");
      zoe.until_end();
      CHECK(was_told(anna, "731", "zoe"));
      bob.say("PRIVMSG anna :are you here?");
      CHECK(with_command("301", bob.fence()).size() == 1);
      CHECK(was_told(anna, "PRIVMSG", "are you here?"));
      bob.ask("NOTICE #dev :a new event");
      CHECK(was_told(anna, "NOTICE", "a new event"));
      const Lines later = anna.ask("CHATHISTORY AFTER #dev msgid=" + *id + " 1");
      CHECK(containing(later, "PRIVMSG #dev :third words").size() == 1);
      // Who is an operator still is one.
      CHECK(with_command("723", anna.ask("WALLOPS :hello")).empty());
      CHECK(with_command("481", anna.ask("STATS w")).empty());
      IrcClient& bad = group.connect();
      bad.introduce("bad");
      CHECK(bad.until_end() == Lines{":banter.local 465 * :You are banned from this server.",
                                     "ERROR :Closing link: * (Banned: go away)"});
      anna.ask("WHOWAS zoe");
      group.start_afresh();
    }
    // The invitation was not used up by any of it.
    const Lines joined = ivan.ask("JOIN #dev");
    CHECK(with_command("473", joined).empty());
    CHECK(with_command("366", joined).size() == 1);
    anna.ask("MODE #dev -i");
    IrcClient& evil = group.enter("evil");
    CHECK(with_command("474", evil.ask("JOIN #dev")).size() == 1);
  }

  TEST_CASE("G3: who is in the middle of something goes on with it under other workers") {
    Server server(reloadable(2));
    IrcGroup group(server);
    IrcClient& anna = group.enter("anna", kAllCapabilities);
    anna.ask("JOIN #dev");
    IrcClient& nick_only = group.connect();
    nick_only.say("NICK dora");
    IrcClient& negotiating = group.connect();
    negotiating.say("CAP LS 302");
    negotiating.say("NICK emil");
    negotiating.say("USER emil 0 * :Emil");
    negotiating.say("CAP REQ :message-tags server-time");
    IrcClient& silent = group.connect();
    IrcClient& half_a_line = group.enter("fred");
    half_a_line.ask("JOIN #dev");
    half_a_line.send("PRIVMSG #dev :begun before, ");
    IrcClient& half_a_command = group.connect();
    half_a_command.send("NI");
    IrcClient& batching = group.enter("gina", kAllCapabilities);
    batching.ask("JOIN #dev");
    batching.say("@label=L BATCH +1 draft/multiline #dev");
    batching.say("@batch=1 PRIVMSG #dev :line one");
    IrcClient& labelling = group.enter("lena", kAllCapabilities);
    labelling.send("@label=half PRIVMSG #d");
    IrcClient& too_long = group.enter("tom");
    too_long.send("PRIVMSG #dev :" + std::string(10'000, 'x'));
    for (IrcClient* one : {&nick_only, &negotiating, &half_a_line, &batching}) one->forget();
    group.settle({&anna});

    for (const int workers : {3, 5, 2}) reload_with(server, workers);
    for (IrcClient& one : group.all()) CHECK_FALSE(one.ended());
    anna.forget();

    nick_only.say("USER dora 0 * :Dora");
    CHECK(with_command("001", nick_only.fence()).size() == 1);
    negotiating.say("CAP LIST");
    CHECK(containing(negotiating.fence(), " CAP * LIST :cap-notify message-tags server-time")
              .size() == 1);
    negotiating.say("CAP END");
    CHECK(with_command("001", negotiating.fence()).size() == 1);
    silent.introduce("silent");
    CHECK(with_command("001", silent.fence()).size() == 1);
    half_a_command.send("CK henry\r\nUSER henry 0 * :Henry\r\n");
    CHECK(with_command("001", half_a_command.fence()).size() == 1);

    half_a_line.send("ended after\r\n");
    half_a_line.fence();
    CHECK(was_told(anna, "PRIVMSG", "PRIVMSG #dev :begun before, ended after"));

    batching.say("@batch=1 PRIVMSG #dev :line two");
    batching.say("BATCH -1");
    const Lines echo = batching.fence();
    CHECK(containing(echo, "label=L").size() == 1);
    const Lines told = with_command("PRIVMSG", anna.fence());
    REQUIRE(told.size() == 2);
    CHECK(told[0].ends_with(" PRIVMSG #dev :line one"));
    CHECK(told[1].ends_with(" PRIVMSG #dev :line two"));

    labelling.send("ev :hello\r\n");
    CHECK(containing(labelling.fence(), "@label=half").size() == 1);
    too_long.send("y\r\n");
    const Lines refused = too_long.fence();
    CHECK(refused == Lines{":banter.local 417 tom :Input line was too long"});
    CHECK(with_command("JOIN", too_long.ask("JOIN #dev")).size() == 1);
  }

  TEST_CASE("G2: what is asked and said while SIGHUP is under way is done once, in its order") {
    constexpr int kLines = 120;
    Server server(reloadable(2));
    IrcGroup group(server);
    ClientGroup lines(server);
    LineClient& talker = lines.enter("talker");
    const auto people = group.enter_many("p", 12, kAllCapabilities);
    for (IrcClient* one : people) one->ask("JOIN #lobby");
    group.start_afresh();
    int said = 0;
    const auto speak = [&](int count) {
      for (int i = 0; i < count; ++i, ++said) {
        const std::string number = std::to_string(said);
        for (IrcClient* one : people) {
          one->say("@label=a" + number + " PRIVMSG #lobby :line " + number);
          one->say("@label=b" + number + " WHOIS p1");
          one->say("@label=c" + number + " PRIVMSG #none :no");
        }
      }
    };
    for (const int workers : {3, 5, 2, 4}) {
      CAPTURE(workers);
      speak(kLines / 12);
      server.configure(reloadable(workers));
      server.signal(SIGHUP);
      speak(kLines / 12);
      REQUIRE(server.wait_for_reload());
    }
    group.settle(people);
    Lines order;
    for (IrcClient* one : people) {
      const Lines heard = one->heard();
      Lines spoken;
      std::map<std::string, int> labels;
      for (const std::string& line : heard) {
        if (const auto label = tag_of(line, "label")) ++labels[*label];
        if (command_of(line) == "PRIVMSG")
          spoken.emplace_back(without_tags(std::string_view(line)));
      }
      CHECK(labels.size() == static_cast<size_t>(3 * said));
      CHECK(std::ranges::all_of(labels, [](const auto& label) { return label.second == 1; }));
      CHECK(spoken.size() == people.size() * static_cast<size_t>(said));
      if (order.empty()) order = spoken;
      CHECK(spoken == order);
    }
    lines.settle({&talker});
    CHECK(said_in(talker.heard()).size() == order.size());
  }

  TEST_CASE("G3: registrations under way while SIGHUP comes again and again all succeed") {
    constexpr size_t kClients = 60;
    Server server(reloadable(2));
    IrcGroup group(server);
    std::vector<IrcClient*> crowd;
    size_t next = 0;
    for (const int workers : {3, 5, 2}) {
      server.configure(reloadable(workers));
      server.signal(SIGHUP);
      for (size_t i = 0; i < kClients / 3; ++i, ++next) {
        crowd.push_back(&group.connect());
        crowd.back()->introduce("p" + std::to_string(next), next % 2 == 0 ? kAllCapabilities : "");
        crowd.back()->say("JOIN #dev");
      }
      REQUIRE(server.wait_for_reload());
    }
    group.settle(crowd);
    for (IrcClient* one : crowd) CHECK(with_command("001", one->heard()).size() == 1);
    IrcClient& witness = group.enter("witness");
    CHECK(with_command("352", witness.ask("WHO #dev")).size() == kClients);
  }
}

}  // namespace banterd::tests
