#include "master/service_manager.h"

#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <ctime>
#include <utility>

#include "base/log.h"

namespace banterd::master {

ServiceManager::ServiceManager(base::Loop& loop)
    : loop_(loop), watchdog_(loop, [this] { notify("WATCHDOG=1"); }) {
  uint64_t limit_usec = 0;
  if (sd_watchdog_enabled(0, &limit_usec) <= 0) return;
  const auto interval = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::microseconds(limit_usec / 2));
  watchdog_.start(interval, interval);
  // An image that was put into another's place does not know when that one did it last.
  notify("WATCHDOG=1");
}

void ServiceManager::ready(const std::string& status) {
  last_status_ = status;
  last_status_ms_ = loop_.now_ms();
  notify("READY=1\nMAINPID=" + std::to_string(getpid()) + "\nSTATUS=" + status);
}

// systemd wants the time too, to tell this reload from the one before (sd_notify(3)).
void ServiceManager::reloading(const std::string& status) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto usec =
      static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1'000;
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec) + "\nSTATUS=" + status);
}

void ServiceManager::stopping() { notify("STOPPING=1\nSTATUS=Shutting down"); }

void ServiceManager::status(const std::string& line) {
  const uint64_t since_ms = loop_.now_ms() - last_status_ms_;
  if (line == last_status_ || since_ms < static_cast<uint64_t>(kStatusInterval.count())) return;
  last_status_ = line;
  last_status_ms_ = loop_.now_ms();
  notify("STATUS=" + line);
}

void ServiceManager::notify(const std::string& state) {
  const int result = sd_notify(0, state.c_str());
  if (result >= 0 || std::exchange(failed_, true)) return;
  base::log_warning("cannot tell systemd", {{"error", base::from_errno("sd_notify", -result)}});
}

}  // namespace banterd::master
