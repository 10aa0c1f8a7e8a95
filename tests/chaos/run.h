// One run from the server's start to its end, as a story: everybody goes in, the load begins,
// disturbances happen, all becomes quiet, everything is checked, the server ends.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tests/chaos/client.h"
#include "tests/chaos/crowd.h"
#include "tests/chaos/disturbances.h"
#include "tests/chaos/growth.h"
#include "tests/chaos/options.h"
#include "tests/chaos/poller.h"
#include "tests/chaos/receiver.h"
#include "tests/chaos/samples.h"
#include "tests/chaos/server_process.h"
#include "tests/chaos/speakers.h"

namespace banterd::chaos {

class Run {
 public:
  explicit Run(const Options& options);

  // True if there was no fault, also none that ended the run early; prints progress and the table.
  // Errors: the server does not start.
  base::Result<bool> run();
  [[nodiscard]] const std::deque<std::string>& last_log_lines() const {
    return server_.last_log_lines();
  }

 private:
  // The story's parts.
  base::Result<void> start_server();
  base::Result<void> let_all_in();
  base::Result<void> fill_queues();
  base::Result<void> load();
  base::Result<void> quieten();
  base::Result<void> all_back();
  base::Result<void> check_members();
  base::Result<void> check_footprint();
  base::Result<void> stop_server();

  // Lets everything happen until `done`. Errors: there is no progress, or the server has ended.
  base::Result<void> until(std::string_view what, const std::function<bool()>& done);
  base::Result<void> round();
  void tick_progress();
  void look_at_footprint(Clock::time_point now);
  [[nodiscard]] uint64_t progress() const;
  [[nodiscard]] bool load_is_over() const;
  [[nodiscard]] bool disturbed() const { return reloads_.begun() + kills_.times() > 0; }
  [[nodiscard]] std::chrono::duration<double> since_load() const;
  [[nodiscard]] Client* reader_in(RoomIndex room) const;
  [[nodiscard]] size_t members_of(RoomIndex room) const;

  const Options& options_;
  Poller poller_;
  Truth truth_;
  ClientWorld world_;
  ServerProcess server_;
  Crowd crowd_;
  Speakers speakers_;
  Reloads reloads_;
  Kills kills_;
  Samples normal_;
  Growth growth_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point load_begun_{};
  Clock::time_point next_progress_{};
  Clock::time_point next_look_{};
  Clock::time_point next_try_{};
  bool loading_ = false;
  bool stopping_ = false;
};

}  // namespace banterd::chaos
