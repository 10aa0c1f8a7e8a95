#include <algorithm>

#include "bench/chatload/measurement.h"
#include "bench/chatload/modes.h"
#include "bench/chatload/report.h"

namespace banterd::bench {

namespace {

constexpr double kWarmUpSeconds = 0.3;
// What a stalled server still sends is not for the next measurement.
constexpr double kRestSeconds = 0.05;
constexpr double kRestAfterStallSeconds = 1;

void measure(const Options& options, const Phase& phase, Traffic& traffic,
             Measurement& measurement) {
  traffic.resize_windows(phase.window);
  for (uint32_t run = 0; run < options.warm_ups + options.repetitions; ++run) {
    const bool counts = run >= options.warm_ups;
    const Outcome outcome = measurement.run(
        phase, counts ? options.seconds : std::min(options.seconds, kWarmUpSeconds));
    if (counts) {
      print(traffic_record(options, phase, run - options.warm_ups, traffic, outcome));
    }
    traffic.crowd().run_for(seconds(outcome.stalled ? kRestAfterStallSeconds : kRestSeconds));
  }
}

}  // namespace

int run_traffic(const Options& options) {
  Traffic traffic(options, options.mode == Mode::rooms
                               ? many_rooms(options.rooms, options.members)
                               : one_room(options.receivers, options.senders));
  if (!traffic.set_up()) return 1;
  const ServerUsage usage(options.server);
  Measurement measurement(options, traffic, usage);
  for (const Phase& phase : options.phases) measure(options, phase, traffic, measurement);
  return 0;
}

}  // namespace banterd::bench
