// G5 and G8: whatever strangers send, no worker dies, nothing leaks, and nobody else is harmed.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/process_facts.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

constexpr size_t kMiB = 1024 * 1024;

// Addresses of the loopback network: one alone runs out of ports.
std::string source_address(size_t number) { return "127.0.0." + std::to_string(2 + number % 20); }

size_t processes_of(const Server& server) { return children(server.master()).size(); }

// Waits until the server has no more descriptors than before.
void check_that_descriptors_return_to(Server& server, size_t before) {
  size_t now = 0;
  const bool returned = server.loop().poll_until([&] {
    now = descriptors(server.processes());
    return now <= before;
  });
  CHECK_MESSAGE(returned, "descriptors before: ", before, ", now: ", now);
}

void check_memory(const Server& server, size_t before, size_t limit) {
  const size_t now = memory_bytes(server.processes());
  MESSAGE("memory before: ", before / 1024, " KiB, after: ", now / 1024, " KiB");
  if (!kSanitized) CHECK(now < before + limit);
}

void check_that_no_worker_died(const Server& server) {
  CHECK(server.spawned() == 3);
  CHECK(server.count_in_log("worker died") == 0);
  CHECK(processes_of(server) == 3);
}

// ---- connects and closes ----

// Some close at once, some when they were greeted, some after a word in the middle of a line, some
// by half, some with a reset.
void come_and_go(ClientGroup& group, uint16_t port, size_t count, size_t first) {
  for (size_t i = 0; i < count; ++i) {
    LineClient& client = group.connect({.port = port, .source = source_address(first + i)});
    if (i % 5 == 4) client.leave();
  }
  auto& clients = group.all();
  const auto is_done = [](const LineClient& one) { return one.ended() || one.has_greeting(); };
  group.wait_for([&] { return std::ranges::all_of(clients, is_done); }, "all greetings");
  for (size_t i = 0; i < count; ++i) {
    if (i % 5 == 1) clients[i].send("half a li");
    if (i % 5 == 2) clients[i].reset();
    if (i % 5 == 3) clients[i].end_input();
  }
  const auto has_ended = [&](size_t i) { return i % 5 != 3 || clients[i].ended(); };
  group.wait_for(
      [&] {
        for (size_t i = 0; i < count; ++i) {
          if (!has_ended(i)) return false;
        }
        return true;
      },
      "the ends of those who half-closed");
  group.close_all();
}

// ---- bad input ----

class Chaos {
 public:
  // One line or more of what nobody should send.
  std::string bytes(size_t kind) {
    switch (kind % 6) {
      case 0:
        return random_bytes(2000 + next(4000));
      case 1:
        return std::string(300'000, 'A');  // no line end
      case 2:
        return std::string(5000, '\0') + "\n" + std::string("a\0b\n/nick x\0y\n", 14);
      case 3:
        return escape_sequences();
      case 4:
        return bad_utf8();
      default:
        return absurd_names();
    }
  }

 private:
  size_t next(size_t below) { return random_() % below; }

  std::string random_bytes(size_t count) {
    std::string text;
    while (text.size() < count) text += static_cast<char>(next(256));
    return text + "\n";
  }
  static std::string escape_sequences() {
    return "\x1b[2J\x1b[31mred\x1b]0;title\x07\n/me \x1bP+q\x1b\\\x08\x08\n/topic \x1b[5m\x9b\n"
           "/nick \x1b[1mbold\n/join \x1b[H\n/msg guest-1 \x07\x07\n/quit \x1b"
           "c\n";
  }
  std::string bad_utf8() {
    std::string text;
    for (const char* bad :
         {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82", "\xff\xfe",
          "\xc2\x9b"
          "31m",
          "\xe2\x80\xae"})
      text += std::string("say ") + bad + "\n/nick " + bad + "\n/join " + bad + "\n/topic " + bad +
              "\n";
    return text;
  }
  std::string absurd_names() {
    std::string text;
    for (const std::string& name :
         {std::string(4000, '#'), std::string("#"), std::string("a,b"), std::string("::"),
          std::string(1, '\0'), std::string("\xf0\x9f\x92\xa9"), std::string("GUEST-1"),
          std::string("-"), std::string("../../etc/passwd"), std::string("%s%n%s"),
          std::string("{}"), std::string("\"\\")}) {
      text += "/nick " + name + "\n/join " + name + "\n/part " + name + "\n/msg " + name +
              " x\n/who " + name + "\n/" + name + "\n/topic " + name + "\n";
    }
    return text;
  }

  std::mt19937_64 random_{20260101};  // the same every time
};

}  // namespace

