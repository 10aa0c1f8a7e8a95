#include "worker/bus_messages.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "ipc/contract.h"
#include "tests/unit/chat/room_fixture.h"
#include "tests/unit/chat/room_story.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

// The same again, or what is wrong with it.
template <class Message>
Message through_json(const Message& message) {
  const auto decoded = decode_bus_message(encode(message));
  REQUIRE_MESSAGE(decoded.has_value(), decoded.error().context);
  REQUIRE(std::holds_alternative<Message>(*decoded));
  return std::get<Message>(*decoded);
}

std::string error_of(std::string_view payload) {
  const auto decoded = decode_bus_message(payload);
  if (decoded) return "";
  CHECK(decoded.error().code == base::Errc::invalid);
  return decoded.error().context;
}

chat::ProfilePtr full_profile() {
  auto profile = chat::make_profile(*chat::profile_of(77, "Ann", 3));
  profile->realname = "Ann \"\\ \x01 \xe2\x82\xac";
  profile->account = "ann";
  static_cast<void>(profile->away.make());
  profile->server_operator = true;
  profile->bot = true;
  return profile;
}

std::vector<chat::Watcher> some_watchers() {
  return {{chat::ClientId{5}, {1, 2}}, {chat::ClientId{UINT64_MAX}, {63, 4}}};
}

std::vector<chat::ModeChange> some_changes() {
  return {{true, "o", "", chat::ClientId{5}}, {false, "b", "a!*@*", {}}};
}

std::vector<chat::SaidLine> some_lines() { return {{"waves", false}, {"again", true}}; }

std::vector<chat::CommandBody> all_commands() {
  return {chat::Join{"key", chat::secret, chat::founder, true, 20},
          chat::Part{"bye"},
          chat::SetTopic{"topic"},
          chat::SetModes{some_changes(), 7},
          chat::Kick{chat::ClientId{5}, "out"},
          chat::Invite{chat::ClientId{5}, "Bob", "#Dev"},
          chat::Quit{"gone"},
          chat::Say{chat::Kind::action, "waves\nagain", some_lines(), "+a=b;+c", chat::voice},
          chat::Renew{},
          chat::LoseSlot{{3, 4}},
          chat::Claim{},
          chat::Depart{},
          chat::Release{},
          chat::Redact{"7-abc", "typo", chat::ClientId{5}},
          chat::Watch{},
          chat::Unwatch{},
          chat::Kill{"spam"},
          chat::Ban{"*@bad.example", "spam", 1'700'000'000'000},
          chat::Unban{"*@bad.example"}};
}

std::vector<chat::EventBody> all_events() {
  return {chat::Said{chat::Kind::notice, "\xf0\x9f\x90\xb1\n", some_lines(), "+a=b", chat::voice,
                     "asleep"},
          chat::Joined{chat::room_operator, true, chat::no_external, true, {1, 2}},
          chat::Parted{"bye"},
          chat::HasQuit{"gone"},
          chat::Renewed{},
          chat::TopicSet{"topic", "ann"},
          chat::ModesSet{some_changes(), "ann", chat::Refusal::list_full},
          chat::Kicked{chat::ClientId{5}, "out"},
          chat::Invited{chat::ClientId{5}, "Bob", "#Dev"},
          chat::SlotLost{{3, 4}, true},
          chat::Claimed{{1, 2}},
          chat::Departing{},
          chat::Released{},
          chat::Refused{chat::Refusal::list_full},
          chat::Redacted{"7-abc", "typo"},
          chat::Watching{{1, 2}, full_profile()},
          chat::Unwatched{},
          chat::Killed{"spam"},
          chat::Banned{"*!*@bad.example", "spam", 1'700'000'000'000, "ann"},
          chat::Unbanned{"*!*@bad.example"}};
}

