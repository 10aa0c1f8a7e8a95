#include "chat/room_modes.h"

#include <doctest/doctest.h>

#include <random>

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

  TEST_CASE("whoever has a rank may give it up, and nothing else by that") {
    for (const char letter : std::string_view("qaohv")) {
      CAPTURE(letter);
      const uint8_t rank = prefix_of(letter).value();
      OwnedRoom room = room_of(rank);
      CHECK(room.mode(ann, std::string("-") + letter, ann) == "modes_set");
      CHECK(room.prefixes(ann) == 0);
      CHECK(room.mode(ann, std::string("-") + letter, ann) == "nothing_changed");
      CHECK(room.mode(ann, std::string("+") + letter, ann) == "need_operator");
    }
    OwnedRoom room = room_of(voice);
    CHECK(room.mode(bob, "-v", ann) == "need_operator");
  }

  TEST_CASE("who has given up his rank may do no more by it in the same command") {
    OwnedRoom room = room_of(room_operator);
    CHECK(room.take(ann, SetModes{{OwnedRoom::change_of("-o", ann), OwnedRoom::change_of("+o", bob),
                                   OwnedRoom::change_of("+m")}}) == "modes_set");
    const ModesSet& set = room.last_as<ModesSet>();
    CHECK(set.changes.size() == 1);
    CHECK(set.refused == Refusal::need_operator);
    CHECK(room.prefixes(ann) == 0);
    CHECK(room.prefixes(bob) == 0);
    CHECK(room.room().head().flags == 0);
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
    CHECK_FALSE(set.refused.has_value());
    CHECK(room.take(ann, SetModes{{change("+m"), change("-s")}}) == "nothing_changed");
    CHECK(room.take(ann, SetModes{}) == "nothing_changed");
  }

  TEST_CASE("what may be made of a command is made, and the first refusal is told") {
    OwnedRoom room = room_of(half_operator);
    CHECK(room.take(ann, SetModes{{OwnedRoom::change_of("+k"), OwnedRoom::change_of("+m"),
                                   OwnedRoom::change_of("+o", bob), OwnedRoom::change_of("+s")}}) ==
          "modes_set");
    CHECK(room.room().head().flags == (moderated | secret));
    CHECK(room.prefixes(bob) == 0);
    CHECK(room.last_as<ModesSet>().changes.size() == 2);
    CHECK(room.last_as<ModesSet>().refused == Refusal::invalid);
  }

  TEST_CASE("a command of which nothing remains is refused as its first change that was") {
    OwnedRoom room = room_of(half_operator, moderated);
    const auto change = [](std::string_view text) { return OwnedRoom::change_of(text, bob); };
    CHECK(room.take(ann, SetModes{{change("+m"), change("+o"), change("+l x")}}) ==
          "need_operator");
    CHECK(room.take(ann, SetModes{{change("+m"), change("+l x"), change("+o")}}) == "invalid");
    CHECK(room.take(ann, SetModes{{change("+m"), change("-s")}}) == "nothing_changed");
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

  TEST_CASE("a key goes whatever is guessed, and the event does not repeat the guess") {
    for (const char* change : {"-k", "-k one", "-k two", "-k a,b c"}) {
      CAPTURE(change);
      OwnedRoom room = room_of(room_operator);
      room.mode(ann, "+k one");
      CHECK(room.mode(ann, change) == "modes_set");
      CHECK(room.room().head().key.empty());
      CHECK(room.last_as<ModesSet>().changes.at(0).argument.empty());
    }
  }

  TEST_CASE("a limit is told as the number that it is") {
    OwnedRoom room = room_of(room_operator);
    CHECK(room.mode(ann, "+l 007") == "modes_set");
    CHECK(room.last_as<ModesSet>().changes.at(0).argument == "7");
    CHECK(room.mode(ann, "-l 7") == "modes_set");
    CHECK(room.last_as<ModesSet>().changes.at(0).argument.empty());
  }

  TEST_CASE("a key is a word without commas of at most 32 bytes") {
    const std::string longest(kMaxKeyBytes, 'x');
    OwnedRoom room = room_of(room_operator);
    for (const std::string& key : {std::string(" "), std::string("a b"), std::string("a,b"),
                                   std::string(":a"), std::string("a\x01"), std::string("a\x7f"),
                                   std::string("a\0b", 3), std::string("a\r"), longest + "x"}) {
      CAPTURE(key);
      CHECK(room.mode(ann, "+k " + key) == "invalid");
    }
    for (const std::string& key : {longest, std::string("a:b"), std::string("*"),
                                   std::string("\xc3\xbc"), std::string("~m:x")}) {
      CAPTURE(key);
      CHECK(room.mode(ann, "+k " + key) == "modes_set");
      CHECK(room.room().head().key == key);
    }
  }

  TEST_CASE("a mask is once in its list, whatever its case, with author and time") {
    OwnedRoom room = room_of(room_operator);
    CHECK(room.mode(ann, "+b Bad!*@*") == "modes_set");
    CHECK(room.mode(ann, "+b bAD!*@*") == "nothing_changed");
    CHECK(room.mode(ann, "+e bad!*@*") == "modes_set");
    CHECK(room.masks('e') == std::vector<std::string>{"bad!*@*"});
    CHECK(room.room().entries('x').empty());
    REQUIRE(room.room().entries('b').size() == 1);
    const ListEntry entry = room.room().entries('b')[0];
    CHECK(entry.list == "b");
    CHECK(entry.mask == "Bad!*@*");
    CHECK(entry.author == "ann");
    CHECK(entry.at == room.now() - 2000);
    CHECK(room.mode(ann, "-b BAD!*@*") == "modes_set");
    CHECK(room.mode(ann, "-b BAD!*@*") == "nothing_changed");
    CHECK(room.masks('b').empty());
    CHECK(room.masks('e').size() == 1);
  }

  TEST_CASE("a mask is stored and told complete, and found under either spelling") {
    OwnedRoom room = room_of(room_operator);
    CHECK(room.mode(ann, "+b Bad") == "modes_set");
    CHECK(room.last_as<ModesSet>().changes.at(0).argument == "Bad!*@*");
    CHECK(room.masks('b') == std::vector<std::string>{"Bad!*@*"});
    CHECK(room.mode(ann, "+b bad!*@*") == "nothing_changed");
    CHECK(room.mode(ann, "-b bad") == "modes_set");
    CHECK(room.last_as<ModesSet>().changes.at(0).argument == "bad!*@*");
    CHECK(room.mode(ann, "+b x@y") == "modes_set");
    CHECK(room.mode(ann, "-b *!x@y") == "modes_set");
    CHECK(room.masks('b').empty());
  }

  TEST_CASE("a list is in the order of setting") {
    OwnedRoom room = room_of(room_operator);
    for (const char* change : {"+b z", "+b a", "+b m", "-b z", "+b z", "+b A"})
      room.mode(ann, change);
    CHECK(room.masks('b') == std::vector<std::string>{"a!*@*", "m!*@*", "z!*@*"});
  }

  TEST_CASE("each list is bounded on its own, as the command says") {
    OwnedRoom room = room_of(room_operator);
    const auto set = [&](std::string_view change, uint32_t max_entries) {
      return room.take(ann, SetModes{{OwnedRoom::change_of(change)}, max_entries});
    };
    CHECK(set("+b m0", 0) == "list_full");
    for (int i = 0; i < 10; ++i) REQUIRE(set("+b m" + std::to_string(i), 10) == "modes_set");
    CHECK(set("+b more", 10) == "list_full");
    CHECK(set("+b m5", 10) == "nothing_changed");
    CHECK(set("+e m5", 10) == "modes_set");
    CHECK(set("-b m5", 10) == "modes_set");
    CHECK(set("+b more", 10) == "modes_set");
    CHECK(set("+b again", 11) == "modes_set");
    // A bound that was lowered since removes nothing.
    CHECK(set("+b even_more", 5) == "list_full");
    CHECK(set("-b again", 5) == "modes_set");
    CHECK(room.masks('b').size() == 10);
  }

  TEST_CASE("one command of many bans sets as many as the bound allows") {
    OwnedRoom room = room_of(room_operator);
    SetModes many;
    many.max_entries = 5;
    for (int i = 0; i < 8; ++i)
      many.changes.push_back(OwnedRoom::change_of("+b m" + std::to_string(i)));
    many.changes.push_back(OwnedRoom::change_of("-b m0"));
    many.changes.push_back(OwnedRoom::change_of("+b last"));
    CHECK(room.take(ann, many) == "modes_set");
    CHECK(room.last_as<ModesSet>().refused == Refusal::list_full);
    CHECK(room.last_as<ModesSet>().changes.size() == 7);
    CHECK(room.masks('b') ==
          std::vector<std::string>{"m1!*@*", "m2!*@*", "m3!*@*", "m4!*@*", "last!*@*"});
  }

  TEST_CASE("one command sets and removes the same mask") {
    OwnedRoom room = room_of(room_operator);
    const auto change = [](std::string_view text) { return OwnedRoom::change_of(text); };
    CHECK(room.take(ann, SetModes{{change("+b x"), change("-b X!*@*"), change("-b x")}}) ==
          "modes_set");
    CHECK(room.last_as<ModesSet>().changes.size() == 2);
    CHECK(room.masks('b').empty());
    room.mode(ann, "+b x");
    CHECK(room.take(ann, SetModes{{change("-b x"), change("+b x"), change("+b x")}}) ==
          "modes_set");
    CHECK(room.last_as<ModesSet>().changes.size() == 2);
    CHECK(room.masks('b').size() == 1);
  }

  TEST_CASE("changes of one command are judged one after the other") {
    OwnedRoom room = room_of(room_operator);
    room.take(ann, SetModes{{OwnedRoom::change_of("+m"), OwnedRoom::change_of("-m")}});
    CHECK((room.room().head().flags & moderated) == 0);
    room.take(ann, SetModes{{OwnedRoom::change_of("+s"), OwnedRoom::change_of("+s")}});
    CHECK(room.last_as<ModesSet>().changes.size() == 1);
  }

  TEST_CASE("a mask that is none is refused in every list, set or removed") {
    const std::string longest = std::string(kMaxModeArgumentBytes - 4, 'x') + "!*@*";
    for (const char letter : std::string_view("beI")) {
      CAPTURE(letter);
      OwnedRoom room = room_of(room_operator);
      for (const std::string& mask : {std::string("a b"), std::string(":a"), std::string("~x:a"),
                                      std::string("~m:"), longest + "x"}) {
        CAPTURE(mask);
        CHECK(room.mode(ann, std::string("+") + letter + " " + mask) == "invalid");
        CHECK(room.mode(ann, std::string("-") + letter + " " + mask) == "invalid");
      }
      CHECK(room.mode(ann, std::string("+") + letter + " " + longest) == "modes_set");
      CHECK(room.mode(ann, std::string("-") + letter + " " + longest) == "modes_set");
    }
  }

  // Property: a command of several changes does what as many commands of one would, and is refused
  // as the first of them that is.
  TEST_CASE("several changes at once do what they do one by one") {
    std::mt19937 random(7);
    const auto below = [&](size_t bound) { return random() % bound; };
    constexpr std::string_view kLetters = "imsqaohvvbbbeeIkl?";
    size_t refused = 0;
    for (int round = 0; round < 2000; ++round) {
      CAPTURE(round);
      OwnedRoom at_once = room_of(static_cast<uint8_t>(below(32)));
      OwnedRoom one_by_one = at_once;
      SetModes wanted;
      wanted.max_entries = 2;
      for (size_t left = 1 + below(8); left > 0; --left) {
        ModeChange change;
        change.add = below(3) != 0;
        change.letter = kLetters[below(kLetters.size())];
        change.target = ClientId{1 + below(4)};
        change.argument = std::to_string(below(4)) + (below(2) == 0 ? "" : "!*@*");
        wanted.changes.push_back(change);
      }
      const auto command = [&](SetModes modes) {
        return Command{{}, ann.id(), ann.place, 1, std::nullopt, std::move(modes)};
      };
      const std::string result = at_once.take(command(wanted));
      std::string first_refusal = "nothing_changed";
      size_t made = 0;
      for (const ModeChange& change : wanted.changes) {
        const std::string one = one_by_one.take(command(SetModes{{change}, wanted.max_entries}));
        if (one == "modes_set") ++made;
        if (one != "modes_set" && first_refusal == "nothing_changed") first_refusal = one;
      }
      REQUIRE(describe(at_once.room()) == describe(one_by_one.room()));
      REQUIRE(result == (made > 0 ? "modes_set" : first_refusal));
      if (made == 0) continue;
      const ModesSet& set = at_once.last_as<ModesSet>();
      REQUIRE(set.changes.size() == made);
      REQUIRE((set.refused ? name_of(*set.refused) : "nothing_changed") == first_refusal);
      if (set.refused) ++refused;
    }
    CHECK(refused > 100);
  }
}
