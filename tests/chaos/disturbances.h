// What is done to the server while it is under load: reloads and kills, each at its own pace.
#pragma once

#include <chrono>
#include <cstddef>
#include <random>

#include "base/result.h"
#include "tests/chaos/crowd.h"
#include "tests/chaos/options.h"
#include "tests/chaos/samples.h"
#include "tests/chaos/server_process.h"

namespace banterd::chaos {

using Clock = std::chrono::steady_clock;

// The configuration of banterd for this run.
std::string config_text(const Options& options, uint32_t workers);

// SIGHUP again and again, each time with a new file in the place of the binary and the next number
// of workers; one at a time.
class Reloads {
 public:
  Reloads(const Options& options, ServerProcess& server, Crowd& crowd, Tally& tally);

  void start(Clock::time_point now) { next_ = now + every_; }
  // Errors: the configuration or the binary cannot be written.
  base::Result<void> tick(Clock::time_point now);
  // No more of them; one that is pending goes on.
  void stop() { stopped_ = true; }
  // What clients have waited since the last one counts for it.
  void finish();

  [[nodiscard]] bool wanted() const { return every_.count() > 0; }
  [[nodiscard]] bool pending() const { return pending_; }
  // As many as asked for are over.
  [[nodiscard]] bool all_over() const;
  [[nodiscard]] size_t begun() const { return begun_; }
  [[nodiscard]] size_t over() const { return done_ + failed_; }
  [[nodiscard]] size_t done() const { return done_; }
  [[nodiscard]] size_t failed() const { return failed_; }
  // How many workers there are now, or will be once all is well.
  [[nodiscard]] uint32_t workers() const { return workers_; }
  [[nodiscard]] Clock::time_point last_over() const { return last_over_; }

  // The largest latency of each client after each SIGHUP.
  [[nodiscard]] Samples& seen() { return seen_; }
  // As the server's log says.
  [[nodiscard]] Samples& logged() { return logged_; }

 private:
  base::Result<void> begin(Clock::time_point now);
  void take_outcomes(Clock::time_point now);
  void on_over(const ServerProcess::Reloaded& outcome);
  [[nodiscard]] uint32_t workers_of(size_t reload) const;

  const Options& options_;
  ServerProcess& server_;
  Crowd& crowd_;
  Tally& tally_;
  Clock::duration every_;
  Clock::time_point next_{};
  Clock::time_point begun_at_{};
  Clock::time_point last_over_{};
  bool stopped_ = false;
  bool pending_ = false;
  size_t begun_ = 0;
  size_t done_ = 0;
  size_t failed_ = 0;
  uint32_t workers_;
  Samples seen_;
  Samples logged_;
};

// kill -9 of a random worker, each fifth time of two at once; at uneven times.
class Kills {
 public:
  Kills(const Options& options, ServerProcess& server, Crowd& crowd);

  void start(Clock::time_point now) { next_ = now + every_; }
  void tick(Clock::time_point now);
  void stop() { stopped_ = true; }

  [[nodiscard]] bool wanted() const { return every_.count() > 0; }
  [[nodiscard]] bool all_over() const;
  // The server has noticed the last deaths.
  [[nodiscard]] bool noticed() const;
  [[nodiscard]] Clock::time_point last() const { return last_; }
  [[nodiscard]] size_t times() const { return times_; }
  [[nodiscard]] size_t killed() const { return killed_; }

 private:
  void kill_some(size_t count);

  ServerProcess& server_;
  Crowd& crowd_;
  Clock::duration every_;
  size_t most_;
  const bool keeps_;
  std::mt19937 random_;
  std::uniform_real_distribution<double> uneven_{0.75, 1.25};
  Clock::time_point next_{};
  Clock::time_point last_{};
  std::vector<pid_t> victims_;  // the last ones
  bool stopped_ = false;
  size_t times_ = 0;
  size_t killed_ = 0;
};

}  // namespace banterd::chaos
