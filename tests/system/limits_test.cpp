// Limits: who is too many or too fast is told so politely, and everybody else does not notice.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/process_facts.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

using Clock = std::chrono::steady_clock;

ServerConfig with_limits(const std::string& limits) {
  ServerConfig config;
  config.limits = limits;
  return config;
}

// Lets a running process have no descriptor from number `limit` on (getrlimit(2)). Returns what
// held before.
rlimit limit_descriptors(pid_t pid, uint64_t limit) {
  rlimit before{};
  REQUIRE(prlimit(pid, RLIMIT_NOFILE, nullptr, &before) == 0);
  const rlimit wanted{limit, before.rlim_max};
  REQUIRE(prlimit(pid, RLIMIT_NOFILE, &wanted, nullptr) == 0);
  return before;
}

void wait_until_admitted(Server& server, ClientGroup& group) {
  const bool admitted = server.loop().poll_until([&] {
    LineClient& next = group.connect();
    const bool greeted = next.next().starts_with("* Welcome");
    next.leave();
    return greeted;
  });
  CHECK(admitted);
}

}  // namespace

TEST_SUITE("system/limits") {
  TEST_CASE(
      "more connections from one address than allowed are refused with a line that says why") {
    Server server(with_limits(R"({"max_connections_per_address": 3})"));
    ClientGroup group(server);
    group.enter_many(3);
    LineClient& fourth = group.connect();
    CHECK(fourth.until_end() == Lines{"! too many connections from your address"});
    LineClient& from_elsewhere =
        group.enter("other", {.port = server.port(), .source = "127.0.0.9"});
    from_elsewhere.fence();
    // One leaves, another may come.
    group.all()[0].leave();
    from_elsewhere.expect("* " + group.all()[0].guest_nick() + " quit");
    wait_until_admitted(server, group);
  }

  TEST_CASE("who connects too often is refused, over reloads too, until the limit is another") {
    const std::string too_often = "! your address connects too often: try again in a minute";
    const ServerConfig config = with_limits(R"({"connections_per_minute_per_address": 1})");
    Server server(config);
    ClientGroup group(server);
    LineClient& first = group.enter("first");
    CHECK(group.connect().until_end() == Lines{too_often});
    group.enter("other", {.port = server.port(), .source = "127.0.0.9"});
    REQUIRE(server.reload());
    server.wait_for_log("the master goes on as a new program");
    CHECK(server.count_in_log("connections refused count=1") == 1);
    CHECK(group.connect().until_end() == Lines{too_often});
    server.configure(with_limits("{}"));
    REQUIRE(server.reload());
    for (const char* nick : {"second", "third"}) group.enter(nick);
    server.configure(config);
    REQUIRE(server.reload());
    group.enter("fourth");
    CHECK(group.connect().until_end() == Lines{too_often});
    // Who is in stays.
    first.fence();
  }

  TEST_CASE("more connections than allowed in all are refused, and what they send does no harm") {
    Server server(with_limits(R"({"max_connections": 5})"));
    ClientGroup group(server);
    const auto people = group.enter_many(5);
    for (int i = 0; i < 20; ++i) {
      LineClient& late = group.connect();
      late.send("hello?\n" + std::string(10'000, 'x'));
      CHECK(late.until_end() == Lines{"! server is full"});
    }
    people[0]->say("undisturbed");
    people[0]->fence();
    for (size_t i = 1; i < 5; ++i)
      CHECK(people[i]->fence() == Lines{"<" + people[0]->guest_nick() + "> undisturbed"});
  }

  TEST_CASE("a flood is slowed and told of once; nothing of it is lost or out of order") {
    constexpr int kLines = 200;
    Server server(with_limits(R"({"messages_per_second": 100, "message_burst": 10})"));
    ClientGroup group(server);
    LineClient& flooder = group.enter("flooder");
    LineClient& witness = group.enter("witness");
    group.start_afresh();
    // What is allowed at once is allowed again when he has been quiet.
    std::string script;
    Lines expected;
    for (int i = 0; i < kLines; ++i) {
      script += "line " + std::to_string(i) + "\n";
      expected.push_back("<flooder> line " + std::to_string(i));
    }
    const auto begin = Clock::now();
    flooder.send(script);
    witness.expect(expected.front());
    // Others go on meanwhile.
    witness.say("I am not slowed");
    flooder.expect("<witness> I am not slowed");
    CHECK(witness.count(expected.back()) == 0);
    Lines heard = witness.until(expected.back());
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    heard.insert(heard.begin(), expected.front());
    heard.push_back(expected.back());
    CHECK(said_in(heard) == expected);
    CHECK(took >= std::chrono::milliseconds(1500));  // 190 lines at 100 a second
    flooder.forget();
    CHECK(flooder.fence().empty());
  }

  TEST_CASE("a flood is told of once") {
    Server server(with_limits(R"({"messages_per_second": 10, "message_burst": 10})"));
    ClientGroup group(server);
    LineClient& flooder = group.connect();
    // Who is not looked at for a second has been slow enough again, so the rate is low.
    std::string script;
    for (int i = 0; i < 25; ++i) script += "line\n";
    flooder.send(script);
    CHECK(containing(flooder.fence(), "! you send faster than 10 lines a second").size() == 1);
  }

  TEST_CASE("with few descriptors fewer connections are admitted, the others refused politely") {
    constexpr size_t kTooMany = 120;
    ServerConfig config;
    config.descriptor_limit = 64;
    Server server(config);
    ClientGroup group(server);
    const auto people = group.enter_many(6);
    std::vector<LineClient*> crowd;
    for (size_t i = 0; i < kTooMany; ++i) {
      crowd.push_back(&group.connect());
      crowd.back()->stay();  // so that the refused keep the master's descriptors for a while
    }
    size_t admitted = 0;
    for (LineClient* one : crowd) {
      const std::string first = one->next();
      if (first.starts_with("* Welcome")) {
        ++admitted;
      } else {
        CHECK(first.starts_with("! server is "));
        CHECK(one->until_end().empty());
      }
    }
    CHECK(admitted > 0);
    CHECK(admitted < 64);
    people[0]->say("undisturbed");
    for (LineClient* one : people) {
      if (one != people[0]) one->expect("<" + people[0]->guest_nick() + "> undisturbed");
    }
    for (LineClient* one : crowd) one->leave();
    wait_until_admitted(server, group);
    CHECK(server.count_in_log("worker died") == 0);
  }

  TEST_CASE("a master without descriptors refuses politely, and goes on when some are free again") {
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(6);
    const rlimit before = limit_descriptors(server.master(), next_descriptor(server.master()));
    for (int i = 0; i < 3; ++i) {
      LineClient& late = group.connect();
      CHECK(late.until_end() == Lines{"! server is out of descriptors, try again later"});
    }
    people[0]->say("undisturbed");
    for (LineClient* one : people) {
      if (one != people[0]) one->expect("<" + people[0]->guest_nick() + "> undisturbed");
    }
    CHECK(server.count_in_log("accepting pauses") == 1);
    LineClient& patient = group.connect();
    limit_descriptors(server.master(), before.rlim_cur);
    if (patient.next().starts_with("! ")) wait_until_admitted(server, group);
    server.wait_for_log("accepting again");
  }

  TEST_CASE("a worker without descriptors costs nobody his connection: others take it") {
    Server server;
    ClientGroup group(server);
    group.enter_many(3);
    const rlimit before = limit_descriptors(server.worker(0), next_descriptor(server.worker(0)));
    const auto late = group.enter_many(6);
    CHECK(connections_to(server.port(), server.worker(0)) == 1);
    late[0]->say("/who");
    late[0]->until([](const std::string& line) { return line.starts_with("* 9 people are in"); },
                   "9 people");
    // When none has any, that is said.
    for (const int slot : {1, 2}) limit_descriptors(server.worker(slot), 1);
    CHECK(group.connect().until_end() == Lines{"! server is full"});
    for (const int slot : {0, 1, 2}) limit_descriptors(server.worker(slot), before.rlim_cur);
    wait_until_admitted(server, group);
    CHECK(server.count_in_log("worker died") == 0);
  }
}

}  // namespace banterd::tests
