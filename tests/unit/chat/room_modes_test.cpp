#include "chat/room_modes.h"

#include <doctest/doctest.h>

#include "tests/unit/chat/room_fixture.h"

using namespace banterd::chat;

namespace {

const Someone ann = someone(1, "ann");
const Someone bob = someone(2, "bob");
const Someone cat = someone(3, "cat");

// Ann with `prefixes`, Bob and Cat with none.
OwnedRoom room_of(uint8_t prefixes, uint16_t flags = 0) {
  OwnedRoom room;
  room.make(ann, prefixes, flags);
  room.join(bob);
  room.join(cat);
  return room;
}

}  // namespace

TEST_SUITE("chat/room_modes") {
  TEST_CASE("each letter has one meaning") {
    const std::string_view flags = "imnstCc";
    const std::string_view prefixes = "qaohv";
    const std::string_view lists = "beI";
    for (int c = 0; c < 256; ++c) {
      const char letter = static_cast<char>(c);
      CAPTURE(c);
      CHECK(flag_of(letter).has_value() == (flags.find(letter) != std::string_view::npos));
      CHECK(prefix_of(letter).has_value() == (prefixes.find(letter) != std::string_view::npos));
      CHECK(is_list(letter) == (lists.find(letter) != std::string_view::npos));
    }
  }

  TEST_CASE("each flag is switched on and off again") {
    for (const char letter : std::string_view("imnstCc")) {
      CAPTURE(letter);
      OwnedRoom room = room_of(room_operator);
      CHECK(room.mode(ann, std::string("+") + letter) == "modes_set");
      CHECK(room.room().head().flags == flag_of(letter).value());
      CHECK(room.mode(ann, std::string("+") + letter) == "nothing_changed");
      CHECK(room.mode(ann, std::string("-") + letter) == "modes_set");
      CHECK(room.room().head().flags == 0);
    }
  }

  TEST_CASE("members without operator rights change no modes") {
    OwnedRoom room = room_of(voice);
    CHECK(room.mode(ann, "+m") == "need_operator");
    CHECK(room.mode(bob, "+m") == "need_operator");
    CHECK(room.mode(someone(9, "out"), "+m") == "not_a_member");
  }

  TEST_CASE("who may give and take which prefix") {
    struct Row {
      uint8_t giver;
      const char* gives;
    };
    const std::string_view all = "qaohv";
    for (const Row& row : {Row{half_operator, "v"}, Row{room_operator, "ohv"},
                           Row{room_admin, "aohv"}, Row{founder, "qaohv"}}) {
      for (const char letter : all) {
        CAPTURE(row.gives);
        CAPTURE(letter);
        OwnedRoom room = room_of(row.giver);
        const bool may = std::string_view(row.gives).find(letter) != std::string_view::npos;
        CHECK(room.mode(ann, std::string("+") + letter, bob) ==
              (may ? "modes_set" : "need_operator"));
        CHECK(room.prefixes(bob) == (may ? prefix_of(letter).value() : 0));
      }
    }
  }

  TEST_CASE("nobody takes a prefix that stands above his own") {
    OwnedRoom room = room_of(founder);
    room.mode(ann, "+o", bob);
    CHECK(room.mode(bob, "-q", ann) == "need_operator");
    CHECK(room.mode(ann, "-o", bob) == "modes_set");
    CHECK(room.prefixes(bob) == 0);
    CHECK(room.mode(ann, "-q", ann) == "modes_set");
    CHECK(room.prefixes(ann) == 0);
  }

  TEST_CASE("a member holds several prefixes at once") {
    OwnedRoom room = room_of(founder);
    room.mode(ann, "+v", bob);
    room.mode(ann, "+o", bob);
    CHECK(room.prefixes(bob) == (voice | room_operator));
    room.mode(ann, "-o", bob);
    CHECK(room.prefixes(bob) == voice);
  }

  TEST_CASE("a prefix for somebody who is not there is refused") {
    OwnedRoom room = room_of(founder);
    CHECK(room.mode(ann, "+o", someone(9, "out")) == "target_not_there");
  }

  TEST_CASE("an event names only the changes that changed something, and who made them") {
    OwnedRoom room = room_of(room_operator, moderated);
    const auto change = [](std::string_view text) { return OwnedRoom::change_of(text); };
    CHECK(room.take(ann, SetModes{{change("+m"), change("+n"), change("-s"), change("+l 5")}}) ==
          "modes_set");
    const ModesSet& set = room.last_as<ModesSet>();
    REQUIRE(set.changes.size() == 2);
    CHECK(set.changes[0].letter == "n");
    CHECK(set.changes[1].letter == "l");
    CHECK(set.author == "ann");
    CHECK(room.take(ann, SetModes{{change("+m"), change("-s")}}) == "nothing_changed");
    CHECK(room.take(ann, SetModes{}) == "nothing_changed");
  }

  TEST_CASE("one change that may not be made refuses all of them") {
    OwnedRoom room = room_of(half_operator);
    CHECK(room.take(ann, SetModes{{OwnedRoom::change_of("+m"), OwnedRoom::change_of("+o", bob)}}) ==
          "need_operator");
    CHECK(room.room().head().flags == 0);
  }

  TEST_CASE("unknown letters and changes without their argument are invalid") {
    OwnedRoom room = room_of(founder);
    for (const char* change :
         {"+x", "+B", "+b", "+k", "+l", "+l 0", "+l -1", "+l x", "+l 3x", "+l 4294967296"}) {
      CAPTURE(change);
      CHECK(room.mode(ann, change) == "invalid");
    }
    ModeChange two;
    two.letter = "mn";
    CHECK(room.take(ann, SetModes{{two}}) == "invalid");
    CHECK(room.take(ann, SetModes{{ModeChange{}}}) == "invalid");
  }

  TEST_CASE("key and limit change only when they differ") {
    OwnedRoom room = room_of(room_operator);
    CHECK(room.mode(ann, "-k") == "nothing_changed");
    CHECK(room.mode(ann, "+k one") == "modes_set");
    CHECK(room.mode(ann, "+k one") == "nothing_changed");
    CHECK(room.mode(ann, "+k two") == "modes_set");
    CHECK(room.room().head().key == "two");
    CHECK(room.mode(ann, "-l") == "nothing_changed");
    CHECK(room.mode(ann, "+l 7") == "modes_set");
    CHECK(room.mode(ann, "+l 7") == "nothing_changed");
    CHECK(room.room().head().limit == 7);
    CHECK(room.mode(ann, "-l") == "modes_set");
    CHECK(room.room().head().limit == 0);
  }

  TEST_CASE("a mask is once in its list, whatever its case, with author and time") {
    OwnedRoom room = room_of(room_operator);
    CHECK(room.mode(ann, "+b Bad!*@*") == "modes_set");
    CHECK(room.mode(ann, "+b bAD!*@*") == "nothing_changed");
    CHECK(room.mode(ann, "+e bad!*@*") == "modes_set");
    REQUIRE(room.room().lists().size() == 2);
    const ListEntry& entry = room.room().lists()[0];
    CHECK(entry.list == "b");
    CHECK(entry.mask == "Bad!*@*");
    CHECK(entry.author == "ann");
    CHECK(entry.at == room.now() - 2000);
    CHECK(room.mode(ann, "-b BAD!*@*") == "modes_set");
    CHECK(room.mode(ann, "-b BAD!*@*") == "nothing_changed");
    CHECK(room.room().lists().size() == 1);
  }

  TEST_CASE("each list is bounded on its own") {
    OwnedRoom room = room_of(room_operator);
    for (size_t i = 0; i < kMaxListEntries; ++i)
      REQUIRE(room.mode(ann, "+b m" + std::to_string(i)) == "modes_set");
    CHECK(room.mode(ann, "+b one more") == "list_full");
    CHECK(room.mode(ann, "+b m5") == "nothing_changed");
    CHECK(room.mode(ann, "+e m5") == "modes_set");
    CHECK(room.mode(ann, "-b m5") == "modes_set");
    CHECK(room.mode(ann, "+b one more") == "modes_set");
  }

  TEST_CASE("one command of many bans respects the bound") {
    OwnedRoom room = room_of(room_operator);
    SetModes many;
    for (size_t i = 0; i <= kMaxListEntries; ++i) {
      many.changes.push_back(OwnedRoom::change_of("+b m" + std::to_string(i)));
    }
    CHECK(room.take(ann, many) == "list_full");
    CHECK(room.room().lists().empty());
  }

  TEST_CASE("changes of one command are judged one after the other") {
    OwnedRoom room = room_of(room_operator);
    room.take(ann, SetModes{{OwnedRoom::change_of("+m"), OwnedRoom::change_of("-m")}});
    CHECK((room.room().head().flags & moderated) == 0);
    room.take(ann, SetModes{{OwnedRoom::change_of("+s"), OwnedRoom::change_of("+s")}});
    CHECK(room.last_as<ModesSet>().changes.size() == 1);
  }

  TEST_CASE("a mask or key that is too long is refused") {
    OwnedRoom room = room_of(room_operator);
    const std::string longest(kMaxModeArgumentBytes, 'x');
    CHECK(room.mode(ann, "+b " + longest) == "modes_set");
    CHECK(room.mode(ann, "+b " + longest + "x") == "invalid");
    CHECK(room.mode(ann, "+k " + longest + "x") == "invalid");
  }
}
