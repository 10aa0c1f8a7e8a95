// What a run found, for people.
#pragma once

#include <string>

#include "tests/chaos/disturbances.h"
#include "tests/chaos/growth.h"
#include "tests/chaos/receiver.h"
#include "tests/chaos/samples.h"

namespace banterd::chaos {

// One line while the run goes on.
std::string progress_line(std::chrono::duration<double> at, const Truth& truth, const Crowd& crowd,
                          const Reloads& reloads, const Kills& kills);

struct Report {
  const Truth& truth;
  const Crowd& crowd;
  Reloads& reloads;
  const Kills& kills;
  Samples& normal;  // latencies before the first disturbance
  const Growth& growth;
};

// The table at the end, and the first faults in words.
std::string table(const Report& report);

}  // namespace banterd::chaos
