// G1 and G9: one order per room for all, one person's doings in their order for each observer, and
// answers that are fences.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

std::string numbered(const std::string& text, int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += text + std::to_string(i) + "\n";
  return lines;
}

constexpr int kRooms = 6;  // enough that each of three workers owns one, whatever the hash

std::string room(int number) { return "r" + std::to_string(number % kRooms); }

void join_all_rooms(ClientGroup& group, const std::vector<LineClient*>& clients) {
  for (LineClient* one : clients) {
    for (int i = 0; i < kRooms; ++i) one->say("/join " + room(i));
  }
  group.settle(clients);
  for (LineClient* one : clients) one->forget();
}

}  // namespace

TEST_SUITE("system/order") {
  TEST_CASE(
      "G1: 300 lines of 6 who speak at once are heard by 30 on 3 workers, once, in one order") {
    constexpr int kSpeakers = 6;
    constexpr int kLines = 50;
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(30);
    for (int i = 0; i < kSpeakers; ++i)
      people[static_cast<size_t>(i)]->send(numbered("line ", kLines));
    group.settle(people);

    const Lines order = said_in(people.back()->heard());
    REQUIRE(order.size() == kSpeakers * kLines);
    for (LineClient* one : people) {
      const std::string nick = one->guest_nick();
      CAPTURE(nick);
      CHECK(said_in(one->heard()) == without_those_of(nick, order));
    }
    for (int i = 0; i < kSpeakers; ++i) {
      const std::string nick = people[static_cast<size_t>(i)]->guest_nick();
      Lines expected;
      for (int line = 0; line < kLines; ++line) expected.push_back("line " + std::to_string(line));
      CHECK(texts_of(nick, order) == expected);
    }
  }

  TEST_CASE("G1: with echo the senders, too, see all in the one order") {
    ServerConfig config;
    config.listeners = R"([{"protocol": "line", "port": 0, "echo": true}])";
    Server server(config);
    ClientGroup group(server);
    const auto people = group.enter_many(9);
    for (LineClient* one : people) one->send(numbered("line ", 30));
    group.settle(people);
    const Lines order = said_in(people[0]->heard());
    REQUIRE(order.size() == 9 * 30);
    for (LineClient* one : people) CHECK(said_in(one->heard()) == order);
  }

  TEST_CASE("G1: topics, joins and nicks stand in the same order for all as what is said") {
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(12);
    for (size_t i = 0; i < 6; ++i) {
      const std::string name = "p" + std::to_string(i);
      people[i]->send("one\n/topic by " + name + "\n/nick " + name + "\ntwo\n/me three\n/nick q" +
                      name + "\nfour\n");
    }
    group.settle(people);
    // Nicks are the people's own objects: they stand in order with what the same person says, while
    // the room's order binds the rest. The observers share one room, so they see all of it alike.
    const Lines order = people[6]->heard();
    for (size_t i = 7; i < 12; ++i) {
      const auto is_event = [](const std::string& line) { return !line.starts_with("! unknown"); };
      Lines mine;
      Lines reference;
      std::ranges::copy_if(people[i]->heard(), std::back_inserter(mine), is_event);
      std::ranges::copy_if(order, std::back_inserter(reference), is_event);
      CHECK(mine == reference);
    }
  }

  TEST_CASE("G1: one person's lines to rooms with different owners are seen in the order sent") {
    constexpr int kLines = 240;
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(9);
    join_all_rooms(group, people);
    LineClient& speaker = *people[0];
    Lines expected;
    std::string script;
    for (int i = 0; i < kLines; ++i) {
      expected.push_back(room(i) + " " + std::to_string(i));
      script += "/join " + room(i) + "\n" + expected.back() + "\n";
    }
    speaker.send(script);
    group.settle(people);
    for (size_t i = 1; i < people.size(); ++i) {
      const Lines heard = people[i]->heard();
      CHECK(texts_of(speaker.guest_nick(), heard) == expected);
      for (int number = 0; number < kRooms - 1; ++number) {  // the last one joined is current
        const std::string place = "[#" + room(number) + "] ";
        const size_t lines = containing(heard, place).size();
        CHECK(lines == kLines / kRooms);
        CHECK(containing(heard, place + "<" + speaker.guest_nick() + "> " + room(number)).size() ==
              lines);
      }
    }
  }

  TEST_CASE("G1: private messages and lines to a room alternate as they were sent") {
    Server server;
    ClientGroup group(server);
    LineClient& anna = group.enter("anna");
    std::vector<LineClient*> friends;
    for (int i = 0; i < 6; ++i) friends.push_back(&group.enter("friend" + std::to_string(i)));
    group.start_afresh();
    std::string script;
    Lines expected;
    for (int i = 0; i < 60; ++i) {
      expected.push_back("room " + std::to_string(i));
      script += expected.back() + "\n";
      expected.push_back("private " + std::to_string(i));
      for (int to = 0; to < 6; ++to)
        script += "/msg friend" + std::to_string(to) + " " + expected.back() + "\n";
    }
    anna.send(script);
    anna.fence();
    for (LineClient* one : friends) CHECK(texts_of("anna", one->fence()) == expected);
  }

  TEST_CASE("G9: once somebody has an answer, all have what he said before") {
    constexpr int kRounds = 40;
    Server server;
    ClientGroup group(server);
    const auto people = group.enter_many(6);
    for (int i = 0; i < kRounds; ++i) {
      LineClient& speaker = *people[static_cast<size_t>(i) % people.size()];
      const std::string text = "round " + std::to_string(i);
      speaker.say(text);
      CHECK(said_in(speaker.fence()).empty());
      for (LineClient* other : people) {
        if (other == &speaker) continue;
        // The answer to what he asks only now comes after the line.
        CHECK(said_in(other->fence()) == Lines{"<" + speaker.guest_nick() + "> " + text});
      }
    }
  }

  TEST_CASE("G9: who, rooms and topic answer after what was said before them") {
    Server server;
    ClientGroup group(server);
    LineClient& anna = group.enter("anna");
    LineClient& bob = group.enter("bob");
    group.start_afresh();
    for (const std::string ask : {"/who", "/rooms", "/topic", "/help"}) {
      CAPTURE(ask);
      anna.say("before " + ask + "\n" + ask);
      anna.next();
      CHECK(bob.fence() == Lines{"<anna> before " + ask});
      anna.fence();
    }
  }
}

}  // namespace banterd::tests
