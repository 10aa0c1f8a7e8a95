#include "tests/chaos/receiver.h"

#include <doctest/doctest.h>

#include <string>

namespace banterd::chaos {

namespace {

constexpr size_t kBytes = 60;

// Two rooms, one voice that speaks by turns in both, and receivers.
class Story {
 public:
  Story() {
    truth_.room_names = {"#a", "#b"};
    truth_.orders.resize(2);
    voice_ = &truth_.voices.add({0, 1}, kBytes);
  }

  Receiver present(std::vector<RoomIndex> rooms) {
    Receiver receiver(next_number_++, std::move(rooms), truth_);
    receiver.begin(nullptr);
    return receiver;
  }
  void say(uint32_t lines) { voice_->sent += lines; }
  void hear(Receiver& receiver, std::initializer_list<uint32_t> sequences) {
    for (const uint32_t sequence : sequences) receiver.take(line(*voice_, receiver, sequence));
  }
  // As the server would show it to the receiver, in the room in which it was said.
  SaidLine line(const Voice& voice, const Receiver& receiver, uint32_t sequence) {
    const RoomIndex room = voice.room_of(sequence);
    const bool current = room == receiver.rooms().back();
    return {.room = current ? std::string_view() : std::string_view(truth_.room_names[room]),
            .nick = voice.nick,
            .voice = voice.number,
            .sequence = sequence,
            .bytes = kBytes};
  }

  Truth& truth() { return truth_; }
  Voice& voice() { return *voice_; }
  [[nodiscard]] const Tally& tally() const { return truth_.tally; }

 private:
  Truth truth_;
  Voice* voice_;
  size_t next_number_ = 0;
};

}  // namespace

TEST_SUITE("chaos/receiver") {
  TEST_CASE("who hears all of his rooms once and in order finds no fault") {
    Story story;
    Receiver in_a = story.present({0});
    Receiver in_b = story.present({1});
    Receiver in_both = story.present({0, 1});
    story.say(6);
    story.hear(in_a, {0, 2, 4});
    story.hear(in_b, {1, 3, 5});
    story.hear(in_both, {0, 1, 2, 3, 4, 5});
    for (Receiver* one : {&in_a, &in_b, &in_both}) one->end();
    CHECK(story.tally().faults() == 0);
    CHECK(story.tally().delivered == 12);
  }

  TEST_CASE("a gap counts the lines of one's own rooms in it as lost") {
    Story story;
    Receiver in_a = story.present({0});
    Receiver in_both = story.present({0, 1});
    story.say(8);
    SUBCASE("in the middle") {
      story.hear(in_a, {0, 6});
      CHECK(story.tally().lost == 2);
      story.hear(in_both, {0, 6, 7});
      CHECK(story.tally().lost == 2 + 5);
    }
    SUBCASE("at the end") {
      story.hear(in_a, {0, 2});
      in_a.end();
      CHECK(story.tally().lost == 2);
      in_both.end();
      CHECK(story.tally().lost == 2 + 8);
    }
  }

  TEST_CASE("a line that comes again is doubled, one that comes late is reordered and not lost") {
    Story story;
    Receiver receiver = story.present({0, 1});
    story.say(3);
    SUBCASE("again") {
      story.hear(receiver, {0, 1, 1, 2});
      CHECK(story.tally().doubled == 1);
    }
    SUBCASE("late") {
      story.hear(receiver, {0, 2, 1});
      CHECK(story.tally().reordered == 1);
    }
    receiver.end();
    CHECK(story.tally().lost == 0);
  }

  TEST_CASE("two who hear the same lines in different orders disagree") {
    Story story;
    Voice& other = story.truth().voices.add({0}, kBytes);
    Receiver one = story.present({0});
    Receiver two = story.present({0});
    story.say(1);
    other.sent = 1;
    one.take(story.line(story.voice(), one, 0));
    one.take(story.line(other, one, 0));
    two.take(story.line(other, two, 0));
    two.take(story.line(story.voice(), two, 0));
    CHECK(story.tally().disagreed == 1);
    CHECK(story.tally().lost + story.tally().doubled + story.tally().reordered == 0);
  }

  TEST_CASE("a line in a wrong room, under a wrong nick, cut short or of one's own is misplaced") {
    Story story;
    Receiver receiver = story.present({0});
    story.say(2);
    SaidLine line = story.line(story.voice(), receiver, 0);
    SUBCASE("room") { line.room = "#b"; }
    SUBCASE("not his room") { line.sequence = 1; }
    SUBCASE("nick") { line.nick = "v1"; }
    SUBCASE("length") { line.bytes = kBytes - 1; }
    SUBCASE("a voice that there is not") { line.voice = 7; }
    SUBCASE("own") { receiver.begin(&story.voice()); }
    receiver.take(line);
    CHECK(story.tally().misplaced == 1);
    CHECK(story.tally().delivered == 0);
  }

  TEST_CASE(
      "one who comes later hears all that is said from then on, and may hear what was before") {
    Story story;
    Receiver early = story.present({0});
    story.say(4);
    story.hear(early, {0, 2});
    Receiver late = story.present({0});
    story.say(4);
    SUBCASE("what was on its way comes too") {
      story.hear(late, {2, 4, 6});
      late.end();
      CHECK(story.tally().faults() == 0);
    }
    SUBCASE("it does not") {
      story.hear(late, {4, 6});
      late.end();
      CHECK(story.tally().faults() == 0);
    }
    SUBCASE("the first line from then on is missing") {
      story.hear(late, {6});
      CHECK(story.tally().lost == 1);
    }
    SUBCASE("once it has begun, it has no gap and no order of its own") {
      story.hear(late, {2, 6});
      CHECK(story.tally().lost == 1);
      story.hear(early, {4, 6});
      story.hear(late, {4});
      CHECK(story.tally().reordered == 1);
    }
  }

  TEST_CASE("of a voice that has died only what was confirmed is owed, and all agree on the rest") {
    Story story;
    Receiver one = story.present({0});
    Receiver two = story.present({0});
    story.say(8);
    story.voice().confirmed = 3;
    story.voice().alive = false;
    story.hear(one, {0, 2, 4});
    SUBCASE("both have the same") {
      story.hear(two, {0, 2, 4});
      one.end();
      two.end();
      CHECK(story.tally().faults() == 0);
    }
    SUBCASE("one has more than the other") {
      story.hear(two, {0, 2});
      one.end();
      two.end();
      CHECK(story.tally().disagreed == 1);
      CHECK(story.tally().lost == 0);
    }
    SUBCASE("what was confirmed is missing") {
      story.hear(two, {0});
      two.end();
      CHECK(story.tally().lost == 1);
    }
  }

  TEST_CASE("one whose connection has gone misses nothing") {
    Story story;
    Receiver receiver = story.present({0});
    story.say(4);
    story.hear(receiver, {0});
    receiver.abandon();
    story.hear(receiver, {0, 0});
    receiver.end();
    CHECK(story.tally().faults() == 0);
  }
}

}  // namespace banterd::chaos
