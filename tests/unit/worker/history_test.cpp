#include "worker/history.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "worker/message_id.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

constexpr chat::ClientId kReader{9};

chat::Event line(std::string text = "text") {
  chat::Event event;
  event.body = chat::Said{chat::Kind::message, std::move(text)};
  return event;
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

// Ten lines at 1000, 2000 … 10'000 ms, of clients 1 to 10, with the positions 10, 20 … 100.
struct TenLines {
  HistoryBudget budget;
  RoomHistory history;

  TenLines() {
    for (uint64_t number = 1; number <= 10; ++number) {
      chat::Event event;
      event.body = chat::Said{chat::Kind::message, "text"};
      event.at = time_of(number * 10);
      event.client = chat::ClientId{number};
      history.add(number * 10, event, nullptr, 100, budget);
    }
  }
  static chat::TimeMs time_of(uint64_t position) {
    return static_cast<chat::TimeMs>(position) * 100;
  }
  static std::string id_of(uint64_t position) {
    return message_id(position, "#dev", time_of(position));
  }
  static AboutHistory::Point at(chat::TimeMs time) { return {time, ""}; }
  static AboutHistory::Point message(uint64_t position) { return {0, id_of(position)}; }

  static AboutHistory question(uint32_t most) {
    AboutHistory wanted;
    wanted.room = "#Dev";
    wanted.most = most;
    return wanted;
  }
  std::vector<uint64_t> find(const AboutHistory& wanted) const {
    std::vector<uint64_t> all;
    for (const PastEvent& past : history.find(wanted)) all.push_back(past.position);
    return all;
  }
  std::vector<uint64_t> before(const AboutHistory::Point& point, uint32_t most) const {
    AboutHistory wanted = question(most);
    wanted.before = point;
    return find(wanted);
  }
  std::vector<uint64_t> after(const AboutHistory::Point& point, uint32_t most, bool oldest) const {
    AboutHistory wanted = question(most);
    wanted.after = point;
    wanted.oldest = oldest;
    return find(wanted);
  }
  std::vector<uint64_t> around(const AboutHistory::Point& point, uint32_t most) const {
    AboutHistory wanted = question(most);
    wanted.around = point;
    return find(wanted);
  }
  std::vector<uint64_t> between(const AboutHistory::Point& after, const AboutHistory::Point& before,
                                uint32_t most, bool oldest) const {
    AboutHistory wanted = question(most);
    wanted.after = after;
    wanted.before = before;
    wanted.oldest = oldest;
    return find(wanted);
  }
};
using Positions = std::vector<uint64_t>;

}  // namespace

