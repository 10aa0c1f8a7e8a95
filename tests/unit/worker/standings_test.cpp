#include "worker/standings.h"

#include <doctest/doctest.h>

#include <chrono>
#include <numeric>
#include <vector>

#include "base/uv/timer.h"
#include "tests/unit/worker/owner_fixture.h"

using namespace banterd;
using namespace banterd::worker;

namespace {

// Slot 0 of three, whose owner settles nothing but what the test says; the others are the test's.
struct Fixture : OwnerFixture {
  Standings standings{loop, bus, *owner};
  Numbers here;

  Fixture() {
    here.settled = 7;
    one.forget();
    two.forget();
  }
  void tell(bool hurries = false) {
    standings.tell(here, hurries);
    turn(loop, bus);
  }
  // Until what is held back has been told.
  void tell_all() {
    tell();
    base::Timer later(loop, [&] { loop.stop(); });
    later.start(std::chrono::milliseconds(11));
    loop.run();
    tell();
  }
  static LogEvent said(uint64_t position) {
    LogEvent event;
    event.position = position;
    event.object = "#dev";
    event.to = chat::SlotSet::of(0).bits() | chat::SlotSet::of(1).bits();
    event.event.cause = {1, position, 0};
    event.event.body = chat::Said{};
    return event;
  }
  static LogEvent refused(uint64_t position) {
    LogEvent event = said(position);
    event.to = chat::SlotSet::of(0).bits();
    event.event.body = chat::Refused{};
    return event;
  }
  // What slot 1 was told to have been taken of its log, each time.
  std::vector<uint64_t> taken() {
    std::vector<uint64_t> positions;
    for (const Standing& standing : one.take<Standing>()) positions.push_back(standing.taken);
    return positions;
  }
};

using Positions = std::vector<uint64_t>;

}  // namespace

TEST_SUITE("worker/standings") {
  TEST_CASE_FIXTURE(Fixture, "an owner hears at once how far others have come, once an iteration") {
    tell();
    CHECK(taken().empty());
    for (uint64_t position : {3, 5}) standings.on_event(1, said(position));
    tell();
    CHECK(taken() == Positions{5});
    CHECK(two.take<Standing>().empty());
    tell();
    CHECK(taken().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "what concerns its sender alone is held back") {
    standings.on_event(1, refused(1));
    tell();
    CHECK(taken().empty());
    tell_all();
    CHECK(taken() == Positions{1});
  }

  TEST_CASE_FIXTURE(Fixture, "with what else is sent, or of much, nothing is held back") {
    standings.on_event(1, refused(1));
    bus.send(1, Barrier{1});
    tell();
    CHECK(taken() == Positions{1});
    for (uint64_t position = 2; position < 17; ++position) standings.on_event(1, refused(position));
    tell();
    CHECK(taken().empty());
    standings.on_event(1, refused(17));
    tell();
    CHECK(taken() == Positions{17});
    standings.on_event(1, refused(18));
    tell(true);
    CHECK(taken() == Positions{18});
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a slot's next life is told again, and how all stands as a life begins") {
    standings.stand({0, 4, 0}, {0, 2, 9});
    CHECK(standings.taken() == Positions{0, 4, 0});
    CHECK(standings.settled() == Positions{0, 2, 9});
    tell_all();
    CHECK(taken() == Positions{4});
    standings.on_slot_died(1);
    tell_all();
    CHECK(taken() == Positions{4});
    standings.stand(1, 8);
    standings.on_settled(1, 6);
    CHECK(standings.taken()[1] == 8);
    CHECK(standings.settled()[1] == 6);
  }

  TEST_CASE_FIXTURE(Fixture, "ended connections are told to all, many at once") {
    standings.on_ended({1, 2});
    tell();
    standings.on_ended({3});
    CHECK(one.take<Ended>().empty());
    tell_all();
    for (FakeSlot* slot : {&one, &two}) {
      const auto ended = slot->take<Ended>();
      REQUIRE(ended.size() == 1);
      CHECK(ended[0].connections == Positions{1, 2, 3});
    }
    tell_all();
    CHECK(one.take<Ended>().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "numbers are told when they have changed but for what has elsewhere") {
    here.visible = 2;
    here.most = 4;
    tell_all();
    auto told = two.take<Numbers>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].visible == 2);
    CHECK(told[0].most == 4);
    CHECK(standings.numbers()[0] == told[0]);
    here.most = 9;
    here.settled = 8;
    tell_all();
    CHECK(two.take<Numbers>().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "the most users are those of all slots at once, or what others saw") {
    Numbers there;
    there.slot = 1;
    there.visible = 3;
    there.invisible = 1;
    here.visible = 2;
    tell_all();
    standings.on_numbers(1, there);
    CHECK(standings.most_users() == 6);
    standings.on_slot_died(1);
    CHECK(standings.numbers()[1].visible == 0);
    CHECK(standings.numbers()[1].slot == 1);
    there.visible = 0;
    there.most = 8;
    standings.on_numbers(1, there);
    CHECK(standings.most_users() == 8);
    here.visible = 1;
    tell_all();
    CHECK(standings.most_users() == 8);
  }

  TEST_CASE_FIXTURE(Fixture, "who says hello hears how much there is, and who lives here") {
    here.rooms = 5;
    tell_all();
    one.forget();
    std::vector<uint64_t> connections(10'001);
    std::iota(connections.rbegin(), connections.rend(), 1);
    standings.greet(1, connections);
    turn(loop, bus);
    CHECK(one.take<Numbers>().at(0).rooms == 5);
    const auto living = one.take<Living>();
    REQUIRE(living.size() == 2);
    CHECK(living[0].after == 0);
    CHECK(living[0].up_to == 10'000);
    CHECK(living[0].connections.size() == 10'000);
    CHECK(living[0].connections.front() == 1);
    CHECK(living[1].after == 10'000);
    CHECK(living[1].up_to == UINT64_MAX);
    CHECK(living[1].connections == Positions{10'001});
    standings.greet(1, {});
    turn(loop, bus);
    CHECK(one.take<Living>().at(0).up_to == UINT64_MAX);
  }

  TEST_CASE_FIXTURE(Fixture, "barriers are met when all others have sent this attempt's") {
    standings.send_barrier(2);
    turn(loop, bus);
    CHECK(two.take<Barrier>().at(0).attempt == 2);
    standings.on_barrier(1, {2});
    standings.on_barrier(2, {1});
    CHECK_FALSE(standings.met_barriers(2));
    standings.on_barrier(2, {2});
    CHECK(standings.met_barriers(2));
  }
}
