// Tells systemd how we are (sd_notify(3)): ready, stopping, a status line for `systemctl status`,
// and the watchdog's sign of life from the loop, so that a master that hangs is restarted. Does
// nothing when NOTIFY_SOCKET is not set, and waits for nobody: when systemd does not read, the last
// of ready, reloading and stopping is said again until it does, and the rest is lost.
#pragma once

#include <chrono>
#include <string>

#include "base/uv/loop.h"
#include "base/uv/timer.h"

namespace banterd::master {

class ServiceManager {
 public:
  // Begins to feed the watchdog, at half the time that WATCHDOG_USEC allows, if it is meant for
  // this process.
  explicit ServiceManager(base::Loop& loop);

  // Also when a reload is over, however it went.
  void ready(const std::string& status);
  void reloading(const std::string& status = "Reloading");
  void stopping();
  // Stopping, to be ready again as the same process. To systemd that is a reload: a service that
  // says that it is stopping is not waited for to come back.
  void restarting() { reloading("Restarting"); }
  // At most one line per kStatusInterval, and only when it has changed.
  void status(const std::string& line);

 private:
  static constexpr std::chrono::milliseconds kStatusInterval{5'000};
  static constexpr std::chrono::milliseconds kRetry{100};
  void announce(std::string state);
  // False: not now, but perhaps later.
  bool notify(const std::string& state);

  base::Loop& loop_;
  base::Timer watchdog_;
  base::Timer retry_;
  std::string unsaid_;  // the last announcement, to be said again while retry_ runs
  std::string last_status_;
  uint64_t last_status_ms_ = 0;
  bool failed_ = false;  // the failure has been logged
};

}  // namespace banterd::master
