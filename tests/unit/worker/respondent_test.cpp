#include "worker/respondent.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/chat/room_fixture.h"
#include "tests/unit/worker/cluster.h"
#include "worker/message_id.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

// One worker, who owns all.
struct Fixture {
  Cluster cluster{1};
  Respondent respondent{cluster.service(0).owner(), cluster.service(0).clients(), 0, 3};

  std::vector<Findings> parts(const Question& question) {
    std::vector<Findings> found = respondent.find(question);
    for (const Findings& part : found)
      CHECK(encode(Answer{UINT64_MAX, false, part}).size() < ipc::kMaxFrameBytes);
    return found;
  }
  // All parts of one kind, one after the other.
  template <class T>
  std::vector<T> all(const Question& question, std::vector<T> Findings::*of) {
    std::vector<T> together;
    for (const Findings& part : parts(question))
      together.insert(together.end(), (part.*of).begin(), (part.*of).end());
    return together;
  }
  std::string nicks(const AboutPeople& question) {
    std::string text;
    for (const PersonLine& line : all(Question(question), &Findings::people))
      text.append(line.profile->nick.str()).append(" ");
    return text;
  }
  Numbers numbers() {
    const auto found = all(AboutNumbers{}, &Findings::numbers);
    REQUIRE(found.size() == 1);
    return found[0];
  }
  // A command of somebody who is no client here.
  void take(const std::string& object, uint64_t client, chat::CommandBody body) {
    const std::string nick = "n" + std::to_string(client);
    const chat::CommandId id{1'000'000 + client, ++line_, 0};
    owner().take(object, {id, chat::ClientId{client}, cluster.service(0).place(),
                          static_cast<chat::TimeMs>(1000 + line_), chat::profile_of(client, nick),
                          std::move(body)});
  }
  void settle() {
    owner().commit();
    cluster.settle();
  }
  Owner& owner() { return cluster.service(0).owner(); }

 private:
  uint64_t line_ = 0;
};

}  // namespace

