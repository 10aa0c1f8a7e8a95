#include "master/worker_choice.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using banterd::ipc::Slot;
using banterd::master::Candidate;
using banterd::master::choose_worker;
using Candidates = std::vector<Candidate>;

TEST_SUITE("master/worker_choice") {
  TEST_CASE("the worker with the fewest connections is chosen") {
    CHECK(choose_worker(Candidates{{.slot = 0, .connections = 5}, {.slot = 1, .connections = 3}}) ==
          Slot{1});
  }

  TEST_CASE("of several with as few, it is the lowest slot") {
    CHECK(choose_worker(Candidates{{.slot = 2, .connections = 1}, {.slot = 1, .connections = 1}}) ==
          Slot{1});
  }

  TEST_CASE("nobody is chosen of nobody") { CHECK_FALSE(choose_worker({})); }

  TEST_CASE("a thousand connections spread evenly over three workers") {
    Candidates workers{{.slot = 0}, {.slot = 1}, {.slot = 2}};
    for (int i = 0; i < 1000; ++i) ++workers[*choose_worker(workers)].connections;
    CHECK(workers[0].connections == 334);
    CHECK(workers[1].connections == 333);
    CHECK(workers[2].connections == 333);
  }

  TEST_CASE("a connection waits for the worker whose turn it is rather than make them unequal") {
    CHECK_FALSE(choose_worker(Candidates{{.slot = 0, .connections = 200, .full = true},
                                         {.slot = 1, .connections = 201}}));
  }

  TEST_CASE("a worker that stalls is passed over, full or not") {
    CHECK(choose_worker(Candidates{{.slot = 0, .connections = 1, .stalled = true},
                                   {.slot = 1, .connections = 900}}) == Slot{1});
    CHECK(choose_worker(Candidates{{.slot = 0, .full = true, .stalled = true},
                                   {.slot = 1, .connections = 900}}) == Slot{1});
  }

  TEST_CASE("when all stall, the one with the fewest gets it after all") {
    CHECK(choose_worker(Candidates{{.slot = 0, .connections = 2, .stalled = true},
                                   {.slot = 1, .connections = 1, .stalled = true}}) == Slot{1});
  }
}
