#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

#include "bench/chatload/crowd.h"
#include "bench/chatload/modes.h"
#include "bench/chatload/report.h"
#include "bench/chatload/seats.h"
#include "bench/chatload/server_usage.h"

namespace banterd::bench {

namespace {

// Of one process: the limit of descriptors is often 20,000.
constexpr uint32_t kMostPerHelper = 15'000;
constexpr auto kTick = std::chrono::milliseconds(20);
constexpr double kQuietLoad = 0.02;  // CPU seconds a second, of a server at rest
constexpr double kLongestWorkSeconds = 60;
// Time for a server to see that it rests, and to give back what it needed while all came.
constexpr auto kRest = std::chrono::seconds(3);

struct Counts {
  uint32_t ready = 0;
  uint32_t failed = 0;
};

struct Pipe {
  base::UniqueFd reading;
  base::UniqueFd writing;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

bool is_ended(int pipe) {
  char byte = 0;
  return ::read(pipe, &byte, 1) == 0;
}

// Holds connections first..end-1, says how many it has, and answers PINGs until `until` ends.
[[noreturn]] void hold(const Options& options, uint32_t first, uint32_t end, int counts_to,
                       int until) {
  Audience nobody;
  // Numbered across the helpers, so that names and source addresses differ.
  Crowd crowd(options, end, nobody);
  const uint32_t rooms = options.members ? std::max(1U, options.receivers / options.members) : 1;
  for (Connection& connection : crowd.connections()) {
    connection.person.room = room_of(connection.person.number, rooms);
  }
  crowd.open_all(first);
  const Counts counts{crowd.ready(), crowd.failed()};
  if (::write(counts_to, &counts, sizeof counts) != sizeof counts) fail("write");
  if (::fcntl(until, F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
  while (!is_ended(until)) crowd.poll(kTick);
  std::_Exit(0);
}

class Helpers {
 public:
  explicit Helpers(const Options& options) {
    for (uint32_t first = 0; first < options.receivers; first += kMostPerHelper) {
      start(options, first, std::min(options.receivers, first + kMostPerHelper));
    }
  }
  ~Helpers() {
    until_.clear();
    for (const pid_t process : processes_) ::waitpid(process, nullptr, 0);
  }
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;

  [[nodiscard]] Counts counts() const { return counts_; }

 private:
  void start(const Options& options, uint32_t first, uint32_t end) {
    Pipe report = make_pipe();
    Pipe until = make_pipe();
    const pid_t process = ::fork();
    if (process < 0) fail("fork");
    if (process == 0) {
      until_.clear();  // else the helpers before it would outlive the run
      until.writing.reset();
      hold(options, first, end, report.writing.get(), until.reading.get());
    }
    processes_.push_back(process);
    until_.push_back(std::move(until.writing));
    report.writing.reset();
    Counts counts;
    if (::read(report.reading.get(), &counts, sizeof counts) != sizeof counts) fail("a helper");
    counts_.ready += counts.ready;
    counts_.failed += counts.failed;
  }

  std::vector<pid_t> processes_;
  std::vector<base::UniqueFd> until_;
  Counts counts_;
};

// The server's CPU seconds a second, in the next kRest.
double load_from_now(const ServerUsage& usage) {
  const double before = usage.cpu().sum();
  std::this_thread::sleep_for(kRest);
  return (usage.cpu().sum() - before) / kRest.count();
}

void wait_for_rest(const ServerUsage& usage) {
  const auto begin = Clock::now();
  while (load_from_now(usage) >= kQuietLoad && seconds_since(begin) < kLongestWorkSeconds) {
  }
}

}  // namespace

int run_idle(const Options& options) {
  const ServerUsage usage(options.server);
  const Memory before = usage.memory();
  const auto begin = Clock::now();
  const Helpers helpers(options);
  const double set_up = seconds_since(begin);
  wait_for_rest(usage);
  const Memory after = usage.memory();
  const double load = load_from_now(usage);
  const Counts counts = helpers.counts();
  const auto each = [&](long kilobytes) {
    return counts.ready ? static_cast<double>(kilobytes) * 1024 / counts.ready : 0;
  };
  print({{"label", options.label},
         {"mode", name_of(options.mode)},
         {"n", options.receivers},
         {"ready", counts.ready},
         {"failed", counts.failed},
         {"setup_s", set_up},
         {"pss_before_kb", before.pss_kb},
         {"pss_kb", after.pss_kb},
         {"rss_before_kb", before.rss_kb},
         {"rss_kb", after.rss_kb},
         {"memfd_before_kb", before.memfd_kb},
         {"memfd_kb", after.memfd_kb},
         {"pss_bytes_per_conn", each(after.pss_kb - before.pss_kb)},
         {"rss_bytes_per_conn", each(after.rss_kb - before.rss_kb)},
         {"server_fds", after.descriptors},
         {"idle_cpu_ms_per_s", load * 1000}});
  return counts.ready == options.receivers ? 0 : 1;
}

}  // namespace banterd::bench
