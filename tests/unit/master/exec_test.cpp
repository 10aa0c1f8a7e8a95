#include "master/exec.h"

#include <doctest/doctest.h>

using namespace banterd;
using master::ExecMoment;

TEST_SUITE("master/exec") {
  TEST_CASE("the moment is when the old generation has gone, and for as long as nothing moves") {
    base::Loop loop;
    int held = 0;
    ExecMoment moment(loop, {.hold = [&] { ++held; }, .release = [&] { --held; }, .delayed = {}});
    moment.advance(true, true);
    CHECK_FALSE(moment.reached());
    moment.want();
    moment.advance(false, true);
    CHECK_FALSE(moment.reached());
    CHECK(held == 0);
    moment.advance(true, false);
    CHECK_FALSE(moment.reached());
    CHECK(held == 1);
    moment.advance(true, true);
    CHECK(moment.reached());
    moment.advance(true, false);
    CHECK_FALSE(moment.reached());
    moment.advance(true, true);
    CHECK(moment.reached());
    CHECK(held == 1);
    moment.drop();
    CHECK_FALSE(moment.wanted());
    CHECK(held == 0);
  }
}
