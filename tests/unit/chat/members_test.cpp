#include "chat/members.h"

#include <doctest/doctest.h>

#include <vector>

using namespace banterd::chat;

namespace {

Member member(uint64_t client) {
  Member one;
  one.client = ClientId{client};
  return one;
}

std::vector<uint64_t> all(const Members& members) {
  std::vector<uint64_t> ids;
  for (const Member& one : members) ids.push_back(static_cast<uint64_t>(one.client));
  return ids;
}

}  // namespace

TEST_SUITE("chat/members") {
  TEST_CASE("where a member lives can change, and what he may do stays") {
    Member one{ClientId{1}, nullptr, {1, 2}, 7};
    one.place = Place{3, 4};
    CHECK(one.prefixes == 7);
    one.prefixes = 5;
    CHECK(one.place == Place{3, 4});
  }

  TEST_CASE("they stand in the order of their ids, however they came") {
    Members members;
    for (const uint64_t client : {5, 1, 9, 3}) members.add(member(client));
    CHECK(all(members) == std::vector<uint64_t>{1, 3, 5, 9});
    members.remove(ClientId{5});
    members.remove(ClientId{6});
    CHECK(all(members) == std::vector<uint64_t>{1, 3, 9});
    members.remove_if([](const Member& one) { return one.client != ClientId{3}; });
    CHECK(all(members) == std::vector<uint64_t>{3});
  }

  TEST_CASE("each is found by his id, and nobody else") {
    Members members;
    for (uint64_t client = 2; client <= 40; client += 2) members.add(member(client));
    for (uint64_t client = 1; client <= 41; ++client) {
      const Member* found = std::as_const(members).find(ClientId{client});
      CHECK((found != nullptr) == (client % 2 == 0));
      if (found != nullptr) CHECK(found->client == ClientId{client});
    }
    members.find(ClientId{4})->prefixes = 1;
    CHECK(std::as_const(members).find(ClientId{4})->prefixes == 1);
  }
}
