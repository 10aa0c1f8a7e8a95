// What IRC operators may do, and that nobody else may: OPER, KILL, WALLOPS, KLINE, REHASH, DIE,
// RESTART.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/irc_group.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

const std::string kOper = "OPER operuser operpassword";

ServerConfig with_operator(int workers = 3, const std::string& more = {}) {
  ServerConfig config = irc_config(workers);
  config.more += an_operator() + more;
  return config;
}

std::string state_in(const TemporaryFolder& folder) {
  return R"(, "state_directory": ")" + folder.path().string() + "\"";
}

void become_operator(IrcClient& client) {
  REQUIRE(with_command("381", client.ask(kOper)).size() == 1);
}

// An operator, and two others with other workers, all in #dev.
struct Scene {
  Server server;
  IrcGroup group{server};
  IrcClient& oper;
  IrcClient& ann;
  IrcClient& bob;

  explicit Scene(const ServerConfig& config = with_operator())
      : server(config),
        oper(group.enter("oper")),
        ann(group.enter("ann")),
        bob(group.enter("bob")) {
    become_operator(oper);
    for (IrcClient* one : {&oper, &ann, &bob}) one->ask("JOIN #dev");
    group.start_afresh();
  }
};

// How a try to register as `nick` ends: "" when he is welcome, else the last line.
std::string refusal_of(IrcGroup& group, std::string_view nick) {
  IrcClient& client = group.connect();
  client.introduce(nick);
  client.ask_fence();
  group.wait_for([&] { return client.ended() || client.fence_answered(); }, "a welcome or the end");
  if (client.ended()) return client.heard().back();
  client.say("QUIT");
  client.until_end();
  return "";
}

void wait_for_restart(Server& server) {
  REQUIRE(server.loop().run_until([&] { return server.count_in_log(" banterd ready ") == 2; }));
}

}  // namespace

