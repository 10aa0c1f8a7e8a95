// What an owner does for rooms and people beyond deciding: takes back what was said, and remembers
// who had a nick.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "ipc/json.h"
#include "tests/unit/worker/owner_fixture.h"
#include "worker/handover_records.h"
#include "worker/message_id.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

struct Fixture : OwnerFixture {
  // Says it, and gives the message's id.
  std::string say(const std::string& room, const chat::Someone& who, const std::string& text) {
    take(room, who, chat::Say{chat::Kind::message, text});
    const PastEvent past = owner->history(all_of(room)).back();
    CHECK(std::get<chat::Said>(past.event.body).text == text);
    return message_id(past.position, room, past.event.at);
  }
  static AboutHistory all_of(const std::string& room) {
    AboutHistory question;
    question.room = room;
    question.most = 1000;
    return question;
  }
  std::string past(const std::string& room) {
    std::string texts;
    for (const PastEvent& line : owner->history(all_of(room)))
      texts += std::string(std::get<chat::Said>(line.event.body).text) + " ";
    return texts;
  }
  // What the owner says to it.
  std::string redact(const chat::Someone& who, const std::string& message) {
    one.forget();
    take("#dev", who, chat::Redact{message, "", std::nullopt});
    return refusal(one.take<LogEvent>().back());
  }
  // An operator and a member of slot 1, another member in slot 2.
  void gather() {
    chat::Join join;
    join.grants = chat::room_operator;
    take("#dev", bob, join);
    take("#dev", dan, chat::Join{});
    take("#dev", cat, chat::Join{});
  }
  std::string former(const std::string& nick) {
    std::string text;
    for (const FormerLine& line : owner->former(nick))
      text += std::string(line.profile->nick.str()) + "@" + std::to_string(line.until) + " ";
    return text;
  }
  // All settled and nobody's death under way, as export_to() wants it.
  void come_to_rest() {
    stands(one);
    stands(two);
    REQUIRE(owner->quiet());
  }
};

}  // namespace

