#include "chat/types.h"

#include <doctest/doctest.h>

#include <vector>

#include "chat/command.h"

using namespace banterd::chat;

TEST_SUITE("chat/types") {
  TEST_CASE("a nick has ASCII letters, digits and special characters") {
    for (const char* text : {"a", "Ann", "x1", "[]\\`_^{|}", "a-b-", "guest-12", "_"}) {
      CAPTURE(text);
      REQUIRE(Nick::parse(text).has_value());
      CHECK(Nick::parse(text)->str() == text);
    }
  }

  TEST_CASE("a nick that begins with a digit or '-', or holds anything else, is none") {
    for (const char* text : {"", "1a", "-a", "a b", "a!b", "a@b", "#a", "a.b", "a,b", "a:b",
                             "\xc3\xa4", "a\x01", "a\x7f", "a*", "a?", "a/", "a\r"}) {
      CAPTURE(text);
      CHECK_FALSE(Nick::parse(text).has_value());
    }
    CHECK_FALSE(Nick::parse(std::string_view("a\0b", 3)).has_value());
  }

  TEST_CASE("a nick has at most 64 bytes") {
    CHECK(Nick::parse(std::string(kMaxNickBytes, 'n')).has_value());
    CHECK_FALSE(Nick::parse(std::string(kMaxNickBytes + 1, 'n')).has_value());
  }

  TEST_CASE("a room's name is '#' and any characters but spaces, commas, colons and controls") {
    for (const char* text :
         {"#a", "##", "#A-b_c.d", "#\xc3\xbc\xc3\xb1", "#1", "#!", "#\xe2\x82\xac"}) {
      CAPTURE(text);
      REQUIRE(RoomName::parse(text).has_value());
      CHECK(RoomName::parse(text)->str() == text);
    }
    for (const char* text :
         {"", "#", "a", "a#", "#a b", "#a,b", "#a:b", "# ", "#a\n", "#\x1b", "#\x7f", "#a\xc2\x80",
          "#\xc2\x9f"
          "b"}) {
      CAPTURE(text);
      CHECK_FALSE(RoomName::parse(text).has_value());
    }
    // U+00A0 is no control, and the byte 0x80 occurs inside other characters.
    CHECK(RoomName::parse("#\xc2\xa0").has_value());
    CHECK(RoomName::parse("#\xe2\x80\x94").has_value());
  }

  TEST_CASE("a room's name has at most 64 bytes") {
    CHECK(RoomName::parse("#" + std::string(kMaxRoomNameBytes - 1, 'r')).has_value());
    CHECK_FALSE(RoomName::parse("#" + std::string(kMaxRoomNameBytes, 'r')).has_value());
  }

  TEST_CASE("folding changes ASCII letters alone") {
    CHECK(fold("AZaz09[]{}|\\^~_#-") == "azaz09[]{}|\\^~_#-");
    CHECK(fold("\xc3\x84") == "\xc3\x84");
    CHECK(Nick::parse("Ann")->key() == Nick::parse("aNN")->key());
    CHECK(Nick::parse("Ann") != Nick::parse("aNN"));
    CHECK(Nick::parse("a[")->key() != Nick::parse("a{")->key());
    CHECK(RoomName::parse("#Dev")->key() == "#dev");
  }

  TEST_CASE("no nick is a room's name") {
    CHECK(names_room("#a"));
    CHECK_FALSE(names_room("a"));
    CHECK_FALSE(names_room(""));
  }

  TEST_CASE("in a mask '*' is any run and '?' any one byte, without case") {
    struct Row {
      const char* mask;
      const char* text;
      bool matches;
    };
    const std::vector<Row> rows = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "any", true},
        {"?", "", false},
        {"?", "a", true},
        {"?", "ab", false},
        {"a*", "a", true},
        {"a*", "ba", false},
        {"*a", "bba", true},
        {"*a", "ab", false},
        {"a*c", "abbbc", true},
        {"a*c", "abcb", false},
        {"A?C", "abc", true},
        {"ab", "AB", true},
        {"**", "x", true},
        {"*?*", "", false},
        {"*?*", "x", true},
        {"*ab*ab", "abab", true},
        {"*ab*ab", "ab", false},
        {"bob!*@*", "Bob!user@host", true},
        {"*!*@10.0.?.*", "a!b@10.0.7.99", true},
        {"*!*@10.0.?.*", "a!b@10.0.77.9", false},
        {"a", "", false},
        {"*a*b*c*", "xxaxxbxxcxx", true},
    };
    for (const Row& row : rows) {
      CAPTURE(row.mask);
      CAPTURE(row.text);
      CHECK(matches(row.mask, row.text) == row.matches);
    }
  }

  // A backtracking match would need more steps than there are atoms, and a recursive one a frame
  // of stack for each byte.
  TEST_CASE("a mask of many stars against a long text is decided soon and without recursion") {
    std::string mask;
    for (int i = 0; i < 40; ++i) mask += "*a";
    CHECK_FALSE(matches(mask + "*b", std::string(20'000, 'a')));
    CHECK(matches("*z", std::string(4'000'000, 'a') + "z"));
  }

  TEST_CASE("a person's mask is nick!user@host") {
    Profile profile;
    profile.nick = Nick::parse("Ann").value();
    profile.user = "ann";
    profile.host = "2001:db8::1";
    CHECK(profile.mask() == "Ann!ann@2001:db8::1");
  }

  TEST_CASE("a place goes with its own life of the slot and with later ones") {
    const Place place{2, 5};
    CHECK(place.gone_with({2, 5}));
    CHECK(place.gone_with({2, 6}));
    CHECK_FALSE(place.gone_with({2, 4}));
    CHECK_FALSE(place.gone_with({1, 5}));
  }

  TEST_CASE("a set of slots holds 0 to 63 and visits them in order") {
    SlotSet slots;
    CHECK(slots.empty());
    for (const uint32_t slot : {63U, 0U, 7U}) slots.add(slot);
    std::vector<uint32_t> visited;
    slots.each([&](uint32_t slot) { visited.push_back(slot); });
    CHECK(visited == std::vector<uint32_t>{0, 7, 63});
    CHECK(slots.has(63));
    CHECK_FALSE(slots.has(1));
    slots.remove(63);
    slots.remove(5);
    CHECK(slots == (SlotSet::of(0) | SlotSet::of(7)));
    CHECK(SlotSet(slots.bits()) == slots);
  }

  TEST_CASE("ids of one connection are ordered by line, then by step") {
    CHECK(CommandId{1, 2, 9} < CommandId{1, 3, 0});
    CHECK(CommandId{1, 3, 0} < CommandId{1, 3, 1});
    CHECK(CommandId{1, 3, 1} == CommandId{1, 3, 1});
  }
}
