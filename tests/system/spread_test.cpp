// Connections go to the worker with the fewest.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tests/support/client_group.h"
#include "tests/support/process_facts.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

// Connections of each worker, once they are `total` together.
std::vector<size_t> counts(Server& server, size_t total) {
  std::vector<size_t> each;
  const bool complete = server.loop().poll_until([&] {
    each.clear();
    size_t sum = 0;
    for (const pid_t worker : server.workers())
      sum += each.emplace_back(connections_to(server.port(), worker));
    return sum == total;
  });
  REQUIRE_MESSAGE(complete, "the workers do not have the ", total, " connections");
  return each;
}

bool are_even(const std::vector<size_t>& each) {
  const auto [least, most] = std::ranges::minmax(each);
  return most - least <= 1;
}

// Connects until one more is let in: while the server has as many as it may, it refuses.
void enter_when_let_in(ClientGroup& group) {
  for (int attempt = 0; attempt < 10'000; ++attempt) {
    LineClient& newcomer = group.connect();
    newcomer.ask_fence();
    group.wait_for([&] { return newcomer.ended() || newcomer.fence_answered(); },
                   "the newcomer is neither let in nor refused");
    if (!newcomer.ended()) return;
  }
  FAIL("the server has not counted who left");
}

}  // namespace

TEST_SUITE("system/spread") {
  TEST_CASE("1,000 connections are spread so that no worker has two more than another") {
    raise_descriptor_limit();
    ServerConfig config;
    // Raw clients are not told of each other.
    config.listeners = R"([{"protocol": "line", "port": 0, "format": "raw"}])";
    config.limits = R"({"messages_per_second": 1000000, "message_burst": 1000000,
                        "max_connections_per_address": 100000, "max_connections": 1000})";
    Server server(config);
    ClientGroup group(server);
    group.enter_many(1000);
    CHECK(are_even(counts(server, 1000)));

    // And again after 100 have gone from one worker. Since no more than 1,000 are let in, each
    // newcomer comes only when the master has counted one of those who left.
    for (size_t i = 0; i < 100; ++i) group.all()[i * 3].leave();
    for (size_t i = 0; i < 100; ++i) enter_when_let_in(group);
    CHECK(are_even(counts(server, 1000)));
  }
}

}  // namespace banterd::tests