TEST_SUITE("system/irc_operator") {
  TEST_CASE("OPER wants the right name and password, and both tries are logged") {
    Server server(with_operator());
    IrcGroup group(server);
    IrcClient& ann = group.enter("ann");
    for (const char* wrong : {"OPER operuser wrong", "OPER operuser :", "OPER nobody operpassword",
                              "OPER operuser operpasswordx"}) {
      CAPTURE(wrong);
      const Lines answer = ann.ask(wrong);
      REQUIRE(answer.size() == 1);
      CHECK((command_of(answer[0]) == "464" || command_of(answer[0]) == "461"));
    }
    CHECK(ann.ask("STATS k") ==
          Lines{":banter.local 481 ann :Permission Denied- You're not an IRC operator",
                ":banter.local 219 ann k :End of /STATS report"});
    CHECK(ann.ask(kOper) == Lines{":ann!ann@127.0.0.1 MODE ann +o",
                                  ":banter.local 381 ann :You are now an IRC operator"});
    CHECK(containing(ann.ask("MODE ann"), " 221 ann +o").size() == 1);
    CHECK(with_command("481", ann.ask("STATS k")).empty());
    IrcClient& bob = group.enter("bob");
    CHECK(with_command("313", bob.ask("WHOIS ann")).size() == 1);
    // Of others' ranks only taking one's own away is possible.
    CHECK(bob.ask("MODE bob +o") == Lines{});
    CHECK(containing(ann.ask("MODE ann -o"), "MODE ann -o").size() == 1);
    CHECK(with_command("313", bob.ask("WHOIS ann")).empty());
    server.wait_for_log("OPER refused: the password is wrong");
    server.wait_for_log("OPER refused: there is no such operator");
    server.wait_for_log("somebody is an operator now");
    CHECK(server.count_in_log("operpassword") == 0);
  }

  TEST_CASE("many who try passwords hold nobody else up, and leaving meanwhile does no harm") {
    Server server(with_operator(1));
    IrcGroup group(server);
    IrcClient& ann = group.enter("ann");
    const auto crowd = group.enter_many("p", 20);
    for (IrcClient* one : crowd) one->say("OPER operuser wrong");
    for (size_t i = 0; i < crowd.size(); i += 2) crowd[i]->leave();
    // His answers come while theirs are worked out.
    for (int i = 0; i < 10; ++i) CHECK(ann.fence().empty());
    for (size_t i = 1; i < crowd.size(); i += 2)
      CHECK(with_command("464", crowd[i]->fence()).size() == 1);
    become_operator(ann);
  }

  TEST_CASE("a reload does not wait for all who try passwords") {
    Server server(with_operator(1));
    IrcGroup group(server);
    const auto crowd = group.enter_many("p", 60);
    for (IrcClient* one : crowd) one->say("OPER operuser wrong");
    // They have been read.
    IrcClient& ann = group.enter("ann");
    CHECK(server.reload());
    for (IrcClient* one : crowd) {
      const Lines heard = one->fence();
      CHECK(with_command("464", heard).size() + with_command("263", heard).size() == 1);
    }
    become_operator(ann);
  }

  TEST_CASE("nobody but operators may use their commands") {
    Scene scene;
    for (const char* command : {"KILL bob :no", "WALLOPS :hear", "KLINE 5 x!*@* :no",
                                "UNKLINE x!*@*", "REHASH", "DIE", "RESTART"}) {
      CAPTURE(command);
      CHECK(scene.ann.ask(command) ==
            Lines{":banter.local 481 ann :Permission Denied- You're not an IRC operator"});
    }
    CHECK_FALSE(scene.bob.ended());
    CHECK(refusal_of(scene.group, "x").empty());
  }

  TEST_CASE("KILL ends a person, by whichever protocol he came, and others see him quit once") {
    Scene scene;
    ClientGroup lines(scene.server);
    LineClient& carl = lines.enter("carl");
    carl.say("/join #dev");
    carl.fence();
    scene.group.start_afresh();
    scene.oper.ask("KILL ann :spam");
    const Lines last = scene.ann.until_end();
    REQUIRE(last.size() == 2);
    CHECK(last[0] == ":oper!oper@127.0.0.1 KILL ann :oper (spam)");
    CHECK(last[1] == "ERROR :Closing link: ann (Killed: oper (spam))");
    CHECK(scene.bob.fence() == Lines{":ann!ann@127.0.0.1 QUIT :Killed: oper (spam)"});
    CHECK(with_command("401", scene.bob.ask("WHOIS ann")).size() == 1);
    CHECK(with_command("401", scene.oper.ask("KILL ann :again")).size() == 1);
    scene.oper.ask("KILL carl :spam");
    const Lines told = carl.until_end();
    CHECK(told.back() == "! Killed: oper (spam)");
    CHECK(with_command("QUIT", scene.bob.fence()).size() == 1);
    scene.server.wait_for_log("client killed");
    CHECK(refusal_of(scene.group, "ann").empty());
  }

  TEST_CASE("who kills himself, or is killed by two at once, has gone once") {
    Scene scene;
    become_operator(scene.bob);
    scene.group.start_afresh();
    scene.oper.say("KILL ann :one");
    scene.bob.say("KILL ann :two");
    scene.ann.until_end();
    const Lines seen = scene.bob.fence();
    CHECK(with_command("QUIT", seen).size() == 1);
    scene.oper.say("KILL oper :me");
    scene.oper.until_end();
    CHECK(with_command("QUIT", scene.bob.fence()).size() == 1);
    CHECK(with_command("315", scene.bob.ask("WHO #dev")).size() == 1);
  }

  TEST_CASE("WALLOPS reaches those with user mode w, on all workers") {
    Scene scene;
    scene.ann.ask("MODE ann +w");
    scene.oper.ask("WALLOPS :hear ye");
    CHECK(scene.ann.fence() == Lines{":oper!oper@127.0.0.1 WALLOPS :hear ye"});
    CHECK(scene.bob.fence() == Lines{});
    scene.server.wait_for_log("WALLOPS");
  }

  TEST_CASE("KLINE ends those whom it matches, keeps them out, and UNKLINE lets them in again") {
    Scene scene;
    scene.oper.ask("KLINE 60 an?!*@127.0.0.1 :too loud");
    CHECK(scene.ann.until_end() == Lines{"ERROR :Closing link: ann (Banned: too loud)"});
    CHECK(scene.bob.fence() == Lines{":ann!ann@127.0.0.1 QUIT :Banned: too loud"});
    CHECK(refusal_of(scene.group, "any") == "ERROR :Closing link: * (Banned: too loud)");
    CHECK(refusal_of(scene.group, "anyone").empty());
    const Lines listed = with_command("216", scene.oper.ask("STATS k"));
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].find("an?!*@127.0.0.1") != std::string::npos);
    CHECK(listed[0].find("too loud") != std::string::npos);
    // Everybody is nobody whom one could mean.
    CHECK_FALSE(with_command("415", scene.oper.ask("KLINE *!*@* :all")).empty());
    CHECK_FALSE(scene.bob.ended());
    scene.oper.ask("UNKLINE an?!*@127.0.0.1");
    CHECK(refusal_of(scene.group, "ann").empty());
    scene.server.wait_for_log(" KLINE ");
    scene.server.wait_for_log(" UNKLINE ");
    CHECK(scene.server.count_in_log("too loud") > 0);
  }

  TEST_CASE("cloaked hosts hide addresses from all but operators, and K-lines may name either") {
    ServerConfig config = irc_config(3);
    config.more = an_operator();
    Server server(config);
    IrcGroup group(server);
    IrcClient& oper = group.enter("oper");
    become_operator(oper);
    IrcClient& ann = group.enter("ann");
    IrcClient& bob = group.enter("bob");
    for (const char* question : {"WHOIS ann", "WHO ann %nuhi", "USERHOST ann", "WHOWAS ann"})
      CHECK(containing(bob.ask(question), "127.0.0.1").empty());
    CHECK(containing(oper.ask("WHOIS ann"), "127.0.0.1").size() == 1);
    const std::string host = ann.ask("PRIVMSG ann :me").at(0);
    const size_t at = host.find('@');
    const std::string cloaked = host.substr(at + 1, host.find(' ') - at - 1);
    CHECK(cloaked.ends_with(".cloak"));
    oper.ask("KLINE 60 a*!*@" + cloaked + " :by cloak");
    CHECK(ann.until_end() == Lines{"ERROR :Closing link: ann (Banned: by cloak)"});
    oper.ask("KLINE 60 b*!*@127.0.0.* :by address");
    CHECK(bob.until_end() == Lines{"ERROR :Closing link: bob (Banned: by address)"});
    CHECK(refusal_of(group, "bert") == "ERROR :Closing link: * (Banned: by address)");
  }

  TEST_CASE("K-lines outlive a restart in the state directory, unless their time is over") {
    const TemporaryFolder state;
    const ServerConfig config = with_operator(3, state_in(state));
    {
      Scene scene(config);
      scene.oper.ask("KLINE 60 ann!*@* :for an hour");
      scene.oper.ask("KLINE bob!*@* :for ever");
      scene.oper.ask("KLINE carl!*@* :not for long");
      scene.oper.ask("UNKLINE carl!*@*");
      scene.bob.until_end();
    }
    {
      Server server(config);
      IrcGroup group(server);
      CHECK(refusal_of(group, "ann") == "ERROR :Closing link: * (Banned: for an hour)");
      CHECK(refusal_of(group, "bob") == "ERROR :Closing link: * (Banned: for ever)");
      CHECK(refusal_of(group, "carl").empty());
      IrcClient& oper = group.enter("oper");
      become_operator(oper);
      CHECK(with_command("216", oper.ask("STATS k")).size() == 2);
    }
    // One whose time was over while the server was not running.
    static_cast<void>(state.write(
        "bans.json",
        R"({"version":1,"bans":[{"mask":"ann!*@*","reason":"over","author":"oper","at":1000,"expires":2000},
            {"mask":"bob!*@*","reason":"still","author":"oper","at":1000,"expires":0}]})"));
    Server server(config);
    IrcGroup group(server);
    CHECK(refusal_of(group, "ann").empty());
    CHECK(refusal_of(group, "bob") == "ERROR :Closing link: * (Banned: still)");
  }

  TEST_CASE("a K-line outlives a restart, though its worker died before it was in the file") {
    const TemporaryFolder state;
    ServerConfig config = with_operator(3, state_in(state));
    config.binary = BANTERD_FAULTY_BINARY;
    {
      Scene scene(config);
      scene.server.inject("bans die");
      scene.oper.say("KLINE eve!*@* :for ever");
      scene.group.wait_for([&] { return scene.server.spawned() == 4; }, "the next worker");
    }
    Server server(config);
    IrcGroup group(server);
    CHECK(refusal_of(group, "eve") == "ERROR :Closing link: * (Banned: for ever)");
  }

  TEST_CASE("K-lines are kept in a state directory that a reload brings in") {
    const TemporaryFolder state;
    {
      Scene scene(with_operator(3));
      scene.oper.ask("KLINE eve!*@* :for ever");
      scene.server.configure(with_operator(3, state_in(state)));
      CHECK(scene.server.reload());
    }
    Server server(with_operator(3, state_in(state)));
    IrcGroup group(server);
    CHECK(refusal_of(group, "eve") == "ERROR :Closing link: * (Banned: for ever)");
  }

  TEST_CASE("a K-line whose time is over lets people in again") {
    constexpr auto kTime = std::chrono::milliseconds(1500);
    const TemporaryFolder state;
    const auto expires = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch() + kTime);
    static_cast<void>(state.write(
        "bans.json",
        R"({"version":1,"bans":[{"mask":"ann!*@*","reason":"a while","author":"oper","at":1000,"expires":)" +
            std::to_string(expires.count()) + "}]}"));
    Server server(with_operator(3, state_in(state)));
    IrcGroup group(server);
    IrcClient& oper = group.enter("oper");
    become_operator(oper);
    CHECK(with_command("216", oper.ask("STATS k")).size() == 1);
    CHECK_FALSE(refusal_of(group, "ann").empty());
    CHECK(server.loop().poll_until([&] { return refusal_of(group, "ann").empty(); }));
    CHECK(with_command("216", oper.ask("STATS k")).empty());
  }

  TEST_CASE("K-lines outlive the death of any worker, with and without a state directory") {
    Server server(with_operator(3));
    IrcGroup group(server);
    for (const int slot : {0, 1, 2}) {
      IrcClient& oper = group.enter("oper" + std::to_string(slot));
      become_operator(oper);
      oper.ask("KLINE 60 bad" + std::to_string(slot) + "!*@* :bad");
      const pid_t before = server.worker(slot);
      server.kill_worker(slot);
      server.wait_for_respawn(slot, before);
      for (int bad = 0; bad <= slot; ++bad)
        CHECK(refusal_of(group, "bad" + std::to_string(bad)) ==
              "ERROR :Closing link: * (Banned: bad)");
    }
  }

  TEST_CASE("REHASH reloads: a new configuration, nobody disconnected") {
    ServerConfig config = with_operator(2);
    Scene scene(config);
    config.workers = 4;
    scene.server.configure(config);
    CHECK(with_command("382", scene.oper.ask("REHASH")).size() == 1);
    REQUIRE(scene.server.wait_for_reload());
    CHECK(scene.server.workers().size() == 4);
    for (IrcClient* one : {&scene.oper, &scene.ann, &scene.bob}) CHECK(one->fence().empty());
    scene.server.wait_for_log("an operator asks");
  }

  TEST_CASE("DIE and RESTART are refused unless the configuration allows them") {
    Scene scene;
    CHECK(with_command("723", scene.oper.ask("DIE")).size() == 1);
    CHECK(with_command("723", scene.oper.ask("RESTART")).size() == 1);
    CHECK_FALSE(scene.ann.ended());
  }

  TEST_CASE("DIE ends the server in order") {
    Scene scene(with_operator(3, R"(, "operator_commands": {"die": true})"));
    scene.oper.say("DIE");
    const Ended end = scene.server.wait_for_end();
    CHECK(end.status == 0);
    CHECK(scene.ann.until_end().back() == "ERROR :Server is shutting down");
    CHECK(scene.server.all_gone());
  }

  TEST_CASE("RESTART ends all in order, and the server is there again") {
    Scene scene(with_operator(3, R"(, "operator_commands": {"restart": true})"));
    scene.oper.say("RESTART");
    CHECK(scene.ann.until_end().back() == "ERROR :Server is shutting down");
    wait_for_restart(scene.server);
    scene.group.connect_to(scene.server.port(3));
    CHECK(refusal_of(scene.group, "ann").empty());
  }
}

}  // namespace banterd::tests