TEST_SUITE("worker/history") {
  TEST_CASE("the last lines are given, oldest first") {
    HistoryBudget budget;
    RoomHistory history;
    for (uint64_t p = 1; p <= 10; ++p) history.add(p * 10, line(), nullptr, 100, budget);
    CHECK(positions(history.last(3, 1000, "#dev", kReader)) == std::vector<uint64_t>{80, 90, 100});
    CHECK(positions(history.last(0, 1000, "#dev", kReader)).empty());
    CHECK(positions(history.last(500, 1000, "#dev", kReader)).size() == 10);
  }

  TEST_CASE("only lines below the position are given") {
    HistoryBudget budget;
    RoomHistory history;
    for (uint64_t p = 1; p <= 5; ++p) history.add(p * 10, line(), nullptr, 100, budget);
    CHECK(positions(history.last(2, 40, "#dev", kReader)) == std::vector<uint64_t>{20, 30});
    CHECK(positions(history.last(2, 10, "#dev", kReader)).empty());
  }

  TEST_CASE("a room keeps as many lines as it may, the newest") {
    HistoryBudget budget;
    RoomHistory history;
    for (uint64_t p = 1; p <= 10; ++p) history.add(p, line(), nullptr, 4, budget);
    CHECK(positions(history.last(100, 100, "#dev", kReader)) == std::vector<uint64_t>{7, 8, 9, 10});
  }

  TEST_CASE("a room that may keep none keeps none") {
    HistoryBudget budget;
    RoomHistory history;
    history.add(1, line(), nullptr, 0, budget);
    CHECK(history.last(5, 100, "#dev", kReader).empty());
  }

  TEST_CASE("what was not said is no line of it") {
    HistoryBudget budget;
    RoomHistory history;
    chat::Event event;
    event.body = chat::Parted{"gone"};
    history.add(1, event, nullptr, 10, budget);
    CHECK(history.last(5, 100, "#dev", kReader).empty());
  }

  TEST_CASE("much history leaves in messages that fit a frame, in order") {
    HistoryBudget budget;
    RoomHistory history;
    // Each byte becomes six in JSON: no text is larger on the bus.
    const std::string text(4096, '\x01');
    for (uint64_t p = 1; p <= 200; ++p) history.add(p, line(text), nullptr, 1000, budget);
    const std::vector<History> messages = history.last(200, 1000, "#dev", kReader);
    CHECK(messages.size() > 1);
    for (const History& message : messages) CHECK(encode(message).size() < ipc::kMaxFrameBytes);
    const std::vector<uint64_t> all = positions(messages);
    REQUIRE(all.size() == 200);
    for (uint64_t p = 0; p < 200; ++p) CHECK(all[p] == p + 1);
  }

  TEST_CASE("so do many short lines of somebody of whom there is much to say") {
    chat::Profile profile;
    profile.nick = *chat::Nick::parse(std::string(chat::kMaxNickBytes, 'n'));
    profile.realname = std::string(150, '\x02');
    profile.away.make() = std::string(chat::kMaxReasonBytes, '\x02');
    const chat::ProfilePtr author = chat::make_profile(profile);
    HistoryBudget budget;
    RoomHistory history;
    for (uint64_t p = 1; p <= 1000; ++p) history.add(p, line("x"), author, 1000, budget);
    const std::vector<History> messages = history.last(1000, 2000, "#dev", kReader);
    for (const History& message : messages) CHECK(encode(message).size() < ipc::kMaxFrameBytes);
    CHECK(positions(messages).size() == 1000);
  }

  TEST_CASE("over all rooms the oldest line goes first, whosever it is") {
    HistoryBudget budget;
    RoomHistory dev;
    RoomHistory ops;
    const std::string text(100'000, 'x');
    uint64_t position = 0;
    while (!budget.over()) {
      dev.add(++position, line(text), nullptr, SIZE_MAX, budget);
      ops.add(++position, line(text), nullptr, SIZE_MAX, budget);
    }
    CHECK(position * text.size() > HistoryBudget::kMaxBytes - 2 * text.size());
    CHECK(position * text.size() < HistoryBudget::kMaxBytes + 2 * text.size());
    const auto oldest_of = [](const RoomHistory& history) {
      return history.find(TenLines::question(UINT32_MAX)).at(0).position;
    };
    budget.drop_oldest();
    CHECK(oldest_of(dev) == 3);
    budget.drop_oldest();
    CHECK(oldest_of(ops) == 4);
    // What a room drops itself, the budget need not drop.
    for (int i = 0; i < 3; ++i) dev.drop_oldest(budget);
    budget.drop_oldest();
    CHECK(oldest_of(ops) == 6);
    CHECK(oldest_of(dev) == 9);
    ops.clear(budget);
    CHECK_FALSE(budget.over());
    budget.drop_oldest();
    CHECK(oldest_of(dev) == 11);
  }

  // ---- what a question asks for ----

  TEST_CASE_FIXTURE(TenLines, "the latest lines are found, no more than are wanted or there are") {
    CHECK(find(question(3)) == Positions{80, 90, 100});
    CHECK(find(question(1)) == Positions{100});
    CHECK(find(question(0)).empty());
    CHECK(find(question(10)).size() == 10);
    CHECK(find(question(UINT32_MAX)).size() == 10);
    AboutHistory oldest = question(2);
    oldest.oldest = true;
    CHECK(find(oldest) == Positions{10, 20});
  }

  TEST_CASE_FIXTURE(TenLines, "lines before a message or a moment are found, without it") {
    CHECK(before(message(40), 2) == Positions{20, 30});
    CHECK(before(at(4000), 2) == Positions{20, 30});
    CHECK(before(at(4001), 2) == Positions{30, 40});
    CHECK(before(message(10), 5).empty());
    CHECK(before(at(0), 5).empty());
    CHECK(before(at(1'000'000), 2) == Positions{90, 100});
    CHECK(before(message(40), UINT32_MAX) == Positions{10, 20, 30});
  }

  TEST_CASE_FIXTURE(TenLines, "lines after a message or a moment are found, without it") {
    CHECK(after(message(40), 2, true) == Positions{50, 60});
    CHECK(after(at(4000), 2, true) == Positions{50, 60});
    CHECK(after(at(3999), 2, true) == Positions{40, 50});
    CHECK(after(message(40), 2, false) == Positions{90, 100});
    CHECK(after(message(100), 5, true).empty());
    CHECK(after(at(10'000), 5, true).empty());
    CHECK(after(at(-1), UINT32_MAX, true).size() == 10);
  }

  TEST_CASE_FIXTURE(TenLines, "lines between two points are found, from either end") {
    CHECK(between(message(20), message(70), 2, true) == Positions{30, 40});
    CHECK(between(message(20), message(70), 2, false) == Positions{50, 60});
    CHECK(between(at(2000), message(70), 9, true) == Positions{30, 40, 50, 60});
    CHECK(between(message(20), message(30), 9, true).empty());
    CHECK(between(message(20), message(20), 9, true).empty());
    CHECK(between(message(70), message(20), 9, true).empty());
    CHECK(between(at(7000), at(2000), 9, false).empty());
    CHECK(between(at(1'000'000), at(0), 9, false).empty());
  }

  TEST_CASE_FIXTURE(TenLines, "lines around a message or a moment are found, with it") {
    CHECK(around(message(50), 1) == Positions{50});
    CHECK(around(message(50), 3) == Positions{40, 50, 60});
    CHECK(around(at(5000), 3) == Positions{40, 50, 60});
    CHECK(around(message(10), 4) == Positions{10, 20, 30, 40});
    CHECK(around(message(100), 4) == Positions{80, 90, 100});
    CHECK(around(message(50), 0).empty());
    CHECK(around(message(50), UINT32_MAX).size() == 10);
    CHECK(around(at(1'000'000), 4) == Positions{90, 100});
  }

  TEST_CASE_FIXTURE(TenLines, "what is not kept stands where it happened") {
    const AboutHistory::Point between_lines{0, id_of(45)};
    CHECK(before(between_lines, 2) == Positions{30, 40});
    CHECK(after(between_lines, 2, true) == Positions{50, 60});
    CHECK(after(between_lines, 2, false) == Positions{90, 100});
    CHECK(around(between_lines, 3) == Positions{40, 50, 60});
    CHECK(between(between_lines, message(70), 9, true) == Positions{50, 60});
    const AboutHistory::Point above_all{0, id_of(105)};
    CHECK(before(above_all, 2) == Positions{90, 100});
    CHECK(after(above_all, 5, true).empty());
    CHECK(around(above_all, 4) == Positions{90, 100});
    const AboutHistory::Point below_all{0, id_of(5)};
    CHECK(before(below_all, 2).empty());
    CHECK(after(below_all, 2, true) == Positions{10, 20});
    // It was a line, and is none any more.
    const std::string gone = id_of(40);
    history.erase("#dev", gone, budget);
    CHECK(after({0, gone}, 2, true) == Positions{50, 60});
    CHECK(before({0, gone}, 2) == Positions{20, 30});
    for (const std::string& id : {id_of(45), id_of(105), gone})
      CHECK_FALSE(history.author_of("#dev", id).has_value());
  }

  TEST_CASE_FIXTURE(TenLines, "an id of another room's or another time's message is nowhere") {
    const std::string other_time = message_id(40, "#dev", time_of(40) + 1);
    const std::string other_room = message_id(40, "#ops", time_of(40));
    for (const std::string& id :
         {other_time, other_room, std::string("40-"), std::string("40"), std::string("nonsense")}) {
      CAPTURE(id);
      const AboutHistory::Point nowhere{4000, id};
      CHECK(before(nowhere, 5).empty());
      CHECK(after(nowhere, 5, true).empty());
      CHECK(after(nowhere, 5, false).empty());
      CHECK(around(nowhere, 5).empty());
      CHECK(between(message(10), nowhere, 5, true).empty());
      CHECK(between(nowhere, message(100), 5, true).empty());
      CHECK_FALSE(history.author_of("#dev", id).has_value());
    }
  }

  TEST_CASE("where clocks differ, what counts is the order in the log") {
    HistoryBudget budget;
    RoomHistory history;
    const chat::TimeMs times[] = {1000, 3000, 2000, 4000};
    for (uint64_t i = 0; i < 4; ++i) {
      chat::Event event;
      event.at = times[i];
      history.add(i + 1, event, nullptr, 100, budget);
    }
    AboutHistory wanted = TenLines::question(10);
    wanted.after = TenLines::at(1000);
    std::vector<uint64_t> found;
    for (const PastEvent& past : history.find(wanted)) found.push_back(past.position);
    CHECK(found == Positions{2, 3, 4});
  }

  TEST_CASE("in a history without lines nothing is found") {
    const RoomHistory history;
    AboutHistory wanted = TenLines::question(10);
    CHECK(history.find(wanted).empty());
    wanted.around = TenLines::at(0);
    CHECK(history.find(wanted).empty());
    wanted.around.reset();
    wanted.before = TenLines::at(5);
    wanted.after = TenLines::at(1);
    CHECK(history.find(wanted).empty());
  }

  // ---- one message ----

  TEST_CASE_FIXTURE(TenLines,
                    "who said a message is known by its id, in any spelling of the room") {
    CHECK(history.author_of("#DEV", id_of(40)) == chat::ClientId{4});
    CHECK(history.author_of("#dev", id_of(100)) == chat::ClientId{10});
  }

  TEST_CASE_FIXTURE(TenLines, "a line that is erased is found no more, and the others are") {
    history.erase("#dev", id_of(40), budget);
    CHECK(before(message(60), 3) == Positions{20, 30, 50});
    CHECK_FALSE(history.author_of("#dev", id_of(40)).has_value());
    CHECK(before(message(40), 3) == Positions{10, 20, 30});
    history.erase("#dev", id_of(40), budget);
    history.erase("#dev", "nonsense", budget);
    CHECK(find(question(100)).size() == 9);
    CHECK(positions(history.last(3, 60, "#dev", kReader)) == Positions{20, 30, 50});
  }

  TEST_CASE("what is erased is given back to the budget") {
    HistoryBudget budget;
    RoomHistory dev;
    RoomHistory ops;
    dev.add(1, line(), nullptr, 100, budget);
    ops.add(2, line(), nullptr, 100, budget);
    dev.erase("#dev", message_id(1, "#dev", 0), budget);
    budget.drop_oldest();
    CHECK(ops.find(TenLines::question(1)).empty());
    const std::string text(100'000, 'x');
    uint64_t position = 2;
    while (!budget.over()) ops.add(++position, line(text), nullptr, SIZE_MAX, budget);
    ops.erase("#ops", message_id(position, "#ops", 0), budget);
    CHECK_FALSE(budget.over());
  }

  TEST_CASE_FIXTURE(TenLines, "what was erased is not in what is packed") {
    history.erase("#dev", id_of(40), budget);
    RoomHistory again;
    again.restore_packed(history.pack("#dev"));
    HistoryBudget its_budget;
    again.unpack(100, its_budget);
    CHECK(again.find(question(100)).size() == 9);
    CHECK(again.author_of("#dev", id_of(50)) == chat::ClientId{5});
    CHECK_FALSE(again.author_of("#dev", id_of(40)).has_value());
  }
}