TEST_SUITE("worker/respondent") {
  TEST_CASE_FIXTURE(Fixture, "all rooms are found, in parts") {
    CHECK(parts(AboutRooms{}).empty());
    for (uint64_t i = 0; i < 450; ++i) take("#Room" + std::to_string(i), i, chat::Join{});
    settle();
    CHECK(parts(AboutRooms{}).size() == 3);
    const auto rooms = all(AboutRooms{}, &Findings::rooms);
    REQUIRE(rooms.size() == 450);
    CHECK(rooms[0].name == "#Room0");
    CHECK(rooms[449].name == "#Room99");
  }

  TEST_CASE_FIXTURE(Fixture, "of many questions one iteration answers some, of each slot in turn") {
    std::string answered;  // "SLOT:QUERY;"
    const auto answer_some = [&](const Respondent::HasRoom& has_room) {
      answered.clear();
      return respondent.answer_some(has_room, [&](Slot slot, const Answer& answer) {
        if (answer.last)
          answered += std::to_string(slot) + ":" + std::to_string(answer.query) + ";";
      });
    };
    const auto always = [](Slot) { return true; };
    CHECK(!answer_some(always));
    for (uint64_t query = 1; query <= 3; ++query) respondent.take(0, {query, AboutRooms{}});
    respondent.take(2, {7, AboutRooms{}});
    CHECK(answer_some(always));
    CHECK(answered == "0:1;");
    CHECK(answer_some(always));
    CHECK(answered == "2:7;");
    // Where there is no room nothing is said, until there is.
    CHECK(!answer_some([](Slot slot) { return slot != 0; }));
    CHECK(answered.empty());
    CHECK(answer_some(always));
    CHECK(answered == "0:2;");
    respondent.forget(0);
    for (uint64_t query = 1; query <= 100; ++query) respondent.take(1, {query, AboutNumbers{}});
    CHECK(answer_some(always));
    CHECK(answered.ends_with("1:32;"));
    while (answer_some(always)) {
    }
    CHECK(answered.ends_with("1:100;"));
  }

  TEST_CASE_FIXTURE(Fixture, "of a room as much is found as is asked for") {
    CHECK(parts(AboutRoom{"#dev", true, "b"}).empty());
    chat::Join join;
    join.grants = chat::founder;
    for (uint64_t i = 1; i <= 401; ++i) take("#Dev", i, join);
    chat::SetModes modes;
    modes.max_entries = 1000;
    for (int i = 0; i < 250; ++i)
      modes.changes.push_back({true, "b", "n" + std::to_string(i) + "!*@*", {}});
    take("#dev", 1, modes);
    settle();

    const auto head = parts(AboutRoom{"#DEV", false, ""});
    REQUIRE(head.size() == 1);
    CHECK(head[0].name == "#Dev");
    REQUIRE(head[0].head.has_value());
    CHECK(head[0].head->created == 1001);
    CHECK(head[0].members.empty());
    CHECK(head[0].entries.empty());

    CHECK(parts(AboutRoom{"#dev", true, "b"}).size() == 1 + 3 + 2);
    CHECK(all(AboutRoom{"#dev", true, ""}, &Findings::members).size() == 401);
    const auto entries = all(AboutRoom{"#dev", false, "b"}, &Findings::entries);
    REQUIRE(entries.size() == 250);
    CHECK(entries[249].mask == "n249!*@*");
    CHECK(all(AboutRoom{"#dev", false, "e"}, &Findings::entries).empty());
    CHECK(all(AboutRoom{"#dev", false, "x"}, &Findings::entries).empty());
  }

  TEST_CASE_FIXTURE(Fixture, "what is no room has nothing to be found") {
    cluster.enter(0);
    CHECK(parts(AboutRoom{"guest-1", true, "b"}).empty());
    CHECK(parts(AboutRoom{"", true, ""}).empty());
    CHECK(parts(AboutRoom{"*", true, ""}).empty());
  }

  TEST_CASE_FIXTURE(Fixture, "people are found by their nicks, in any spelling") {
    Guest& ann = cluster.enter(0);
    cluster.enter(0);
    cluster.say(ann, {"/nick Ann", "/join #dev"});
    CHECK(nicks({{"ANN"}, ""}) == "Ann ");
    CHECK(nicks({{"guest-2", "nobody", "ann"}, ""}) == "guest-2 Ann ");
    CHECK(nicks({{"guest-1"}, ""}) == "");
    // A mask is none where nicks are given.
    CHECK(nicks({{"a*"}, "*"}) == "");
    const auto lines = all(AboutPeople{{"ann"}, ""}, &Findings::people);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].address == "10.0.0.1");
    CHECK(lines[0].profile->host != "10.0.0.1");
    CHECK(lines[0].since > 0);
    REQUIRE(lines[0].rooms.size() == 2);
    CHECK(lines[0].rooms[0].name == "#lobby");
    CHECK(lines[0].rooms[0].prefixes == 0);
    CHECK(lines[0].rooms[1].name == "#dev");
    CHECK(lines[0].rooms[1].prefixes == chat::room_operator);
  }

  TEST_CASE_FIXTURE(Fixture, "people are found by what everybody may know of them") {
    Guest& ann = cluster.enter(0);
    cluster.enter(0);
    cluster.say(ann, {"/nick Ann"});
    const std::string host(all(AboutPeople{{"ann"}, ""}, &Findings::people)[0].profile->host);
    for (const std::string& mask :
         {std::string("*"), std::string("guest"), host, std::string("*!guest@*"), "*@" + host}) {
      CAPTURE(mask);
      CHECK(all(AboutPeople{{}, mask}, &Findings::people).size() == 2);
    }
    CHECK(nicks({{}, "AN?"}) == "Ann ");
    CHECK(nicks({{}, "ann!*@*"}) == "Ann ");
    // Nobody learns an address by guessing, and what is empty matches nothing.
    CHECK(nicks({{}, "10.0.0.1"}) == "");
    CHECK(nicks({{}, ""}) == "");
  }

  TEST_CASE_FIXTURE(Fixture, "many people are found in parts") {
    for (int i = 0; i < 45; ++i) cluster.connect(0);
    cluster.settle();
    CHECK(parts(AboutPeople{{}, "*"}).size() == 3);
    CHECK(all(AboutPeople{{}, "*"}, &Findings::people).size() == 45);
  }

  TEST_CASE("of people who are in many rooms fewer are in a part") {
    constexpr size_t kRooms = 600;
    Cluster cluster(1, R"(, "limits": {"rooms_per_client": 1000, "messages_per_second": 1000000,
                                        "message_burst": 1000000})");
    for (int i = 0; i < 20; ++i) {
      std::string joins = "/who";
      for (size_t room = 1; room < kRooms; ++room)
        joins += "\n/join #" + std::string(50, '"') + std::to_string(i * kRooms + room);
      cluster.say(cluster.enter(0), {joins});
    }
    Respondent respondent{cluster.service(0).owner(), cluster.service(0).clients(), 0, 1};
    size_t people = 0;
    for (const Findings& part : respondent.find(AboutPeople{{}, "*"})) {
      CHECK(encode(Answer{UINT64_MAX, false, part}).size() < ipc::kMaxFrameBytes);
      for (const PersonLine& line : part.people) CHECK(line.rooms.size() == kRooms);
      people += part.people.size();
    }
    CHECK(people == 20);
  }

  TEST_CASE_FIXTURE(Fixture, "numbers are those of the moment") {
    CHECK(numbers().visible == 0);
    Guest& ann = cluster.enter(0);
    cluster.enter(0);
    cluster.enter(0, Cluster::kEcho);
    cluster.connect(0, Cluster::kIrc);
    cluster.settle();
    CHECK(numbers().slot == 0);
    CHECK(numbers().visible == 2);
    CHECK(numbers().unregistered == 1);
    CHECK(numbers().rooms == 1);
    CHECK(numbers().settled == owner().settled());
    CHECK(numbers().settled > 0);
    cluster.say(ann, {"/join #dev", "/quit"});
    CHECK(numbers().visible == 1);
    CHECK(numbers().rooms == 1);
    CHECK(numbers().most == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "the most that there were are counted whether somebody asked or not") {
    Guest& ann = cluster.enter(0);
    Guest& bob = cluster.enter(0);
    for (Guest* guest : {&ann, &bob}) cluster.say(*guest, {"/quit"});
    CHECK(numbers().visible == 0);
    CHECK(numbers().most == 2);
  }

  TEST_CASE("the most that there were are those of all slots at once") {
    Cluster cluster(2);
    const auto most = [&](Slot slot) {
      return Respondent(cluster.service(slot).owner(), cluster.service(slot).clients(), slot, 2)
          .numbers()
          .most;
    };
    Guest& ann = cluster.enter(0);
    cluster.enter(1);
    cluster.run_until([&] { return most(0) == 2 && most(1) == 2; });
    cluster.say(ann, {"/quit"});
    cluster.enter(1);
    cluster.settle();
    CHECK(most(0) == 2);
    CHECK(most(1) == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "who had a nick is found, the last first") {
    CHECK(parts(AboutFormer{"ann"}).empty());
    for (int i = 0; i < 2; ++i) {
      Guest& guest = cluster.enter(0);
      cluster.say(guest, {"/nick Ann", "/quit"});
    }
    const auto former = all(AboutFormer{"ANN"}, &Findings::former);
    REQUIRE(former.size() == 2);
    CHECK(former[0].profile->client == chat::ClientId{2});
    CHECK(former[1].profile->client == chat::ClientId{1});
    // Nobody else is ever a guest of that nick.
    CHECK(parts(AboutFormer{"guest-1"}).empty());
  }

  TEST_CASE_FIXTURE(Fixture, "what was said is found in parts, in its order") {
    take("#dev", 1, chat::Join{});
    const std::string rest(5000, '.');
    for (int i = 0; i < 50; ++i)
      take("#dev", 1, chat::Say{chat::Kind::message, std::to_string(i) + rest});
    settle();
    AboutHistory question;
    question.room = "#Dev";
    question.most = 45;
    CHECK(parts(question).size() == 3);
    const auto past = all(question, &Findings::past);
    REQUIRE(past.size() == 45);
    CHECK(std::get<chat::Said>(past[0].event.body).text == "5" + rest);
    CHECK(std::get<chat::Said>(past[44].event.body).text == "49" + rest);
    CHECK((*past[0].event.profile)->nick.str() == "n1");
    question.before =
        AboutHistory::Point{0, message_id(past[1].position, "#dev", past[1].event.at)};
    question.most = 1;
    const auto one = all(question, &Findings::past);
    REQUIRE(one.size() == 1);
    CHECK(one[0].position == past[0].position);
    question.room = "#ops";
    CHECK(parts(question).empty());
  }

  TEST_CASE_FIXTURE(Fixture, "parts of the largest answers fit a frame") {
    const std::string wide(4096, '\x01');
    take("#dev", 1, chat::Join{});
    chat::Say lines{chat::Kind::message, wide};
    lines.lines.emplace();
    for (int i = 0; i < 24; ++i) lines.lines->push_back({std::string(170, '\x01'), false});
    lines.tags = "+x=" + wide;
    for (int i = 0; i < 60; ++i) take("#dev", 1, lines);
    for (uint64_t i = 0; i < 250; ++i) {
      chat::Join join;
      join.grants = chat::founder;
      const std::string name = "#" + std::string(40, '\\') + std::to_string(i);
      take(name, i, join);
      take(name, i, chat::SetTopic{std::string(chat::kMaxTopicBytes, '\x01')});
    }
    settle();
    AboutHistory question;
    question.room = "#dev";
    question.most = 100;
    CHECK(all(question, &Findings::past).size() == 60);
    CHECK(all(AboutRooms{}, &Findings::rooms).size() == 251);
  }
}
