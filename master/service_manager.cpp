#include "master/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/unique_fd.h"

namespace banterd::master {

namespace {

// One datagram to NOTIFY_SOCKET, or an errno. As sd_notify(3), which would wait, with no way to
// prevent it, for a manager that does not read.
int tell_manager(std::string_view state) {
  const char* const name = std::getenv("NOTIFY_SOCKET");
  if (name == nullptr) return 0;
  const std::string_view path = name;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof to.sun_path) return EINVAL;
  path.copy(to.sun_path, path.size());
  auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  // An abstract name (unix(7)) has a zero at its start, and none at its end.
  if (path.starts_with('@'))
    to.sun_path[0] = '\0';
  else
    ++length;
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  const ssize_t sent = sendto(socket.get(), state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&to), length);
  return sent < 0 ? errno : 0;
}

}  // namespace

ServiceManager::ServiceManager(base::Loop& loop)
    : loop_(loop),
      watchdog_(loop, [this] { notify("WATCHDOG=1"); }),
      retry_(loop, [this] { announce(unsaid_); }) {
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
  announce("READY=1\nMAINPID=" + std::to_string(getpid()) + "\nSTATUS=" + status);
}

// systemd wants the time too, to tell this reload from the one before (sd_notify(3)).
void ServiceManager::reloading(const std::string& status) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto usec =
      static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1'000;
  announce("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec) + "\nSTATUS=" + status);
}

void ServiceManager::stopping() { announce("STOPPING=1\nSTATUS=Shutting down"); }

void ServiceManager::status(const std::string& line) {
  const uint64_t since_ms = loop_.now_ms() - last_status_ms_;
  if (line == last_status_ || since_ms < static_cast<uint64_t>(kStatusInterval.count())) return;
  last_status_ = line;
  last_status_ms_ = loop_.now_ms();
  notify("STATUS=" + line);
}

// A later announcement stands for those before it.
void ServiceManager::announce(std::string state) {
  unsaid_ = std::move(state);
  if (notify(unsaid_))
    retry_.stop();
  else
    retry_.start(kRetry);
}

bool ServiceManager::notify(const std::string& state) {
  const int failure = tell_manager(state);
  if (failure != 0 && !std::exchange(failed_, true))
    base::log_warning("cannot tell systemd", {{"error", base::from_errno("notify", failure)}});
  return failure != EAGAIN;
}

}  // namespace banterd::master
