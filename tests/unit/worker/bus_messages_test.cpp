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
  auto profile = std::make_shared<chat::Profile>(*chat::profile_of(77, "Ann", 3));
  profile->realname = "Ann \"\\ \x01 \xe2\x82\xac";
  profile->account = "ann";
  profile->away = "";
  profile->server_operator = true;
  profile->bot = true;
  return profile;
}

std::vector<chat::ModeChange> some_changes() {
  return {{true, "o", "", chat::ClientId{5}}, {false, "b", "a!*@*", {}}};
}

std::vector<chat::CommandBody> all_commands() {
  return {chat::Join{"key", chat::secret, chat::founder, true, 20},
          chat::Part{"bye"},
          chat::SetTopic{"topic"},
          chat::SetModes{some_changes()},
          chat::Kick{chat::ClientId{5}, "out"},
          chat::Invite{chat::ClientId{5}},
          chat::Quit{"gone"},
          chat::Say{chat::Kind::action, "waves"},
          chat::Renew{},
          chat::LoseSlot{{3, 4}},
          chat::Claim{},
          chat::Depart{},
          chat::Release{}};
}

std::vector<chat::EventBody> all_events() {
  return {chat::Said{chat::Kind::notice, "\xf0\x9f\x90\xb1\n"},
          chat::Joined{chat::room_operator, true, chat::no_external, true, {1, 2}},
          chat::Parted{"bye"},
          chat::HasQuit{"gone"},
          chat::Renewed{},
          chat::TopicSet{"topic", "ann"},
          chat::ModesSet{some_changes(), "ann"},
          chat::Kicked{chat::ClientId{5}, "out"},
          chat::Invited{chat::ClientId{5}},
          chat::SlotLost{{3, 4}},
          chat::Claimed{{1, 2}},
          chat::Departing{},
          chat::Released{},
          chat::Refused{chat::Refusal::list_full}};
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
    CHECK(described(through_json(ListRooms{8})) == described(ListRooms{8}));
    const RoomList rooms{8, true, {{"#a", 3, "topic"}, {"#b", 0, ""}}};
    CHECK(described(through_json(rooms)) == described(rooms));
    const Seen seen{{{{1, 2, 3}, {4, 5}}, {{6, 7, 8}, {9, 10}}}};
    CHECK(described(through_json(seen)) == described(seen));
    const History history{"#a", chat::ClientId{4}, {{11, event_with(chat::Said{})}}};
    const History got = through_json(history);
    CHECK(got.object == "#a");
    CHECK(got.client == chat::ClientId{4});
    REQUIRE(got.lines.size() == 1);
    CHECK(got.lines[0].position == 11);
    CHECK(described_event(got.lines[0].event) == described_event(history.lines[0].event));
  }

  TEST_CASE("a snapshot of a person arrives as it was sent") {
    const Snapshot got = through_json(
        Snapshot{"ann", true, true, chat::Person::PersonPart{full_profile(), {1, 2}, true}});
    CHECK(got.first);
    CHECK(got.last);
    CHECK(got.object == "ann");
    CHECK(described(std::get<chat::Person::Part>(got.part)) ==
          described(chat::Person::PersonPart{full_profile(), {1, 2}, true}));
  }

  // Whoever follows a room by the bus alone has its owner's state.
  TEST_CASE("a room that travelled as JSON, by snapshot and events, is the owner's room") {
    int compared = 0;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      chat::RoomStory story(seed);
      chat::OwnedRoom owner;
      std::optional<chat::Room> replica;
      for (int step = 0; step < 300; ++step) {
        if (owner.exists() && step % 50 == 0) {
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
      auto profile = std::make_shared<chat::Profile>(*chat::profile_of(client, name));
      profile->user = profile->host = profile->realname = std::string(200, '\x01');
      profile->away = std::string(chat::kMaxReasonBytes, '\x01');
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
    CHECK(error_of(R"({"type":"room_list","last":1})") == "last: a boolean expected");
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