std::vector<Question> all_questions() {
  return {AboutRooms{},
          AboutRoom{"#Dev", true, "b"},
          AboutPeople{{"ann", "Bob"}, "*.example"},
          AboutNumbers{},
          AboutFormer{"ann"},
          AboutHistory{"#Dev", AboutHistory::Point{5, ""}, AboutHistory::Point{0, "7-abc"},
                       AboutHistory::Point{6, ""}, true, 50}};
}

std::string described(const auto& value) { return chat::Description().add(value).text(); }

std::string described_body(const auto& body) {
  return std::visit([](const auto& one) { return std::string(one.kType) + described(one); }, body);
}

chat::Event event_with(chat::EventBody body) {
  return {{9, 8, 7},         chat::ClientId{77}, {1, 2},
          1'700'000'000'123, full_profile(),     std::move(body)};
}

std::string described_event(const chat::Event& event) {
  return described(event.cause) + described(event.client) + described(event.from) +
         described(event.at) + described(event.profile) + described_body(event.body);
}

// One of everything.
Findings all_findings() {
  Findings found;
  found.rooms = {{"#a", 3, "topic", 1, 2, true}, {"#b", 0, "", 0, 0, false}};
  found.name = "#Dev";
  found.head.emplace().topic = "topic";
  found.members = {{chat::ClientId{77}, full_profile(), {1, 2}, chat::founder}};
  found.entries = {{"b", "*!*@bad.example", "ann", 9}};
  found.people = {{full_profile(), {{"#a", chat::voice, true}}, "192.0.2.1", 10, 20}};
  found.former = {{full_profile(), 30}};
  found.past = {{11, event_with(chat::Said{})}, {12, event_with(chat::Joined{})}};
  found.numbers = {{1, 2, 3, 4, 5, 6, 7, 8}};
  return found;
}

}  // namespace

