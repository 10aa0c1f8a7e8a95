// G7: a shutdown tells everybody, gives what was said before, and ends streams in order; and
// whatever ends the master ends the workers.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

using std::chrono::milliseconds;

const std::string kFarewell = "* Server is shutting down";

// What each has heard until an orderly end, the last line of which is the farewell.
Lines told_of_shutdown(LineClient& client) {
  Lines heard = client.until_end();
  REQUIRE_FALSE(heard.empty());
  CHECK(heard.back() == kFarewell);
  CHECK(std::count(heard.begin(), heard.end(), kFarewell) == 1);
  return said_in(heard);
}

}  // namespace

TEST_SUITE("system/shutdown") {
  TEST_CASE("G7: 60 clients with lines in flight are all told and have everything said before") {
    int number = 0;
    SUBCASE("SIGINT") { number = SIGINT; }
    SUBCASE("SIGTERM") { number = SIGTERM; }
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(60);
    const size_t lines = kSanitized ? 100 : 1000;  // of each of ten
    std::string script;
    for (size_t i = 0; i < lines; ++i) script += "line " + std::to_string(i) + "\n";
    for (size_t i = 0; i < 10; ++i) people[i]->send(script);
    group.wait_for([&] { return people.back()->heard_count() > 0; }, "a first line");
    const Ended end = server.stop(number);
    CHECK(end.status == 0);
    MESSAGE("60 clients: the server ended after ", end.took.count(), " ms");
    CHECK(end.took < milliseconds(5000));  // about 100 ms on a quiet machine

    const Lines order = told_of_shutdown(*people.back());
    CHECK_FALSE(order.empty());
    MESSAGE(order.size(), " of ", 10 * lines, " lines were said before the end");
    for (size_t i = 0; i + 1 < people.size(); ++i) {
      const Lines heard = told_of_shutdown(*people[i]);
      CHECK(heard == without_those_of(people[i]->guest_nick(), order));
    }
  }

  TEST_CASE("G7: those who never close their side, or do not read, do not hold up the end") {
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(6);
    people[0]->stay();
    people[1]->stop_reading();
    people[2]->send("half a li");
    people[3]->say("hello");
    group.wait_for([&] { return people[5]->heard_count() > 0; }, "the line");
    const Ended end = server.stop(SIGINT);
    CHECK(end.status == 0);
    MESSAGE("with a client that stays: the server ended after ", end.took.count(), " ms");
    CHECK(end.took < milliseconds(5000));
    for (const size_t i : {0u, 2u, 3u, 4u, 5u}) told_of_shutdown(*people[i]);
    people[1]->read_again();
    CHECK(told_of_shutdown(*people[1]).size() == 1);
  }

  TEST_CASE("G7: a worker that dies with commands open at it does not hold up the end") {
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(12);
    const std::vector<std::string> rooms = {"a", "b", "c", "d", "e", "f"};  // of all owners
    for (LineClient* one : people) {
      for (const std::string& room : rooms) one->say("/join " + room);
    }
    group.settle(people);
    // From here on nothing that it owns is decided.
    REQUIRE(kill(server.worker(1), SIGSTOP) == 0);
    for (size_t i = 0; i < people.size(); ++i)
      people[i]->say("/join " + rooms[i % rooms.size()] + "\nsaid before the end");
    const auto hears = [](LineClient* one) {
      return !containing(one->heard(), "> said before the end").empty();
    };
    group.wait_for([&] { return std::ranges::count_if(people, hears) >= 6; }, "lines of others");
    server.signal(SIGINT);
    server.wait_for_log("shutting down");
    server.kill_worker(1);
    const Ended end = server.wait_for_end();
    CHECK(end.status == 0);
    MESSAGE("with a dead worker: the server ended after ", end.took.count(), " ms");
    CHECK(end.took < milliseconds(2500));
    CHECK(server.all_gone());
    const auto told = std::ranges::count_if(people, [](LineClient* one) {
      const Lines heard = one->heard();
      return !heard.empty() && heard.back() == kFarewell;
    });
    CHECK(told == 8);
  }

  TEST_CASE("a second signal ends the server at once") {
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(3);
    people[0]->stay();  // so that the first one takes its time
    server.signal(SIGTERM);
    people[0]->expect(kFarewell);
    const Ended end = server.stop(SIGTERM);
    CHECK(end.status == 0);
    CHECK(server.count_in_log("second signal: ending at once") == 1);
  }

  TEST_CASE("a shutdown without clients ends with status 0, and nobody listens any more") {
    Server server;
    CHECK(server.stop(SIGTERM).status == 0);
    ClientGroup group(server);
    LineClient& late = group.connect();
    group.wait_for([&] { return late.ended(); }, "the refusal");
    CHECK(late.error() == ECONNREFUSED);
  }

  TEST_CASE("workers ignore the signals that a terminal or systemd sends to all processes") {
    Server server;
    ClientGroup group(server);
    LineClient& anna = group.enter("anna");
    LineClient& bob = group.enter("bob");
    group.start_afresh();
    for (const pid_t worker : server.workers()) {
      for (const int number : {SIGINT, SIGTERM, SIGHUP}) REQUIRE(kill(worker, number) == 0);
    }
    anna.say("still there?");
    CHECK(bob.next() == "<anna> still there?");
  }

  TEST_CASE("SIGHUP and SIGUSR1 close no connection") {
    Server server;
    ClientGroup group(server);
    LineClient& anna = group.enter("anna");
    LineClient& bob = group.enter("bob");
    group.start_afresh();
    server.signal(SIGUSR1);
    server.signal(SIGHUP);
    CHECK(server.wait_for_reload());
    anna.say("still there?");
    CHECK(bob.next() == "<anna> still there?");
  }

  TEST_CASE("when the master is killed, clients are told and all workers leave within 5 s") {
    for (const bool reloads : {false, true}) {
      CAPTURE(reloads);
      Server server;
      ClientGroup group(server);
      const auto people = group.enter_many(30);
      if (reloads) {
        REQUIRE(server.reload());
        server.wait_for_log(" the master goes on ");
      }
      people[0]->stay();
      people[1]->stop_reading();
      for (size_t i = 2; i < 6; ++i) people[i]->say("in flight");
      server.signal(SIGKILL);
      CHECK(server.wait_for_end().signal == SIGKILL);
      CHECK(server.all_gone(milliseconds(5000)));
      people[1]->read_again();
      for (LineClient* one : people) told_of_shutdown(*one);
    }
  }
}

}  // namespace banterd::tests
