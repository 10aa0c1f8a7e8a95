#include "worker/protocol/irc/targets.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "chat/command.h"

using namespace banterd;
using namespace banterd::worker::irc;

namespace {

using Names = std::vector<std::string_view>;
using Joins = std::vector<RoomAndKey>;

}  // namespace

TEST_SUITE("worker/protocol/irc/targets") {
  TEST_CASE("a list keeps its order, and has each name once as it was spelt first") {
    CHECK(split_targets("bob", 4).names == Names{"bob"});
    CHECK(split_targets("bob,#dev,ann", 4).names == Names{"bob", "#dev", "ann"});
    CHECK(split_targets("Bob,ann,bOB,ANN", 4).names == Names{"Bob", "ann"});
  }

  TEST_CASE("nothing between commas is no name") {
    CHECK(split_targets("", 4).names.empty());
    CHECK(split_targets(",,,", 4).names.empty());
    CHECK(split_targets(",a,,b,", 4).names == Names{"a", "b"});
  }

  TEST_CASE("of too many names the first are taken, and it is known which was one too many") {
    CHECK(split_targets("a,b", 2).too_many.empty());
    const TargetList three = split_targets("a,b,A,c,d", 2);
    CHECK(three.names == Names{"a", "b"});
    CHECK(three.too_many == "c");
    CHECK(split_targets("a", 0).too_many == "a");
    CHECK(split_targets("a,b,a,B,", 2).too_many.empty());
  }

  TEST_CASE("a list of commas and doubles costs no more than its length") {
    std::string list;
    for (size_t i = 0; i < 50'000; ++i) list += "n" + std::to_string(i) + ",,N1,";
    CHECK(split_targets(list, 100'000).names.size() == 50'000);
  }

  TEST_CASE("each room of a JOIN has the key at its place, whatever is left out") {
    CHECK(split_joins("#a,#b", "", 9) == Joins{{"#a", ""}, {"#b", ""}});
    CHECK(split_joins("#a,#b,#c", "x,y", 9) == Joins{{"#a", "x"}, {"#b", "y"}, {"#c", ""}});
    CHECK(split_joins("#a,#b,#c", ",y", 9) == Joins{{"#a", ""}, {"#b", "y"}, {"#c", ""}});
    CHECK(split_joins("#a,#A,,#b", "x,y,z,w", 9) == Joins{{"#a", "x"}, {"#b", "w"}});
    CHECK(split_joins("#a", "x,y", 9) == Joins{{"#a", "x"}});
    CHECK(split_joins("#a,#b,#c", "x", 2) == Joins{{"#a", "x"}, {"#b", ""}});
    CHECK(split_joins("", "x", 2).empty());
  }

  TEST_CASE("a room may be meant with a rank, of several the lowest") {
    CHECK(room_target("#dev") == RoomTarget{"#dev", 0});
    CHECK(room_target("@#dev") == RoomTarget{"#dev", chat::room_operator});
    CHECK(room_target("+#dev") == RoomTarget{"#dev", chat::voice});
    CHECK(room_target("%#dev") == RoomTarget{"#dev", chat::half_operator});
    CHECK(room_target("@+#dev") == RoomTarget{"#dev", chat::voice});
    CHECK(room_target("+@#dev") == RoomTarget{"#dev", chat::voice});
    CHECK(room_target("#@dev") == RoomTarget{"#@dev", 0});
  }

  TEST_CASE("what names no room is none") {
    for (const std::string_view text :
         {"", "@", "bob", "@bob", "@+", "*#dev", "~#dev", "&#dev", "@~#dev"}) {
      CAPTURE(text);
      CHECK_FALSE(room_target(text));
    }
  }
}
