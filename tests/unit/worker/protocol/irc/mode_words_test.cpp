#include "worker/protocol/irc/mode_words.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "chat/room_modes.h"
#include "worker/protocol/irc/isupport.h"

using namespace banterd;
using namespace banterd::worker::irc;

namespace {

constexpr ReplyTo kAnn{.server = "irc.test", .nick = "ann", .tags = {}};

using Changes = std::vector<RoomModeChange>;
using UserChanges = std::vector<UserModeChange>;
using Strings = std::vector<std::string>;

RoomModeWords room_modes(std::initializer_list<std::string_view> params) {
  return parse_room_modes(params);
}
UserModeWords user_modes(std::initializer_list<std::string_view> params) {
  return parse_user_modes(params);
}

std::string errors(std::initializer_list<std::string_view> params) {
  std::string out;
  append_mode_errors(out, kAnn, "#dev", parse_room_modes(params));
  return out;
}

}  // namespace

TEST_SUITE("worker/protocol/irc/mode_words") {
  TEST_CASE("changes come in the order in which they were asked for, each with its argument") {
    const RoomModeWords words = room_modes({"+o-v+mk-l", "ann", "bob", "secret"});
    CHECK(words.changes == Changes{{true, 'o', "ann"},
                                   {false, 'v', "bob"},
                                   {true, 'm', ""},
                                   {true, 'k', "secret"},
                                   {false, 'l', ""}});
    CHECK(words.queries.empty());
    CHECK(words.unknown.empty());
    CHECK(words.bad.empty());
  }

  TEST_CASE("letters without a sign are added") {
    CHECK(room_modes({"i-n", "x"}).changes == Changes{{true, 'i', ""}, {false, 'n', ""}});
  }

  TEST_CASE("no words are no changes") {
    for (const auto& params :
         std::vector<std::vector<std::string_view>>{{}, {""}, {"+"}, {"-+-"}, {"+", "x"}}) {
      const RoomModeWords words = parse_room_modes(params);
      CHECK(words.changes.empty());
      CHECK(words.queries.empty());
      CHECK(words.unknown.empty());
      CHECK(words.bad.empty());
    }
  }

  TEST_CASE("a list letter without a mask asks for the list, once, with any sign") {
    CHECK(room_modes({"b"}).queries == "b");
    CHECK(room_modes({"+b"}).queries == "b");
    CHECK(room_modes({"-e"}).queries == "e");
    CHECK(room_modes({"bb+Ib-b"}).queries == "bI");
    CHECK(room_modes({"b", ""}).queries == "b");
    const RoomModeWords both = room_modes({"+bb", "a!*@*"});
    CHECK(both.changes == Changes{{true, 'b', "a!*@*"}});
    CHECK(both.queries == "b");
  }

  TEST_CASE("a key may be taken away with what was typed for it, or without") {
    CHECK(room_modes({"-k", "x"}).changes == Changes{{false, 'k', ""}});
    CHECK(room_modes({"-k"}).changes == Changes{{false, 'k', ""}});
    CHECK(room_modes({"-knt"}).changes ==
          Changes{{false, 'k', ""}, {false, 'n', ""}, {false, 't', ""}});
    CHECK(room_modes({"-ko", "x", "ann"}).changes ==
          Changes{{false, 'k', ""}, {false, 'o', "ann"}});
  }

  TEST_CASE("a limit is taken away without an argument, and leaves it to the next letter") {
    CHECK(room_modes({"-l+o", "ann"}).changes == Changes{{false, 'l', ""}, {true, 'o', "ann"}});
  }

  TEST_CASE("every unknown letter is told once, whatever character it is") {
    const RoomModeWords words = room_modes({"+xyx\xc3\xa9-y\xc3\xa9i"});
    CHECK(words.unknown == std::vector<std::string_view>{"x", "y", "\xc3\xa9"});
    CHECK(words.changes == Changes{{false, 'i', ""}});
    CHECK(errors({"+xyx"}) ==
          ":irc.test 472 ann x :is unknown mode char to me\r\n"
          ":irc.test 472 ann y :is unknown mode char to me\r\n");
  }

  TEST_CASE("who asks for much that is unknown or wrong is not told all of it") {
    std::string letters;
    for (char c = '!'; c <= '~'; ++c) letters += c;
    CHECK(room_modes({letters}).unknown.size() == kMaxModes);
    CHECK(room_modes({std::string(500, 'o')}).bad.size() == kMaxModes);
  }

  TEST_CASE("a rank without a nick is an error, with either sign") {
    CHECK(errors({"+o"}) == ":irc.test 696 ann #dev o * :Whose it is must be said\r\n");
    CHECK(errors({"-v", ""}) == ":irc.test 696 ann #dev v * :Whose it is must be said\r\n");
    CHECK(room_modes({"+qaohv"}).bad.size() == 5);
    CHECK(room_modes({"+ov", "ann"}).changes == Changes{{true, 'o', "ann"}});
  }

  TEST_CASE("a limit that is no number above zero is an error that repeats it") {
    for (const std::string_view limit : {"0", "-1", "+1", "abc", "1x", "4294967296"}) {
      CAPTURE(limit);
      CHECK(room_modes({"+l", limit}).changes.empty());
      CHECK(errors({"+l", limit}) ==
            ":irc.test 696 ann #dev l " + std::string(limit) + " :A limit is a number above 0\r\n");
    }
    CHECK(errors({"+l"}) == ":irc.test 696 ann #dev l * :A limit is a number above 0\r\n");
    CHECK(errors({"+l", ""}) == ":irc.test 696 ann #dev l * :A limit is a number above 0\r\n");
    CHECK(errors({"+l", "1 2"}) == ":irc.test 696 ann #dev l * :A limit is a number above 0\r\n");
    CHECK(room_modes({"+l", "4294967295"}).changes == Changes{{true, 'l', "4294967295"}});
  }

  TEST_CASE("a key that cannot be typed in a JOIN is an error that does not repeat it") {
    const std::string longest(chat::kMaxKeyBytes, 'x');
    const std::string too_long = longest + "x";
    for (const std::string_view key :
         {std::string_view(), std::string_view(" "), std::string_view("a b"),
          std::string_view("a,b"), std::string_view(":a"), std::string_view("a\x01"),
          std::string_view(too_long)}) {
      CAPTURE(key);
      CHECK(room_modes({"+k", key}).changes.empty());
      CHECK(errors({"+k", key}) ==
            ":irc.test 696 ann #dev k * :A key is one short word without commas\r\n");
    }
    CHECK(errors({"+k"}) ==
          ":irc.test 696 ann #dev k * :A key is one short word without commas\r\n");
    CHECK(room_modes({"+k", longest}).changes == Changes{{true, 'k', longest}});
    CHECK(room_modes({"-k", "a b"}).changes == Changes{{false, 'k', ""}});
  }

  TEST_CASE("a mask that is no word or too long is an error") {
    CHECK(errors({"+b", "a b"}) == ":irc.test 696 ann #dev b * :Not a mask\r\n");
    CHECK(errors({"+e", ":a"}) == ":irc.test 696 ann #dev e * :Not a mask\r\n");
    CHECK(errors({"+b", "~x:a"}) == ":irc.test 696 ann #dev b ~x:a :Not a mask\r\n");
    CHECK(room_modes({"+b", "~m:a!*@*"}).changes == Changes{{true, 'b', "~m:a!*@*"}});
    CHECK(room_modes({"+I", std::string(200, 'x')}).bad.empty());
    CHECK(room_modes({"+I", std::string(300, 'x')}).bad.size() == 1);
  }

  TEST_CASE("changes with an argument beyond the announced number are ignored, others are not") {
    const std::vector<std::string> nicks(kMaxModes + 2, "ann");
    std::vector<std::string_view> params(nicks.begin(), nicks.end());
    const std::string letters = std::string(nicks.size(), 'o') + "-i";
    params.insert(params.begin(), letters);
    const RoomModeWords words = parse_room_modes(params);
    CHECK(words.changes.size() == kMaxModes + 1);
    CHECK(words.changes.back() == RoomModeChange{false, 'i', ""});
    CHECK(words.bad.empty());
  }

  TEST_CASE("all modes that are announced are known") {
    for (const std::string_view letters : {kListModes, kKeyMode, kFlagModes, kRankModes}) {
      for (const char letter : letters) {
        CAPTURE(letter);
        const RoomModeWords words = room_modes({std::string_view(&letter, 1), "ann"});
        REQUIRE(words.changes.size() == 1);
        CHECK(words.changes[0].letter == letter);
      }
    }
    CHECK(room_modes({kLimitMode, "1"}).changes.size() == 1);
  }

  TEST_CASE("a room's modes are its flags, then what has an argument") {
    chat::RoomHead head;
    CHECK(room_mode_letters(head, true) == Strings{"+"});
    head.flags = chat::no_external | chat::topic_locked;
    CHECK(room_mode_letters(head, true) == Strings{"+nt"});
    head.key = "secret";
    head.limit = 20;
    CHECK(room_mode_letters(head, true) == Strings{"+ntkl", "secret", "20"});
    head.flags = 0xffff;
    CHECK(room_mode_letters(head, true)[0] == "+Ccimnstkl");
  }

  TEST_CASE("the key is for members, that there is one is for all") {
    chat::RoomHead head;
    head.key = "secret";
    head.created = 1'700'000'000'999;
    std::string out;
    append_room_modes(out, kAnn, "#dev", head, false);
    CHECK(out == ":irc.test 324 ann #dev +k *\r\n:irc.test 329 ann #dev 1700000000\r\n");
    out.clear();
    append_room_modes(out, kAnn, "#dev", head, true);
    CHECK(out == ":irc.test 324 ann #dev +k secret\r\n:irc.test 329 ann #dev 1700000000\r\n");
  }

  TEST_CASE("of a person's modes the last change of each counts") {
    CHECK(user_modes({"+iw-B"}).changes == UserChanges{{true, 'i'}, {true, 'w'}, {false, 'B'}});
    CHECK(user_modes({"+i-i+w"}).changes == UserChanges{{false, 'i'}, {true, 'w'}});
    CHECK(user_modes({"i", "-w"}).changes == UserChanges{{true, 'i'}, {false, 'w'}});
    CHECK(user_modes({std::string(500, 'i')}).changes == UserChanges{{true, 'i'}});
    CHECK(user_modes({}).changes.empty());
    CHECK(user_modes({"", "+"}).changes.empty());
  }

  TEST_CASE("nobody makes himself an operator by MODE, but he may cease to be one") {
    const UserModeWords words = user_modes({"+o-o+o"});
    CHECK(words.changes == UserChanges{{false, 'o'}});
    CHECK_FALSE(words.unknown);
  }

  TEST_CASE("unknown modes of people do not keep the others from being changed") {
    const UserModeWords words = user_modes({"+x\xc3\xa9i"});
    CHECK(words.unknown);
    CHECK(words.changes == UserChanges{{true, 'i'}});
    CHECK_FALSE(user_modes({"+Biw-o"}).unknown);
  }
}