TEST_SUITE("worker/bus_messages") {
  TEST_CASE("every command arrives as it was sent") {
    const std::vector<chat::CommandBody> bodies = all_commands();
    CHECK(bodies.size() == std::variant_size_v<chat::CommandBody>);
    for (const chat::CommandBody& body : bodies) {
      for (const std::optional<chat::ProfilePtr>& profile :
           {std::optional<chat::ProfilePtr>(), std::optional(full_profile())}) {
        const CommandMessage sent{"#Dev",
                                  {{9, 8, 7}, chat::ClientId{77}, {1, 2}, -5, profile, body}};
        const CommandMessage got = through_json(sent);
        CHECK(got.object == "#Dev");
        CHECK(got.command.id == sent.command.id);
        CHECK(got.command.client == sent.command.client);
        CHECK(got.command.from == sent.command.from);
        CHECK(got.command.at == sent.command.at);
        CHECK(described(got.command.profile) == described(profile));
        CHECK(described_body(got.command.body) == described_body(body));
      }
    }
  }

  TEST_CASE("every event arrives as it was sent") {
    const std::vector<chat::EventBody> bodies = all_events();
    CHECK(bodies.size() == std::variant_size_v<chat::EventBody>);
    for (const chat::EventBody& body : bodies) {
      const LogEvent sent{UINT64_MAX, "#Dev", 1ULL << 63, 6, event_with(body)};
      const LogEvent got = through_json(sent);
      CHECK(got.position == sent.position);
      CHECK(got.object == sent.object);
      CHECK(got.to == sent.to);
      CHECK(got.begins == sent.begins);
      CHECK(described_event(got.event) == described_event(sent.event));
    }
  }

  TEST_CASE("every refusal arrives as it was sent") {
    for (size_t i = 0; i < names_of(chat::Refusal{}).size(); ++i) {
      const chat::Refused sent{static_cast<chat::Refusal>(i)};
      const LogEvent got = through_json(LogEvent{1, "x", 1, 0, event_with(sent)});
      CHECK(std::get<chat::Refused>(got.event.body).why == sent.why);
    }
  }

  TEST_CASE("every other message arrives as it was sent") {
    CHECK(described(through_json(Hello{{3, 4}, 5})) == described(Hello{{3, 4}, 5}));
    CHECK(described(through_json(Standing{6, 7})) == described(Standing{6, 7}));
    CHECK(described(through_json(Ended{{1, 2, UINT64_MAX}})) ==
          described(Ended{{1, 2, UINT64_MAX}}));
    CHECK(described(through_json(Ended{})) == described(Ended{}));
    const Living living{2, UINT64_MAX, {3, UINT64_MAX}};
    CHECK(described(through_json(living)) == described(living));
    CHECK(described(through_json(Barrier{5})) == described(Barrier{5}));
    CHECK(described(through_json(SlotSettled{{3, 4}})) == described(SlotSettled{{3, 4}}));
    const Seen seen{{{{1, 2, 3}, {4, 5}}, {{6, 7, 8}, {9, 10}}}};
    CHECK(described(through_json(seen)) == described(seen));
    const History history{"#a", chat::ClientId{4}, {{11, event_with(chat::Said{})}}};
    const Replay replay{"#a", chat::ClientId{4}, 20};
    CHECK(through_json(replay) == replay);
    const History got = through_json(history);
    CHECK(got.object == "#a");
    CHECK(got.client == chat::ClientId{4});
    REQUIRE(got.lines.size() == 1);
    CHECK(got.lines[0].position == 11);
    CHECK(described_event(got.lines[0].event) == described_event(history.lines[0].event));
  }

  TEST_CASE("every question arrives as it was asked") {
    const std::vector<Question> questions = all_questions();
    CHECK(questions.size() == std::variant_size_v<Question>);
    for (const Question& question : questions) {
      const Query got = through_json(Query{UINT64_MAX, question});
      CHECK(got.query == UINT64_MAX);
      CHECK(described_body(got.question) == described_body(question));
    }
  }

  TEST_CASE("an answer arrives as it was sent, whatever was found") {
    for (const bool last : {false, true}) {
      const Answer sent{8, last, all_findings()};
      CHECK(encode(through_json(sent)) == encode(sent));
    }
    const Findings got = through_json(Answer{8, true, all_findings()}).found;
    CHECK(described(got.rooms) == described(all_findings().rooms));
    CHECK(described(got.members) == described(all_findings().members));
    CHECK(described(got.people) == described(all_findings().people));
    CHECK(described(got.numbers) == described(all_findings().numbers));
    REQUIRE(got.past.size() == 2);
    CHECK(described_event(got.past[1].event) == described_event(all_findings().past[1].event));
  }

  TEST_CASE("a snapshot of the server arrives as it was sent") {
    const chat::Server::Part part{
        {{"*!*@bad.example", "spam", "ann", 1, 2}, {"*!x@*", "", "", 0, 0}}};
    const Snapshot got = through_json(Snapshot{"*", true, false, part});
    CHECK_FALSE(got.last);
    CHECK(described(std::get<chat::Server::Part>(got.part)) == described(part));
  }

  TEST_CASE("a snapshot of a person arrives as it was sent") {
    const Snapshot got = through_json(
        Snapshot{"ann", true, true,
                 chat::Person::PersonPart{full_profile(), {1, 2}, true, some_watchers()}});
    CHECK(got.first);
    CHECK(got.last);
    CHECK(got.object == "ann");
    CHECK(described(std::get<chat::Person::Part>(got.part)) ==
          described(chat::Person::PersonPart{full_profile(), {1, 2}, true, some_watchers()}));
  }

  // Whoever follows a room by the bus alone has its owner's state.
  TEST_CASE("a room that travelled as JSON, by snapshot and events, is the owner's room") {
    int compared = 0;
    for (uint64_t seed = 1; seed <= 12; ++seed) {
      chat::RoomStory story(seed);
      chat::OwnedRoom owner;
      std::optional<chat::Room> replica;
      for (int step = 0; step < 300; ++step) {
        if (owner.exists() && step % 20 == 0) {
          replica.emplace();
          for (const chat::Room::Part& part : owner.room().snapshot()) {
            const Snapshot got = through_json(Snapshot{"#dev", false, false, part});
            replica->restore(std::get<chat::Room::Part>(got.part));
          }
        }
        const size_t before = owner.events().size();
        owner.take(story.next());
        if (owner.events().size() == before || !replica) continue;
        replica->evolve(through_json(LogEvent{1, "#dev", 1, 0, owner.last()}).event);
        if (!owner.exists()) {
          replica.reset();
          continue;
        }
        REQUIRE(describe(*replica) == describe(owner.room()));
        ++compared;
      }
    }
    CHECK(compared > 100);
  }

  TEST_CASE("parts of the largest room that there may be fit a frame") {
    chat::OwnedRoom room;
    const std::string name(chat::kMaxNickBytes, '\\');
    const auto widest = [&](uint64_t client) {
      auto profile = chat::make_profile(*chat::profile_of(client, name));
      profile->user = profile->host = profile->realname = std::string(200, '\x01');
      profile->away.make() = std::string(chat::kMaxReasonBytes, '\x01');
      return chat::Someone{profile, {63, UINT64_MAX}};
    };
    for (uint64_t client = 0; client < 2 * chat::Room::kEntriesPerPart; ++client)
      room.join(widest(UINT64_MAX - client));
    for (const chat::Room::Part& part : room.room().snapshot())
      CHECK(encode(Snapshot{"#dev", true, true, part}).size() < ipc::kMaxFrameBytes);
  }

  TEST_CASE("fields that a newer version adds are ignored, and missing ones have their default") {
    const auto decoded = decode_bus_message(
        R"({"type":"hello","place":{"slot":1,"colour":"red"},"wisdom":[1,{"a":2}]})");
    REQUIRE(decoded.has_value());
    const Hello& hello = std::get<Hello>(*decoded);
    CHECK(hello.place == chat::Place{1, 0});
    CHECK(hello.stands == 0);
  }

  TEST_CASE("the error names the field that is wrong") {
    CHECK(error_of("{") == "not JSON");
    CHECK(error_of("[]") == "no type");
    CHECK(error_of(R"({"place":{}})") == "no type");
    CHECK(error_of(R"({"type":"sing"})") == "unknown type sing");
    CHECK(error_of(R"({"type":"hello","place":{"slot":"1"}})") ==
          "place: slot: an integer expected");
    CHECK(error_of(R"({"type":"hello","place":{"slot":4294967296}})") ==
          "place: slot: a number out of range");
    CHECK(error_of(R"({"type":"hello","stands":-1})") == "stands: a number out of range");
    CHECK(error_of(R"({"type":"hello","stands":1.5})") == "stands: an integer expected");
    CHECK(error_of(R"({"type":"hello","place":7})") == "place: an object expected");
    CHECK(error_of(R"({"type":"ended","connections":{}})") == "connections: an array expected");
    CHECK(error_of(R"({"type":"ended","connections":[1,"2"]})") ==
          "connections: an integer expected");
    CHECK(error_of(R"({"type":"answer","last":1})") == "last: a boolean expected");
    CHECK(error_of(R"({"type":"command","object":null})") == "object: a string expected");
    CHECK(error_of(R"({"type":"command","command":{"body":{"type":"dance"}}})") ==
          "command: body: unknown type dance");
    CHECK(error_of(R"({"type":"command","command":{"body":{"type":"say","kind":"song"}}})") ==
          "command: body: kind: an unknown name");
    CHECK(error_of(R"({"type":"command","command":{"profile":{"nick":"1 2"}}})") ==
          "command: profile: nick: a text that is not allowed here");
    CHECK(error_of(R"({"type":"event","event":{"body":{"type":"refused","why":0}}})") ==
          "event: body: why: a name expected");
  }
}
