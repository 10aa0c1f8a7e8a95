#include <vector>

#include "bench/chatload/crowd.h"
#include "bench/chatload/latencies.h"
#include "bench/chatload/modes.h"
#include "bench/chatload/report.h"
#include "bench/chatload/server_usage.h"

namespace banterd::bench {

namespace {

constexpr double kWarmUpSeconds = 0.5;
constexpr double kGraceSeconds = 2;  // for those under way at the end
constexpr auto kTick = std::chrono::milliseconds(5);

// options.concurrent connections, each opened again once it has left. Number 0 is the observer of
// the line protocol, who hears what the others say: that is when one of them counts as having come.
class Visitors final : public Audience {
 public:
  explicit Visitors(const Options& options)
      : options_(options),
        visits_(options.concurrent + 1),
        crowd_(options, options.concurrent + 1, *this) {
    for (uint32_t number = 1; number <= options.concurrent; ++number) away_.push_back(number);
  }

  // Needs the observer only where somebody has to be heard.
  bool set_up() {
    if (options_.protocol != Protocol::line) return true;
    crowd_[0].expects_messages = true;
    crowd_.open(crowd_[0]);
    crowd_.run_until([&] { return crowd_[0].is_ready() || !crowd_[0].is_open(); }, seconds(10));
    crowd_.run_for(seconds(options_.settle_seconds));
    return crowd_[0].is_ready();
  }

  void come_and_go(double length) {
    done_ = failed_ = 0;
    latencies_.clear();
    const auto end = Clock::now() + seconds(length);
    const auto patience = end + seconds(kGraceSeconds);
    for (auto now = Clock::now(); now < end || (!all_are_away() && now < patience);
         now = Clock::now()) {
      if (now < end) send_all();
      crowd_.poll(kTick);
    }
  }

  // Ends those who did not get away, and returns how many they are.
  uint64_t give_up() {
    uint64_t stuck = 0;
    for (uint32_t number = 1; number <= options_.concurrent; ++number) {
      if (!crowd_[number].is_open()) continue;
      ++stuck;
      leave(crowd_[number]);
    }
    return stuck;
  }

  void rest() { crowd_.run_for(std::chrono::milliseconds(200)); }
  [[nodiscard]] uint64_t done() const { return done_; }
  [[nodiscard]] uint64_t failed() const { return failed_; }
  [[nodiscard]] const Latencies& latencies() const { return latencies_; }

  void on_ready(Connection& connection) override {
    const uint32_t number = connection.person.number;
    if (number == 0) return;
    if (options_.protocol == Protocol::line) {
      connection.say(message_text({number, visits_[number].count, 0}, options_.bytes));
      return connection.flush();
    }
    count_arrival(connection);
    const std::string goodbye = crowd_.link().dialect.goodbye();
    if (goodbye.empty()) return leave(connection);
    connection.is_leaving = true;
    connection.queue(goodbye);  // and the server closes
    connection.flush();
  }

  void on_message(Connection& connection, const Marker& marker, Clock::time_point) override {
    if (connection.person.number != 0 || marker.sender == 0 ||
        marker.sender > options_.concurrent) {
      return;
    }
    Connection& said = crowd_[marker.sender];
    if (!said.is_ready() || marker.sequence != visits_[marker.sender].count) return;
    count_arrival(said);
    leave(said);
  }

  void on_closed(Connection& connection, bool, std::string_view) override {
    const uint32_t number = connection.person.number;
    if (number == 0) return;
    if (!visits_[number].has_arrived) ++failed_;
    away_.push_back(number);
  }

 private:
  struct Visit {
    uint32_t count = 0;
    bool has_arrived = false;
  };

  [[nodiscard]] bool all_are_away() const { return away_.size() == options_.concurrent; }

  // Never from within a callback: what epoll has still to tell of the last visit would be taken for
  // the next one's.
  void send_all() {
    while (!away_.empty()) {
      const uint32_t number = away_.back();
      away_.pop_back();
      ++visits_[number].count;
      visits_[number].has_arrived = false;
      crowd_.open(crowd_[number]);
    }
  }

  void count_arrival(const Connection& connection) {
    visits_[connection.person.number].has_arrived = true;
    ++done_;
    latencies_.add(Clock::now() - connection.opened_at());
  }

  void leave(Connection& connection) {
    connection.close();
    away_.push_back(connection.person.number);
  }

  const Options& options_;
  std::vector<Visit> visits_;
  std::vector<uint32_t> away_;
  Crowd crowd_;
  uint64_t done_ = 0;
  uint64_t failed_ = 0;
  Latencies latencies_;
};

void measure(const Options& options, uint32_t repetition, Visitors& visitors,
             const ServerUsage& usage) {
  const CpuSeconds before = usage.cpu();
  const double own_before = own_cpu_seconds();
  const auto begin = Clock::now();
  visitors.come_and_go(options.seconds);
  const double length = seconds_since(begin);
  const uint64_t stuck = visitors.give_up();
  const double cpu = usage.cpu().sum() - before.sum();
  const auto done = static_cast<double>(visitors.done());
  print({{"label", options.label},
         {"mode", name_of(options.mode)},
         {"rep", repetition},
         {"conc", options.concurrent},
         {"wall", length},
         {"done", visitors.done()},
         {"failed", visitors.failed()},
         {"stuck", stuck},
         {"conn_per_s", done / length},
         {"p50_us", visitors.latencies().quantile_us(0.5)},
         {"p99_us", visitors.latencies().quantile_us(0.99)},
         {"server_cpu_s", cpu},
         {"cpu_ms_per_1000", done > 0 ? cpu * 1e6 / done : 0},
         {"client_cpu_s", own_cpu_seconds() - own_before}});
}

}  // namespace

int run_connect(const Options& options) {
  Visitors visitors(options);
  if (!visitors.set_up()) return 1;
  const ServerUsage usage(options.server);
  for (uint32_t warm_up = 0; warm_up < options.warm_ups; ++warm_up) {
    visitors.come_and_go(kWarmUpSeconds);
    visitors.give_up();
    visitors.rest();
  }
  for (uint32_t repetition = 0; repetition < options.repetitions; ++repetition) {
    measure(options, repetition, visitors, usage);
    visitors.rest();
  }
  return 0;
}

}  // namespace banterd::bench
