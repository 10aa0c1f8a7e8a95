// One measurement: the senders talk for a while, then what is under way arrives, and what all that
// took is summed up.
#pragma once

#include <cstdint>
#include <functional>

#include "bench/chatload/server_usage.h"
#include "bench/chatload/traffic.h"

namespace banterd::bench {

struct Outcome {
  double seconds = 0;    // until the last delivery
  bool stalled = false;  // nothing came for options.stall_seconds: the rest is lost
  CpuSeconds server;
  double own_cpu_seconds = 0;
  // Of whatever else ran on the machine. Sampled by ticks, and so coarse, even negative: a high
  // value means that the measurement was disturbed.
  double other_cpu_seconds = 0;
};

class Measurement {
 public:
  // All outlive it.
  Measurement(const Options& options, Traffic& traffic, const ServerUsage& usage)
      : options_(options), traffic_(traffic), usage_(usage) {}

  // Called now and then while it goes on.
  void watch(std::function<void()> watcher) { watcher_ = std::move(watcher); }
  Outcome run(const Phase& phase, double seconds);

 private:
  void set_due_times(const Phase& phase, Clock::time_point begin);
  // Says what is due. Returns how long nothing more will be.
  Clock::duration talk(const Phase& phase, Clock::time_point now);
  void talk(Traffic::Sender& sender, const Phase& phase, Clock::time_point now);
  // Until all is delivered, or nothing more comes. True if it stalled.
  bool go_on(const Phase& phase, Clock::time_point end);

  const Options& options_;
  Traffic& traffic_;
  const ServerUsage& usage_;
  std::function<void()> watcher_ = [] {};
};

}  // namespace banterd::bench
