// G2, G3: whatever the operator changes by SIGHUP, nobody is disconnected and nothing is lost,
// doubled or reordered; and a reload that fails is as if it had not been tried.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/process_facts.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

ServerConfig with_workers(int workers) {
  ServerConfig config;
  config.workers = workers;
  config.own_copy = true;
  return config;
}

ServerConfig faulty(int workers) {
  ServerConfig config = with_workers(workers);
  config.binary = BANTERD_FAULTY_BINARY;
  return config;
}

// Who says numbered lines, and what all others must have heard of it.
class Speech {
 public:
  Speech(LineClient& speaker, std::string nick) : speaker_(speaker), nick_(std::move(nick)) {}

  void say(int lines) {
    for (int i = 0; i < lines; ++i) speaker_.say("line " + std::to_string(said_++));
  }
  void check_heard_by(LineClient& listener) const {
    const Lines heard = containing(listener.heard(), "<" + nick_ + "> line ");
    REQUIRE(heard.size() == static_cast<size_t>(said_));
    for (int i = 0; i < said_; ++i)
      REQUIRE(heard[static_cast<size_t>(i)] == "<" + nick_ + "> line " + std::to_string(i));
  }

 private:
  LineClient& speaker_;
  std::string nick_;
  int said_ = 0;
};

// No other server could listen on that port.
bool is_taken(uint16_t port) {
  const base::UniqueFd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  REQUIRE(setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
  sockaddr_in all{};
  all.sin_family = AF_INET;
  all.sin_port = htons(port);
  return bind(probe.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all) < 0 &&
         errno == EADDRINUSE;
}

void check_all_hear_each_other(ClientGroup& group, LineClient& one, LineClient& other) {
  group.start_afresh();
  one.say("are you there?");
  other.expect("<one> are you there?");
  other.say("yes");
  one.expect("<other> yes");
}

}  // namespace

