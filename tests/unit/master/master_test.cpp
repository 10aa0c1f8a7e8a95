#include "master/master.h"

#include <doctest/doctest.h>

#include <map>
#include <vector>

#include "ipc/contract.h"
#include "ipc/json.h"
#include "master/configuration.h"
#include "master/inherited.h"
#include "tests/unit/master/running_master.h"

using namespace banterd;
using master::LineSource;
using master::RunningMaster;

namespace {

std::string config(int workers, const std::string& more = "") {
  return R"({"workers":)" + std::to_string(workers) +
         R"(,"listeners":[{"protocol":"line","address":"127.0.0.1","port":0}])" + more + "}";
}

bool starts_with(const std::optional<std::string>& line, const std::string& start) {
  if (!line || !line->starts_with(start)) MESSAGE("got: ", line.value_or("(end of stream)"));
  return line && line->starts_with(start);
}

}  // namespace

TEST_SUITE("master/master") {
  TEST_CASE(
      "connections spread evenly, each with an id of its own, and end with a word and exit 0") {
    RunningMaster server(config(3), "");
    server.await("banterd ready workers=3");
    std::vector<LineSource> clients;
    std::map<char, int> per_slot;
    for (int id = 1; id <= 9; ++id) {
      clients.push_back(server.connect());
      const auto greeting = clients.back().next();
      REQUIRE(starts_with(greeting, "slot "));
      ++per_slot[greeting->at(5)];
      CHECK(greeting->ends_with("id " + std::to_string(id) + " from 127.0.0.1"));
    }
    CHECK(per_slot == std::map<char, int>{{'0', 3}, {'1', 3}, {'2', 3}});
    server.signal(SIGTERM);
    for (LineSource& client : clients) {
      CHECK(client.next() == "bye");
      CHECK(client.next() == std::nullopt);
    }
    server.await("shutting down signal=SIGTERM");
    server.await("stopped");
    CHECK(server.wait() == ipc::exit_ok);
  }

  TEST_CASE("a connection that a worker refuses goes to another") {
    RunningMaster server(config(2), "refuse-0");
    server.await("banterd ready");
    std::vector<LineSource> clients;
    for (int i = 0; i < 10; ++i) {
      clients.push_back(server.connect());
      CHECK(starts_with(clients.back().next(), "slot 1 "));
    }
  }

  TEST_CASE("a connection that every worker refuses is told so and ended in order") {
    RunningMaster server(config(2), "refuse");
    server.await("banterd ready");
    LineSource client = server.connect();
    REQUIRE(write(client.fd(), "hello\n", 6) == 6);
    CHECK(client.next() == "! server is full");
    CHECK(client.next() == std::nullopt);
    server.await("workers refused connections");
  }

  TEST_CASE(
      "a connection whose worker dies before taking it goes to another, and the slot serves "
      "again") {
    RunningMaster server(config(2), "die-0");
    server.await("banterd ready");
    LineSource first = server.connect();
    CHECK(starts_with(first.next(), "slot 1 incarnation 1 id 1 "));
    const std::string death = server.await("worker died slot=0");
    CHECK(death.find("how=\"exit status 9\"") != std::string::npos);
    server.await("worker ready slot=0");
    LineSource second = server.connect();
    CHECK(starts_with(second.next(), "slot 0 incarnation 2 id 2 "));
  }

  TEST_CASE("with its only worker dead, a connection waits for the next") {
    RunningMaster server(config(1), "die-0");
    server.await("banterd ready");
    LineSource client = server.connect();
    CHECK(starts_with(client.next(), "slot 0 incarnation 2 id 1 "));
  }

  TEST_CASE("a worker that hangs up and stays is killed, and what it had not taken goes on") {
    RunningMaster server(config(1), "hang-up-0");
    server.await("banterd ready");
    LineSource client = server.connect();
    const std::string killed = server.await("killing a worker slot=0");
    CHECK(killed.find("why=\"its channel has ended\"") != std::string::npos);
    CHECK(server.await("worker died").find("from the master: its channel has ended") !=
          std::string::npos);
    CHECK(starts_with(client.next(), "slot 0 incarnation 2 id 1 "));
  }

  TEST_CASE(
      "a worker killed from outside is replaced at once, and its connections are no longer "
      "counted") {
    RunningMaster server(config(1, R"(,"limits":{"max_connections":1})"), "");
    const std::string ready = server.await("worker ready slot=0");
    server.await("banterd ready");
    LineSource first = server.connect();
    CHECK(starts_with(first.next(), "slot 0 incarnation 1 "));
    kill(RunningMaster::number(ready, "pid"), SIGKILL);
    CHECK(server.await("worker died").find("how=\"signal SIGKILL\"") != std::string::npos);
    server.await("worker ready slot=0");
    LineSource second = server.connect();
    CHECK(starts_with(second.next(), "slot 0 incarnation 2 id 2 "));
  }

  TEST_CASE("who comes beyond a limit is told why, and room that is left is used again") {
    RunningMaster server(config(1, R"(,"limits":{"max_connections_per_address":2})"), "");
    server.await("banterd ready");
    std::vector<LineSource> clients;
    for (int i = 0; i < 2; ++i) {
      clients.push_back(server.connect());
      CHECK(starts_with(clients.back().next(), "slot 0 "));
    }
    LineSource third = server.connect();
    REQUIRE(write(third.fd(), "hello\n", 6) == 6);
    CHECK(third.next() == "! too many connections from your address");
    CHECK(third.next() == std::nullopt);
    clients.pop_back();
    // The worker tells of the end by itself: until then the limit holds.
    std::optional<std::string> answer;
    do {
      clients.push_back(server.connect());
      answer = clients.back().next();
    } while (answer && answer->starts_with("!"));
    CHECK(starts_with(answer, "slot 0 "));
  }

  TEST_CASE("without descriptors accepting pauses and goes on, and somebody is told why") {
    // Enough for the master itself and a few connections that its worker has not answered yet.
    RunningMaster server(config(1), "hold", 21);
    server.await("banterd ready");
    std::vector<LineSource> clients;
    for (int i = 0; i < 12; ++i) clients.push_back(server.connect());
    std::map<std::string, int> told;
    for (LineSource& client : clients)
      ++told[client.next().value_or("taken, and ended by the worker")];
    CHECK(told["taken, and ended by the worker"] > 0);
    CHECK(told["! server is out of descriptors, try again later"] > 0);
    server.await("accepting pauses");
    server.await("accepting again");
  }

  TEST_CASE(
      "workers that crash again and again at the first start end the server with a status of its "
      "own") {
    RunningMaster server(config(2), "crash");
    server.await("worker died");
    server.await("no worker becomes ready: giving up");
    CHECK(server.wait() == ipc::exit_workers_failing);
  }

  TEST_CASE("a slot whose workers crash at the first start does not keep the others from serving") {
    RunningMaster server(config(2), "crash-0");
    server.await("banterd ready workers=1");
    CHECK(starts_with(server.connect().next(), "slot 1 "));
    server.signal(SIGTERM);
    server.await("stopped");
    CHECK(server.wait() == ipc::exit_ok);
  }

  TEST_CASE("workers that do not leave are killed when the time is up") {
    RunningMaster server(config(2, R"(,"shutdown_timeout":1)"), "stubborn");
    server.await("banterd ready");
    server.signal(SIGINT);
    server.await("shutting down signal=SIGINT");
    server.await("killing a worker");
    server.await("stopped");
    CHECK(server.wait() == ipc::exit_ok);
  }

  TEST_CASE("a second signal ends the server at once") {
    RunningMaster server(config(2, R"(,"shutdown_timeout":60)"), "stubborn");
    server.await("banterd ready");
    server.signal(SIGTERM);
    server.await("shutting down");
    server.signal(SIGTERM);
    server.await("second signal: ending at once");
    CHECK(server.wait() == ipc::exit_ok);
  }

  TEST_CASE("a signal during the start ends the server in order") {
    RunningMaster server(config(2), "slow-start-0");
    server.await("worker ready slot=1");
    server.signal(SIGTERM);
    server.await("stopped");
    CHECK(server.wait() == ipc::exit_ok);
  }

  TEST_CASE("a signal that changes nothing is logged and changes nothing") {
    RunningMaster server(config(1), "");
    server.await("banterd ready");
    server.signal(SIGUSR1);
    server.await("log files reopened");
    LineSource client = server.connect();
    CHECK(starts_with(client.next(), "slot 0 "));
  }

  TEST_CASE("while a slot waits for its next worker, all others are told, also those that come") {
    RunningMaster server(config(3, R"(,"server":{"description":"crash-again-0"})"), "");
    std::map<int, pid_t> pids;
    for (int i = 0; i < 3; ++i) {
      const std::string ready = server.await("worker ready");
      pids[RunningMaster::number(ready, "slot")] = RunningMaster::number(ready, "pid");
    }
    server.await("banterd ready");
    std::vector<LineSource> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(server.connect());
      CHECK(starts_with(clients.back().next(), "slot " + std::to_string(i)));
    }
    kill(pids[0], SIGKILL);
    CHECK(clients[1].next() == "slot 0 is down");
    CHECK(clients[2].next() == "slot 0 is down");
    kill(pids[1], SIGKILL);
    server.await("worker ready slot=1");
    LineSource late = server.connect();
    CHECK(starts_with(late.next(), "slot 1 incarnation 2"));
    CHECK(late.next() == "slot 0 is down");
  }

  TEST_CASE("who waits for a worker when the server ends is told why") {
    RunningMaster server(config(1, R"(,"server":{"description":"crash-again-0"})"), "");
    const std::string ready = server.await("worker ready slot=0");
    server.await("banterd ready");
    kill(RunningMaster::number(ready, "pid"), SIGKILL);
    server.await("worker is started again later");
    LineSource client = server.connect();
    server.signal(SIGTERM);
    CHECK(client.next() == "! server is shutting down");
    CHECK(client.next() == std::nullopt);
    CHECK(server.wait() == ipc::exit_ok);
  }

  TEST_CASE("a program that cannot be started is one clear line and a status of its own") {
    RunningMaster server(config(2), "", 0, "/dev/null");
    server.await("start a worker: permission denied");
    CHECK(server.wait() == ipc::exit_cannot_start);
  }

  TEST_CASE("a program whose path is no UTF-8 does not start: it could never be reloaded") {
    RunningMaster server(config(1), "", 0, "/tmp/caf\xE9/banterd");
    server.await("/tmp/caf\xE9/banterd: the path is not valid UTF-8");
    CHECK(server.wait() == ipc::exit_cannot_start);
  }

  TEST_CASE("the longest configuration that may be is passed to workers") {
    std::string longest = config(1) + "//";
    longest.append((master::kMostTextBytes - ipc::to_json(longest).size()) / 2, '"');
    RunningMaster server(longest, "");
    server.await("banterd ready");
  }

  TEST_CASE("a port that is taken is one clear line and a status of its own") {
    RunningMaster first(config(1), "");
    const int port = RunningMaster::number(first.await("listening"), "port");
    first.await("banterd ready");
    RunningMaster second(R"({"listeners":[{"protocol":"line","address":"127.0.0.1","port":)" +
                             std::to_string(port) + "}]}",
                         "");
    second.await("listen on line 127.0.0.1:" + std::to_string(port) +
                 ": bind: Address already in use");
    CHECK(second.wait() == ipc::exit_cannot_start);
  }

  TEST_CASE("a LISTEN_FDS that says too much is one clear line and a status of its own") {
    const base::UniqueFd opened(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(listen(opened.get(), 16) == 0);
    RunningMaster server(config(1), "", 0, "/proc/self/exe", [&] {
      std::vector<master::InheritedSocket> sockets(1);
      sockets[0].fd.reset(dup(opened.get()));
      (void)master::leave_inherited_sockets(std::move(sockets)).has_value();
      close_range(4, ~0U, 0);
      setenv("LISTEN_FDS", "3", 1);
      setenv("LISTEN_FDNAMES", "line:line:line", 1);
    });
    server.await("take over the sockets of LISTEN_FDS: Bad file descriptor");
    CHECK(server.wait() == ipc::exit_cannot_start);
  }
}
