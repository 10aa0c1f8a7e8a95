#include <algorithm>
#include <limits>

#include "bench/chatload/measurement.h"
#include "bench/chatload/modes.h"
#include "bench/chatload/report.h"

namespace banterd::bench {

namespace {

constexpr double kResumeSeconds = 3;

struct SlowOnes {
  uint32_t reset = 0;   // while they did not read
  uint32_t closed = 0;  // seen when they read again
  uint64_t least_got = std::numeric_limits<uint64_t>::max();
  uint64_t most_got = 0;
};

// An end of stream then means that the server had dropped them.
SlowOnes read_again(Traffic& traffic, uint32_t slow) {
  SlowOnes result;
  for (uint32_t number = 0; number < slow; ++number) {
    Connection& connection = traffic.crowd()[number];
    if (connection.is_open()) {
      connection.resume();
    } else {
      ++result.reset;
    }
  }
  traffic.crowd().run_for(seconds(kResumeSeconds));
  for (uint32_t number = 0; number < slow; ++number) {
    const Connection& connection = traffic.crowd()[number];
    if (!connection.is_open()) ++result.closed;
    result.least_got = std::min(result.least_got, connection.receipts.count());
    result.most_got = std::max(result.most_got, connection.receipts.count());
  }
  result.closed -= result.reset;
  return result;
}

// Measures, and returns the most memory that the server had meanwhile.
long measure(const Options& options, const std::string& name, Traffic& traffic,
             const ServerUsage& usage) {
  Phase phase = options.phases.front();
  phase.name = name;
  long peak_kb = 0;
  Measurement measurement(options, traffic, usage);
  measurement.watch([&] { peak_kb = std::max(peak_kb, usage.memory().pss_kb); });
  const Outcome outcome = measurement.run(phase, options.seconds);
  print(traffic_record(options, phase, 0, traffic, outcome));
  return peak_kb;
}

}  // namespace

int run_slow(const Options& options) {
  Traffic traffic(options, one_room(options.receivers, options.senders));
  for (uint32_t number = 0; number < options.slow; ++number) {
    traffic.crowd()[number].has_small_buffer = true;
  }
  if (!traffic.set_up()) return 1;
  traffic.resize_windows(options.phases.front().window);
  const ServerUsage usage(options.server);
  const Memory before = usage.memory();
  const long peak_reading_kb = measure(options, "all-reading", traffic, usage);
  for (uint32_t number = 0; number < options.slow; ++number) traffic.pause(number);
  const long peak_slow_kb = measure(options, "some-not-reading", traffic, usage);
  const Memory after = usage.memory();
  const SlowOnes slow = read_again(traffic, options.slow);
  print({{"label", options.label},
         {"mode", name_of(options.mode)},
         {"phase", "verdict"},
         {"slow", options.slow},
         {"pss_before_kb", before.pss_kb},
         {"pss_peak_reading_kb", peak_reading_kb},
         {"pss_peak_slow_kb", peak_slow_kb},
         {"pss_end_kb", after.pss_kb},
         {"server_fds_before", before.descriptors},
         {"server_fds_after", after.descriptors},
         {"reset_while_slow", slow.reset},
         {"closed_after_resume", slow.closed},
         {"slow_got_min", slow.least_got},
         {"slow_got_max", slow.most_got}});
  return 0;
}

}  // namespace banterd::bench
