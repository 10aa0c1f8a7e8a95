#include "worker/history.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace banterd;
using namespace banterd::worker;

namespace {

constexpr chat::ClientId kReader{9};

PastEvent line(uint64_t position, std::string text = "text") {
  PastEvent past;
  past.position = position;
  past.event.body = chat::Said{chat::Kind::message, std::move(text)};
  return past;
}

std::vector<uint64_t> positions(const std::vector<History>& messages) {
  std::vector<uint64_t> all;
  for (const History& message : messages) {
    CHECK(message.object == "#dev");
    CHECK(message.client == kReader);
    for (const PastEvent& past : message.lines) all.push_back(past.position);
  }
  return all;
}

}  // namespace

TEST_SUITE("worker/history") {
  TEST_CASE("the last lines are given, oldest first") {
    HistoryBudget budget;
    RoomHistory history;
    for (uint64_t p = 1; p <= 10; ++p) history.add("#dev", line(p * 10), 100, budget);
    CHECK(positions(history.last(3, 1000, "#dev", kReader)) == std::vector<uint64_t>{80, 90, 100});
    CHECK(positions(history.last(0, 1000, "#dev", kReader)).empty());
    CHECK(positions(history.last(500, 1000, "#dev", kReader)).size() == 10);
  }

  TEST_CASE("only lines below the position are given") {
    HistoryBudget budget;
    RoomHistory history;
    for (uint64_t p = 1; p <= 5; ++p) history.add("#dev", line(p * 10), 100, budget);
    CHECK(positions(history.last(2, 40, "#dev", kReader)) == std::vector<uint64_t>{20, 30});
    CHECK(positions(history.last(2, 10, "#dev", kReader)).empty());
  }

  TEST_CASE("a room keeps as many lines as it may, the newest") {
    HistoryBudget budget;
    RoomHistory history;
    for (uint64_t p = 1; p <= 10; ++p) history.add("#dev", line(p), 4, budget);
    CHECK(positions(history.last(100, 100, "#dev", kReader)) == std::vector<uint64_t>{7, 8, 9, 10});
  }

  TEST_CASE("a room that may keep none keeps none") {
    HistoryBudget budget;
    RoomHistory history;
    history.add("#dev", line(1), 0, budget);
    CHECK(history.last(5, 100, "#dev", kReader).empty());
  }

  TEST_CASE("much history leaves in messages that fit a frame, in order") {
    HistoryBudget budget;
    RoomHistory history;
    // Each byte becomes six in JSON: no text is larger on the bus.
    const std::string text(4096, '\x01');
    for (uint64_t p = 1; p <= 200; ++p) history.add("#dev", line(p, text), 1000, budget);
    const std::vector<History> messages = history.last(200, 1000, "#dev", kReader);
    CHECK(messages.size() > 1);
    for (const History& message : messages) CHECK(encode(message).size() < ipc::kMaxFrameBytes);
    const std::vector<uint64_t> all = positions(messages);
    REQUIRE(all.size() == 200);
    for (uint64_t p = 0; p < 200; ++p) CHECK(all[p] == p + 1);
  }

  TEST_CASE("over all rooms the oldest line goes first, whosever it is") {
    HistoryBudget budget;
    RoomHistory dev;
    RoomHistory ops;
    const std::string text(100'000, 'x');
    uint64_t position = 0;
    while (!budget.over()) {
      dev.add("#dev", line(++position, text), SIZE_MAX, budget);
      ops.add("#ops", line(++position, text), SIZE_MAX, budget);
    }
    CHECK(position * text.size() > HistoryBudget::kMaxBytes - 2 * text.size());
    CHECK(position * text.size() < HistoryBudget::kMaxBytes + 2 * text.size());
    CHECK(budget.oldest_key() == "#dev");
    dev.drop_oldest(budget);
    CHECK(budget.oldest_key() == "#ops");
    ops.clear(budget);
    CHECK_FALSE(budget.over());
    CHECK(budget.oldest_key() == "#dev");
  }
}
