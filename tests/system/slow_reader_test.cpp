// G5: clients that do not read cost the others nothing, and the server little memory.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/process_facts.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

constexpr size_t kMiB = 1024 * 1024;

// Counts what is said by others instead of keeping it.
struct Counter {
  size_t lines = 0;
  size_t bytes = 0;
  bool in_order = true;

  void attach(LineClient& client) {
    client.on_line([this](std::string_view line) {
      if (!line.starts_with('<')) return;
      // "<nick> NUMBER xxx": one speaker numbers his lines from 0.
      const std::string_view text = line.substr(line.find("> ") + 2);
      in_order = in_order && std::stoul(std::string(text.substr(0, 12))) == lines;
      ++lines;
      bytes += line.size();
    });
  }
};

}  // namespace

TEST_SUITE("system/slow_reader") {
  TEST_CASE(
      "G5: beside 10 clients that never read, 25 MB of chat reach the others, in little memory") {
    constexpr size_t kLineBytes = 4000;
    constexpr size_t kLinesPerRound = 50;
    constexpr size_t kRounds = 125;
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(16);
    for (size_t i = 0; i < 10; ++i) people[i]->stop_reading();
    LineClient& speaker = *people[10];
    std::vector<Counter> counters(5);
    for (size_t i = 0; i < counters.size(); ++i) counters[i].attach(*people[11 + i]);

    const std::string padding(kLineBytes - 12, 'x');
    const size_t before = memory_bytes(server.processes());
    size_t most = before;
    size_t said = 0;
    for (size_t round = 0; round < kRounds; ++round) {
      std::string script;
      for (size_t i = 0; i < kLinesPerRound; ++i) {
        std::string number = std::to_string(said++);
        number.resize(12, ' ');
        script += number + padding + "\n";
      }
      speaker.send(script);
      group.wait_for(
          [&] {
            return std::ranges::all_of(counters, [&](const Counter& c) { return c.lines == said; });
          },
          "all lines of a round");
      if (round % 5 == 0) most = std::max(most, memory_bytes(server.processes()));
    }
    for (const Counter& counter : counters) {
      CHECK(counter.in_order);
      CHECK(counter.bytes >= 25'000'000);
    }
    CHECK(server.count_in_log("client cut off") == 10);
    const size_t growth = most - before;
    MESSAGE("memory grew by at most ", growth / kMiB, " MiB from ", before / kMiB, " MiB");
    if (!kSanitized) CHECK(growth < 64 * kMiB);

    // They are seen to have gone, and their streams end.
    speaker.say("/who");
    CHECK(containing(speaker.fence(), "* 6 people are in #lobby").size() == 1);
    for (size_t i = 0; i < 10; ++i) people[i]->read_again();
    group.wait_for(
        [&] {
          return std::all_of(people.begin(), people.begin() + 10,
                             [](const LineClient* one) { return one->ended(); });
        },
        "the end of those who did not read");
  }

  TEST_CASE("who does not read is told why he is cut off, once he reads again in time") {
    ServerConfig config;
    config.workers = 1;
    config.limits = R"({"send_queue_bytes": 65536, "messages_per_second": 1000000,
                        "message_burst": 1000000})";
    Server server(config);
    ClientGroup group(server);
    LineClient& speaker = group.enter("speaker");
    LineClient& slow = group.enter("slow");
    LineClient& witness = group.enter("witness");
    group.start_afresh();
    slow.stop_reading();
    const std::string line(4000, 'x');
    constexpr size_t kMost = 10'000;  // 40 MB: no kernel holds so much for one connection
    for (size_t lines = 0; server.count_in_log("client cut off") == 0; ++lines) {
      REQUIRE(lines < kMost);
      speaker.say(line);
      speaker.fence();
      witness.fence();
    }
    slow.read_again();
    const Lines heard = slow.until_end();
    REQUIRE(heard.size() > 10);
    CHECK(heard.back() == "! you are cut off: you do not read what you are sent");
    witness.say("/who");
    witness.until("* 2 people are in #lobby: speaker witness");
  }

  TEST_CASE("who asks for more than he reads is not read himself, rather than cut off") {
    ServerConfig config;
    config.limits = R"({"send_queue_bytes": 65536, "messages_per_second": 1000000,
                        "message_burst": 1000000})";
    Server server(config);
    ClientGroup group(server);
    LineClient& curious = group.enter("curious");
    LineClient& witness = group.enter("witness");
    curious.stop_reading();
    constexpr int kQuestions = 20'000;  // each answer has about 600 bytes: 12 MB
    std::string script;
    for (int i = 0; i < kQuestions; ++i) script += "/help\n";
    curious.send(script);
    // What the server and the kernel hold is far less than the questions would bring.
    witness.fence();
    size_t answers = 0;
    curious.on_line([&](std::string_view line) { answers += line.starts_with("* What you type"); });
    curious.read_again();
    group.wait_for([&] { return answers == kQuestions || curious.ended(); }, "all the answers");
    CHECK(answers == kQuestions);
    CHECK(server.count_in_log("client cut off") == 0);
  }
}

}  // namespace banterd::tests
