#include "master/refusals.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

using namespace banterd;
using master::Refusals;

namespace {

// Ours and the client's.
std::pair<base::UniqueFd, base::UniqueFd> connection() {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

std::string heard(const base::UniqueFd& socket) {
  char buffer[256];
  const ssize_t got = recv(socket.get(), buffer, sizeof buffer, 0);
  return {buffer, got > 0 ? static_cast<size_t>(got) : 0};
}

bool takes_more(const base::UniqueFd& socket) {
  return send(socket.get(), "x", 1, MSG_NOSIGNAL) == 1;
}

}  // namespace

TEST_SUITE("master/refusals") {
  TEST_CASE("who is refused is told why, and read until he ends") {
    base::Loop loop;
    Refusals refusals(loop, 2);
    auto [ours, his] = connection();
    REQUIRE(takes_more(his));
    refusals.refuse(std::move(ours), "no\n", "a test's mood");
    CHECK(heard(his) == "no\n");
    CHECK(heard(his).empty());
    for (int i = 0; i < 3; ++i) {
      CHECK(takes_more(his));
      loop.poll();
    }
    CHECK(refusals.left().size() == 1);
    his.reset();
    loop.poll();
    CHECK(refusals.left().empty());
  }

  TEST_CASE("beyond so many the oldest is closed") {
    base::Loop loop;
    Refusals refusals(loop, 2);
    std::vector<base::UniqueFd> clients;
    for (int i = 0; i < 3; ++i) {
      auto [ours, his] = connection();
      refusals.refuse(std::move(ours), "no\n", "a test's mood");
      clients.push_back(std::move(his));
    }
    loop.poll();
    CHECK_FALSE(takes_more(clients[0]));
    CHECK(takes_more(clients[1]));
    CHECK(takes_more(clients[2]));
  }

  TEST_CASE("who does not end is closed when his time is up") {
    base::Loop loop;
    Refusals refusals(loop, 3);
    std::vector<base::UniqueFd> clients;
    for (const uint64_t rest_ms : {1, 1, 200}) {
      auto [ours, his] = connection();
      refusals.adopt(std::move(ours), rest_ms);
      clients.push_back(std::move(his));
    }
    for (const Refusals::Left& one : refusals.left()) CHECK(one.rest_ms <= 200);
    // Until nothing is waited for.
    loop.run();
    CHECK(refusals.left().empty());
    for (const base::UniqueFd& client : clients) CHECK_FALSE(takes_more(client));
  }
}