TEST_SUITE("worker/owner_objects") {
  // ---- taking back what was said ----

  TEST_CASE_FIXTURE(Fixture, "who said it may take it back, and then it is in no history") {
    gather();
    say("#dev", dan, "one");
    const std::string id = say("#dev", dan, "two");
    say("#dev", dan, "three");
    two.forget();
    CHECK(redact(dan, id) == "redacted");
    CHECK(past("#dev") == "one three ");
    const auto events = two.take<LogEvent>();
    REQUIRE(events.size() == 1);
    CHECK(std::get<chat::Redacted>(events[0].event.body).message == id);
    CHECK(redact(dan, id) == "no_such_message");
    // Who comes later does not see it either.
    chat::Join join;
    join.replay_lines = 10;
    take("#dev", ann, join);
    REQUIRE(own_history.size() == 1);
    CHECK(own_history[0].lines.size() == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "what others said only an operator takes back") {
    gather();
    const std::string of_bob = say("#dev", bob, "one");
    const std::string of_dan = say("#dev", dan, "two");
    CHECK(redact(dan, of_bob) == "need_operator");
    CHECK(past("#dev") == "one two ");
    CHECK(redact(bob, of_dan) == "redacted");
    CHECK(past("#dev") == "one ");
  }

  TEST_CASE_FIXTURE(Fixture, "who is not in the room takes nothing back, not even his own words") {
    gather();
    const std::string id = say("#dev", dan, "one");
    take("#dev", dan, chat::Part{});
    CHECK(redact(dan, id) == "not_a_member");
    CHECK(past("#dev") == "one ");
    one.forget();
    take("#none", dan, chat::Redact{id, "", std::nullopt});
    CHECK(refusal(one.take<LogEvent>().back()) == "no_such_room");
  }

  TEST_CASE_FIXTURE(Fixture, "whose message it was is for the owner to say, not for the command") {
    gather();
    const std::string id = say("#dev", bob, "one");
    one.forget();
    take("#dev", dan, chat::Redact{id, "", dan.id()});
    CHECK(refusal(one.take<LogEvent>().back()) == "need_operator");
    take("#dev", dan, chat::Redact{"999-0000000000000000", "", dan.id()});
    CHECK(refusal(one.take<LogEvent>().back()) == "no_such_message");
    CHECK(past("#dev") == "one ");
  }

  TEST_CASE_FIXTURE(Fixture, "a message that never was, or was forgotten, is none") {
    gather();
    const std::string id = say("#dev", dan, "one");
    for (const char* bad : {"", "1", "nonsense", "1-0000000000000000"})
      CHECK(redact(dan, bad) == "no_such_message");
    take("#ops", dan, chat::Join{});
    const std::string elsewhere = say("#ops", dan, "two");
    CHECK(redact(dan, elsewhere) == "no_such_message");
    for (size_t i = 0; i < kHistoryLines; ++i) say("#dev", dan, "more");
    CHECK(redact(dan, id) == "no_such_message");
  }

  TEST_CASE_FIXTURE(Fixture, "what was taken back is so in the next life too") {
    gather();
    const std::string id = say("#dev", dan, "one");
    say("#dev", dan, "two");
    CHECK(redact(dan, id) == "redacted");
    begin(2);
    CHECK(past("#dev") == "two ");
    CHECK(redact(dan, id) == "no_such_message");
  }

  TEST_CASE_FIXTURE(Fixture, "what came from another process can be taken back") {
    gather();
    const std::string id = say("#dev", dan, "one");
    say("#dev", dan, "two");
    HistoryBudget budget;
    RoomHistory history;
    for (const PastEvent& line : owner->history(all_of("#dev")))
      history.add(line.position, line.event, nullptr, 10, budget);
    const chat::Room::Part part = owner->room("#dev").room->snapshot().at(0);
    make_anew();
    owner->import({"#dev", true, true, part});
    owner->import_history("#dev", history.pack("#dev"));
    owner->begin_above(100);
    CHECK(redact(dan, id) == "redacted");
    CHECK(past("#dev") == "two ");
  }

  TEST_CASE_FIXTURE(Fixture, "what is of the moment, or not for all, is in no history") {
    gather();
    take("#dev", dan, chat::Say{chat::Kind::tags, "", {}, "+typing=active"});
    chat::Say to_rank{chat::Kind::message, "psst"};
    to_rank.rank = chat::voice;
    take("#dev", bob, to_rank);
    take("#dev", dan, chat::Say{chat::Kind::notice, "note"});
    take("#dev", dan, chat::Say{chat::Kind::action, "waves"});
    CHECK(past("#dev") == "note waves ");
  }

  TEST_CASE_FIXTURE(Fixture, "of what is no room there is no history") {
    take("bob", bob, chat::Claim{});
    take("bob", cat, chat::Say{chat::Kind::message, "psst"});
    CHECK(past("bob") == "");
    CHECK(past("*") == "");
    CHECK(past("#none") == "");
  }

  // ---- who had a nick ----

  TEST_CASE_FIXTURE(Fixture, "who leaves a nick has had it") {
    take("zed", bob, chat::Claim{});
    CHECK(former("zed") == "");
    take("zed", bob, chat::Depart{});
    CHECK(former("zed") == "");
    take("zed", bob, chat::Release{});
    CHECK(former("ZED") == "bob@1000 ");
    take("zed", cat, chat::Claim{});
    take("zed", cat, chat::Release{});
    CHECK(former("zed") == "cat@1000 bob@1000 ");
  }

  TEST_CASE_FIXTURE(Fixture, "who is known by another record at his end has had it by that") {
    take("zed", bob, chat::Claim{});
    take("zed", {chat::profile_of(2, "Bobby", 1), bob.place}, chat::Renew{});
    take("zed", bob, chat::Release{});
    CHECK(former("zed") == "Bobby@1000 ");
  }

  TEST_CASE_FIXTURE(Fixture, "who does not hold the nick leaves no trace") {
    take("zed", bob, chat::Claim{});
    take("zed", cat, chat::Release{});
    take("yak", cat, chat::Watch{});
    take("yak", cat, chat::Unwatch{});
    take("xen", cat, chat::Release{});
    CHECK(former("zed") + former("yak") + former("xen") == "");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "who is lost with his worker has had his nick, who watched it has not") {
    take("bob", bob, chat::Claim{});
    take("bob", dan, chat::Watch{});
    take("cat", cat, chat::Claim{});
    take("cat", dan, chat::Watch{});
    stands(one);
    stands(two);
    owner->on_slot_died({1, 1});
    owner->commit();
    turn(loop, bus);
    CHECK(former("bob") == "");
    for (FakeSlot* slot : {&one, &two}) slot->send(SlotSettled{{1, 1}});
    turn(loop, bus);
    owner->commit();
    REQUIRE(owner->former("bob").size() == 1);
    CHECK(owner->former("bob")[0].profile->nick.str() == "bob");
    CHECK(former("cat") == "");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "who had a nick is known to the next life, as long as the ring has it") {
    take("zed", bob, chat::Claim{});
    take("zed", bob, chat::Release{});
    take("zed", cat, chat::Claim{});
    begin(2);
    CHECK(former("zed") == "bob@1000 ");
  }

  TEST_CASE_FIXTURE(Fixture, "nobody asks who was a guest") {
    take("guest-2", {chat::profile_of(2, "guest-2"), bob.place}, chat::Claim{});
    take("guest-2", {chat::profile_of(2, "guest-2"), bob.place}, chat::Release{});
    CHECK(former("guest-2") == "");
  }

  TEST_CASE_FIXTURE(Fixture, "who had a nick is exported, and imported in its order") {
    for (const chat::Someone& who : {bob, cat, dan}) {
      take("zed", who, chat::Claim{});
      take("zed", who, chat::Release{});
    }
    CHECK(former("zed") == "dan@1000 cat@1000 bob@1000 ");
    come_to_rest();
    auto writer = ipc::ExportWriter::create("owner_objects_test");
    REQUIRE(writer.has_value());
    owner->export_to(*writer);
    auto exported = writer->finish();
    REQUIRE(exported.has_value());
    auto reader = ipc::ExportReader::open(*exported);
    REQUIRE(reader.has_value());
    make_anew();
    CHECK(former("zed") == "");
    for (const ipc::ExportRecord& record : (*reader)->records()) {
      if (record.kind != ipc::ExportKind::former) continue;
      auto read = ipc::from_json<FormerRecord>(record.payload);
      REQUIRE(read.has_value());
      owner->import_former(std::string(record.name), std::move(read->lines));
    }
    CHECK(former("zed") == "dan@1000 cat@1000 bob@1000 ");
  }

  // ---- watched nicks ----

  TEST_CASE_FIXTURE(Fixture, "who watches a nick hears of who has it, from another slot") {
    two.forget();
    take("Zed", cat, chat::Watch{});
    CHECK(refusal(two.take<LogEvent>().at(0)) == "watching");
    CHECK(owner->objects() == 1);
    take("zed", bob, chat::Claim{});
    const auto claimed = two.take<LogEvent>();
    REQUIRE(claimed.size() == 1);
    CHECK((*claimed[0].event.profile)->nick.str() == "bob");
    take("zed", bob, chat::Release{});
    CHECK(refusal(two.take<LogEvent>().at(0)) == "released");
    CHECK(owner->objects() == 1);
    take("zed", cat, chat::Unwatch{});
    CHECK(refusal(two.take<LogEvent>().at(0)) == "unwatched");
    CHECK(owner->objects() == 0);
    take("zed", bob, chat::Claim{});
    CHECK(two.messages().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a watched nick that nobody has is known to the next life") {
    take("zed", cat, chat::Watch{});
    begin(2);
    two.greet(1);
    turn(loop, bus);
    two.forget();
    take("zed", bob, chat::Claim{});
    CHECK(two.take<LogEvent>().size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "watchers who lived in a slot that is absent are gone") {
    make_anew();
    owner->import({"zed", true, true,
                   chat::Person::Part{{}, {}, false, {{cat.id(), {2, 1}}, {bob.id(), {1, 1}}}}});
    owner->begin_above(10);
    owner->on_slot_absent(2);
    owner->commit();
    for (FakeSlot* slot : {&one, &two}) slot->send(SlotSettled{{2, 1}});
    turn(loop, bus);
    owner->commit();
    turn(loop, bus);
    two.forget();
    one.forget();
    take("zed", ann, chat::Claim{});
    CHECK(one.take<LogEvent>().size() == 1);
    CHECK(two.messages().empty());
    take("zed", bob, chat::Unwatch{});
    take("zed", ann, chat::Release{});
    CHECK(owner->objects() == 0);
  }
}