TEST_SUITE("system/hostile") {
  TEST_CASE("G5: 20,000 connects and closes leave no descriptor, process or memory behind") {
    constexpr size_t kBatch = 50;
    constexpr size_t kConnects = kSanitized ? 4'000 : 20'000;
    ServerConfig config;
    config.rooms = R"({"replay_lines": 0})";  // most of the time would go into showing them
    Server server(config);
    ClientGroup group(server);
    const size_t fds = descriptors(server.processes());
    size_t connects = 0;
    for (; connects < kConnects / 10; connects += kBatch)
      come_and_go(group, server.port(), kBatch, connects);
    // What is allocated once has been by now.
    check_that_descriptors_return_to(server, fds);
    const size_t memory = memory_bytes(server.processes());
    for (; connects < kConnects; connects += kBatch)
      come_and_go(group, server.port(), kBatch, connects);
    check_that_descriptors_return_to(server, fds);
    check_memory(server, memory, 8 * kMiB);
    check_that_no_worker_died(server);
    LineClient& late = group.enter("late");
    late.say("/who");
    CHECK(late.next() == "* 1 person is in #lobby: late");
  }

  TEST_CASE("G8: 600 hostile clients harm neither the server nor those who watch") {
    constexpr size_t kBatch = 100;
    Server server;
    ClientGroup watchers(server);
    LineClient& anna = watchers.enter("anna");
    LineClient& bob = watchers.enter("bob");
    const size_t fds = descriptors(server.processes());
    size_t memory = 0;
    Chaos chaos;
    for (size_t batch = 0; batch < 6; ++batch) {
      ClientGroup hostile(server);
      for (size_t i = 0; i < kBatch; ++i) {
        LineClient& client = hostile.connect({.port = server.port(), .source = source_address(i)});
        client.send(chaos.bytes(batch * kBatch + i));
        client.end_input();
      }
      hostile.wait_for(
          [&] {
            return std::ranges::all_of(hostile.all(),
                                       [](const LineClient& one) { return one.ended(); });
          },
          "the ends of all hostile clients");
      CHECK(hostile.all_clean());
      if (memory == 0) memory = memory_bytes(server.processes());
    }
    check_that_no_worker_died(server);
    watchers.start_afresh();
    CHECK(watchers.all_clean());
    anna.say("still here");
    CHECK(bob.next() == "<anna> still here");
    bob.say("/who");
    CHECK(bob.next() == "* 2 people are in #lobby: anna bob");
    check_that_descriptors_return_to(server, fds);
    check_memory(server, memory, 16 * kMiB);
  }

  TEST_CASE("G8: a line without an end costs time in proportion to its length, byte by byte") {
    std::string line_bytes;
    SUBCASE("beyond the limit of lines") { line_bytes = "4096"; }
    SUBCASE("with a limit as high as can be") { line_bytes = "1000000000"; }
    ServerConfig config;
    config.limits = R"({"line_bytes": )" + line_bytes + "}";
    Server server(config);
    ClientGroup group(server);
    const auto cost = [&](size_t bytes) {
      LineClient& client = group.connect();
      client.fence();
      const auto before = cpu_time(server.workers());
      for (size_t i = 0; i < bytes; ++i) {
        client.send("x");
        // Never far behind, or the kernel joins the bytes.
        if (i % 64 == 0) server.loop().run_ready();
      }
      client.send("\n");
      client.fence();
      return cpu_time(server.workers()) - before;
    };
    // On a busy machine the kernel joins bytes now and then, which makes them cheaper: the best of
    // three counts.
    double ratio = 0;
    for (int attempt = 0; attempt < 3 && (ratio == 0 || ratio >= 8); ++attempt) {
      cost(10'000);
      const auto small = cost(75'000);
      const auto large = cost(300'000);
      ratio = static_cast<double>(large.count()) / static_cast<double>(small.count());
      MESSAGE("75 KB: ", small.count() / 1'000'000, " ms, 300 KB: ", large.count() / 1'000'000,
              " ms, ratio ", ratio);
    }
    CHECK(ratio < 8);  // 4 if linear, 16 if quadratic
  }
}

}  // namespace banterd::tests
