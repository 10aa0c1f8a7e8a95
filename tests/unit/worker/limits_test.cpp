#include "worker/limits.h"

#include <doctest/doctest.h>

#include <cstdint>

#include "ipc/contract.h"

using namespace banterd;
using namespace banterd::worker;

TEST_SUITE("worker/limits") {
  TEST_CASE("the longest line is the configured one") {
    conf::Config config;
    CHECK(longest_line(config) == 4096);
    config.limits.line_bytes = 512;
    CHECK(longest_line(config) == 512);
  }

  TEST_CASE("a line of escapes alone still fits a frame of the bus, whatever is configured") {
    conf::Config config;
    config.limits.line_bytes = 1'000'000'000;
    // The longest escape of a byte is six: \u0001.
    CHECK(longest_line(config) * 6 < ipc::kMaxFrameBytes);
    CHECK(longest_line(config) == 131'072);  // as the manual says
  }

  TEST_CASE("each connection has a guest's nick of its own") {
    CHECK(guest_nick(1).str() == "guest-1");
    CHECK(guest_nick(UINT64_MAX).str() == "guest-18446744073709551615");
    CHECK(is_guest_nick(guest_nick(12)));
    CHECK(is_guest_nick(*chat::Nick::parse("GUEST-x")));
    CHECK_FALSE(is_guest_nick(*chat::Nick::parse("guest")));
    CHECK_FALSE(is_guest_nick(*chat::Nick::parse("a-guest-1")));
  }

  TEST_CASE("the default room is permanent, has no operators and a topic that anybody sets") {
    conf::Config config;
    config.rooms.default_room = "#Hall";
    config.rooms.replay_lines = 7;
    const chat::Join join = join_of(config, "#hALL");
    CHECK(join.permanent);
    CHECK(join.grants == 0);
    CHECK(join.flags == chat::no_external);
    CHECK(join.replay_lines == 7);
    CHECK(join.key.empty());
  }

  TEST_CASE("whoever makes another room is its operator") {
    const chat::Join join = join_of(conf::Config(), "#dev");
    CHECK_FALSE(join.permanent);
    CHECK(join.grants == chat::room_operator);
    CHECK(join.flags == (chat::no_external | chat::topic_locked));
    CHECK(join.replay_lines == 20);
  }
}