TEST_SUITE("system/reload") {
  TEST_CASE("G3: SIGHUP under load changes program and number of workers, and nobody notices") {
    Server server(with_workers(2));
    ClientGroup group(server);
    LineClient& speaker = group.enter("speaker");
    std::vector<LineClient*> people = group.enter_many(40);
    group.start_afresh();
    Speech speech(speaker, "speaker");
    for (const int workers : {3, 5, 2, 1, 3}) {
      CAPTURE(workers);
      speech.say(50);
      server.configure(with_workers(workers));
      server.replace_binary();
      server.signal(SIGHUP);
      speech.say(50);
      REQUIRE(server.wait_for_reload());
      speech.say(50);
      CHECK(server.workers().size() == static_cast<size_t>(workers));
    }
    people.push_back(&speaker);
    group.settle(people);
    people.pop_back();
    for (LineClient* person : people) {
      speech.check_heard_by(*person);
      CHECK_FALSE(person->ended());
    }
    CHECK(group.all_clean());
  }

  TEST_CASE("half a line, rooms, topics and nicks go on over a reload") {
    Server server(with_workers(3));
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& other = group.enter("other");
    one.say("/join #dev");
    one.fence();
    other.say("/join #dev");
    one.say("/topic engines");
    group.start_afresh();
    one.send("begun before, ");
    group.settle({&other});
    server.configure(with_workers(2));
    REQUIRE(server.reload());
    one.send("ended after\n");
    other.expect("<one> begun before, ended after");
    other.say("/topic");
    other.expect("* The topic of #dev is: engines (set by one)");
    LineClient& third = group.enter("third");
    third.say("/join #dev");
    third.expect("* third joined #dev");
    third.until(
        [](const std::string& line) { return line.ends_with("<one> begun before, ended after"); },
        "the history");
    third.say("/nick One");
    CHECK(third.next().starts_with("! "));
    one.say("/quit");
    other.expect("* one quit");
    one.until_end();
    third.say("/nick One");
    other.expect("* third is now One");
  }

  TEST_CASE("listeners come and go, and who came by one that has gone lives on") {
    ServerConfig config = with_workers(2);
    config.listeners = R"([{"protocol": "line", "port": 0},
                           {"protocol": "echo", "address": "127.0.0.1", "port": 0}])";
    Server server(config);
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& echo = group.connect({.port = server.port(1)});
    echo.say("ping");
    CHECK(echo.next() == "ping");
    config.listeners = R"([{"protocol": "line", "port": 0},
                           {"protocol": "line", "unix": ")" +
                       (server.folder() / "line.sock").string() + R"(", "mode": "0600"}])";
    server.configure(config);
    REQUIRE(server.reload());
    echo.say("still there");
    CHECK(echo.next() == "still there");
    LineClient& other =
        group.enter("other", {.unix_path = (server.folder() / "line.sock").string()});
    LineClient& third = group.enter("third");
    group.settle({&one, &other, &third});
    third.say("hello");
    one.expect("<third> hello");
    other.expect("<third> hello");
    LineClient& refused = group.connect({.port = server.port(1)});
    group.wait_for([&] { return refused.ended(); }, "the end of a connection to a closed port");
    CHECK(refused.error() == ECONNREFUSED);
    // And back again.
    config.listeners = R"([{"protocol": "line", "port": 0}])";
    server.configure(config);
    REQUIRE(server.reload());
    other.say("by a door that is gone");
    one.expect("<other> by a door that is gone");
    CHECK_FALSE(std::filesystem::exists(server.folder() / "line.sock"));
  }

  TEST_CASE("a listener goes from one address to all, and back, and who connects is let in") {
    ServerConfig config = faulty(2);
    Server server(config);
    const uint16_t port = server.port();
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    struct Try {
      const char* address;
      bool fails;
    };
    for (const auto& [address, fails] : {Try{"0.0.0.0", true}, Try{"0.0.0.0", false},
                                         Try{"127.0.0.1", true}, Try{"127.0.0.1", false}}) {
      CAPTURE(address);
      CAPTURE(fails);
      config.listeners = R"([{"protocol": "line", "address": ")" + std::string(address) +
                         R"(", "port": )" + std::to_string(port) + "}]";
      server.configure(config);
      if (fails) server.inject("export fail");
      // A worker that does not answer holds up the reload when nobody is accepted any more.
      const pid_t stopped = server.worker(0);
      kill(stopped, SIGSTOP);
      server.signal(SIGHUP);
      const size_t ready = server.count_in_log("worker ready") + 2;
      group.wait_for([&] { return server.count_in_log("worker ready") == ready; },
                     "the new workers");
      LineClient& meanwhile = group.connect({.port = port});
      kill(stopped, SIGCONT);
      REQUIRE(server.wait_for_reload() != fails);
      meanwhile.say("let in");
      one.until([&](const std::string& line) { return line.ends_with("> let in"); }, "who came");
      CHECK(is_taken(port));
    }
    LineClient& last = group.enter("last");
    one.say("hello");
    last.expect("<one> hello");
  }

  TEST_CASE("a configuration that is wrong changes nothing, and the log says where") {
    Server server(with_workers(2));
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& other = group.enter("other");
    const auto before = server.workers();
    std::ofstream(server.folder() / "banterd.json") << "{\n  \"workers\": \"many\"\n}\n";
    CHECK_FALSE(server.reload());
    CHECK(server.count_in_log("banterd.json:2:14: ") > 0);
    CHECK(server.workers() == before);
    check_all_hear_each_other(group, one, other);
    server.configure(with_workers(3));
    CHECK(server.reload());
    check_all_hear_each_other(group, one, other);
  }

  TEST_CASE("a step of a reload that fails leaves the old generation serving everybody") {
    std::string fault;
    for (const char* step :
         {"check fail", "listen fail", "start fail", "mesh fail", "pipes fail", "freeze fail",
          "freeze die", "freeze stop", "export fail", "sockets fail", "import fail", "import die",
          "import stop", "receive fail", "receive die", "imported fail", "imported die"}) {
      SUBCASE(step) { fault = step; }
    }
    if (fault.empty()) return;
    CAPTURE(fault);
    Server server(faulty(2));
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& other = group.enter("other");
    std::vector<LineClient*> people = group.enter_many(10);
    group.start_afresh();
    const auto before = server.workers();
    ServerConfig more = faulty(3);
    more.listeners = R"([{"protocol": "line", "port": 0}, {"protocol": "echo", "port": 0}])";
    server.configure(more);
    server.inject(fault);
    one.send("half a ");
    Speech speech(other, "other");
    speech.say(20);
    CHECK_FALSE(server.reload());
    speech.say(20);
    one.send("line\n");
    const bool worker_died = fault == "freeze die" || fault == "freeze stop";
    if (!worker_died) {
      CHECK(server.workers() == before);
      other.expect("<one> half a line");
      static_cast<void>(other.fence());
      group.settle(people);
      for (LineClient* person : people) speech.check_heard_by(*person);
      check_all_hear_each_other(group, one, other);
      // The next one is done.
      CHECK(server.reload());
      CHECK(server.workers().size() == 3);
      check_all_hear_each_other(group, one, other);
      for (LineClient* person : people) CHECK_FALSE(person->ended());
    } else {
      // Who lived with the worker that died is gone; the others go on.
      LineClient& third = group.enter("third");
      group.wait_for(
          [&] {
            return std::ranges::any_of(people, [](const LineClient* p) { return p->ended(); });
          },
          "the end of those who lived with the dead worker");
      std::erase_if(people, [](const LineClient* person) { return person->ended(); });
      REQUIRE_FALSE(people.empty());
      group.settle(people);
      third.say("who is left?");
      for (LineClient* person : people) person->expect("<third> who is left?");
    }
  }

  TEST_CASE("a reload for which there are not enough descriptors leaves everybody where he is") {
    Server server(with_workers(3));
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& other = group.enter("other");
    const std::vector<LineClient*> people = group.enter_many(90);
    rlimit before{};
    REQUIRE(prlimit(server.master(), RLIMIT_NOFILE, nullptr, &before) == 0);
    // For what it starts from now on: one worker alone cannot have them all.
    const rlimit few{80, before.rlim_max};
    REQUIRE(prlimit(server.master(), RLIMIT_NOFILE, &few, nullptr) == 0);
    server.configure(with_workers(1));
    CHECK_FALSE(server.reload());
    CHECK(server.count_in_log("out of descriptors") > 0);
    check_all_hear_each_other(group, one, other);
    REQUIRE(prlimit(server.master(), RLIMIT_NOFILE, &before, nullptr) == 0);
    CHECK(server.reload());
    check_all_hear_each_other(group, one, other);
    for (LineClient* person : people) CHECK_FALSE(person->ended());
  }

  TEST_CASE("an old worker that dies after its export loses nobody") {
    Server server(faulty(2));
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& other = group.enter("other");
    std::vector<LineClient*> people = group.enter_many(20);
    server.configure(faulty(3));
    server.inject("exported die");
    CHECK(server.reload());
    check_all_hear_each_other(group, one, other);
    for (LineClient* person : people) CHECK_FALSE(person->ended());
  }

  TEST_CASE("an exec that fails leaves the master as it was, and is tried again") {
    Server server(faulty(2));
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& other = group.enter("other");
    server.inject("exec fail");
    CHECK(server.reload());
    server.wait_for_log("exec");
    check_all_hear_each_other(group, one, other);
    LineClient& third = group.enter("third");
    check_all_hear_each_other(group, one, other);
    CHECK(server.reload());
    third.say("done");
    one.expect("<third> done");
  }

  TEST_CASE("a second SIGHUP during a reload is done after it") {
    Server server(with_workers(2));
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& other = group.enter("other");
    server.signal(SIGHUP);
    server.configure(with_workers(4));
    server.signal(SIGHUP);
    server.signal(SIGHUP);
    REQUIRE(server.wait_for_reload());
    if (server.workers().size() != 4) REQUIRE(server.wait_for_reload());
    CHECK(server.workers().size() == 4);
    check_all_hear_each_other(group, one, other);
  }

  TEST_CASE("SIGTERM during a reload ends the server in order") {
    for (int times = 0; times < 5; ++times) {
      Server server(with_workers(2));
      ClientGroup group(server);
      LineClient& one = group.enter("one");
      server.signal(SIGHUP);
      // At another moment each time.
      for (int turn = 0; turn < times * 3; ++turn) static_cast<void>(one.fence());
      const Ended end = server.stop(SIGTERM);
      CHECK(end.status == 0);
      const Lines last = one.until_end();
      REQUIRE_FALSE(last.empty());
      CHECK(last.back() == "* Server is shutting down");
    }
  }

  TEST_CASE("SIGHUP works while a slot is down") {
    Server server(with_workers(2));
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& other = group.enter("other");
    LineClient& third = group.enter("third");
    server.kill_worker(0);
    CHECK(server.reload());
    group.wait_for([&] { return one.ended() || other.ended(); }, "the end of the dead worker's");
    std::vector<LineClient*> left;
    for (LineClient* person : {&one, &other, &third}) {
      if (!person->ended()) left.push_back(person);
    }
    LineClient& fourth = group.enter("fourth");
    group.settle(left);
    fourth.say("hello");
    for (LineClient* person : left) person->expect("<fourth> hello");
  }

  TEST_CASE("an upgrade and a downgrade: builds with different exports take over from each other") {
    ServerConfig config = with_workers(2);
    config.binary = BANTERD_OLDER_BINARY;
    Server server(config);
    ClientGroup group(server);
    LineClient& one = group.enter("one");
    LineClient& other = group.enter("other");
    for (const char* binary : {BANTERD_BINARY, BANTERD_OLDER_BINARY, BANTERD_BINARY}) {
      CAPTURE(binary);
      server.replace_binary(binary);
      REQUIRE(server.reload());
      check_all_hear_each_other(group, one, other);
    }
    server.replace_binary(BANTERD_STRANGER_BINARY);
    CHECK_FALSE(server.reload());
    CHECK(server.count_in_log("export") > 0);
    check_all_hear_each_other(group, one, other);
  }

  TEST_CASE("after many reloads nothing is left behind") {
    Server server(with_workers(3));
    ClientGroup group(server);
    std::vector<LineClient*> people = group.enter_many(20);
    size_t reloads = 0;
    const auto reload_some = [&](int times) {
      for (int i = 0; i < times; ++i) REQUIRE(server.reload());
      reloads += static_cast<size_t>(times);
      group.settle(people);
      // The exec comes after the reload has been told of, the end of the old workers before it.
      REQUIRE(server.loop().run_until(
          [&] { return server.count_in_log(" the master goes on ") == reloads; }));
      REQUIRE(children(server.master()).size() == 3);
    };
    reload_some(3);
    const size_t before = descriptors(server.processes());
    reload_some(12);
    CHECK(server.loop().poll_until([&] { return descriptors(server.processes()) == before; }));
    for (LineClient* person : people) CHECK_FALSE(person->ended());
  }
}

}  // namespace banterd::tests
