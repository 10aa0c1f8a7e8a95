#include "tests/chaos/disturbances.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "tests/chaos/served_connections.h"

namespace banterd::chaos {

namespace {

constexpr std::chrono::seconds kReloadLimit{60};
constexpr size_t kEachTwo = 5;
// What one who does not read is sent in an hour must fit, and be less than half of it: else he is
// not heard either.
constexpr size_t kFullQueueBytes = 900'000'000;
constexpr size_t kQueueBytes = 64 * 1024 * 1024;

Clock::duration seconds(double count) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

bool are_over(double every, size_t most, size_t over) {
  return every == 0 || most == 0 || over >= most;
}

}  // namespace

std::string config_text(const Options& options, uint32_t workers) {
  return fmt::format(
      R"({{"workers": {}, "listeners": [{{"protocol": "line", "port": 0}}], "keep_clients_on_crash": {},
 "limits": {{"messages_per_second": 1000000000, "message_burst": 1000000000,
            "max_connections_per_address": 1000000, "send_queue_bytes": {}}}}}
)",
      workers, options.keep, options.full_queues > 0 ? kFullQueueBytes : kQueueBytes);
}

// ---- reloads ----

Reloads::Reloads(const Options& options, ServerProcess& server, Crowd& crowd, Tally& tally)
    : options_(options),
      server_(server),
      crowd_(crowd),
      tally_(tally),
      every_(seconds(options.reload_every)),
      workers_(workers_of(0)) {}

uint32_t Reloads::workers_of(size_t reload) const {
  return options_.workers[reload % options_.workers.size()];
}

bool Reloads::all_over() const {
  return !pending_ && are_over(options_.reload_every, options_.reloads, begun_);
}

base::Result<void> Reloads::tick(Clock::time_point now) {
  if (!wanted()) return {};
  take_outcomes(now);
  const bool enough = options_.reloads > 0 && begun_ >= options_.reloads;
  if (stopped_ || pending_ || enough || now < next_) return {};
  return begin(now);
}

base::Result<void> Reloads::begin(Clock::time_point now) {
  const uint32_t workers = workers_of(begun_ + 1);
  if (auto written = server_.write_config(config_text(options_, workers)); !written) return written;
  if (auto replaced = server_.replace_binary(); !replaced) return replaced;
  crowd_.take_worst_latencies(begun_ > 0 ? &seen_ : nullptr);
  server_.signal(SIGHUP);
  ++begun_;
  pending_ = true;
  begun_at_ = now;
  next_ = now + every_;
  return {};
}

void Reloads::take_outcomes(Clock::time_point now) {
  for (const ServerProcess::Reloaded& outcome : server_.take_reloads()) {
    last_over_ = now;
    on_over(outcome);
  }
  if (!pending_ || now - begun_at_ < kReloadLimit) return;
  last_over_ = now;
  on_over({false, std::nullopt, "the server does not say how the reload went"});
}

void Reloads::on_over(const ServerProcess::Reloaded& outcome) {
  pending_ = false;
  if (outcome.done) {
    ++done_;
    workers_ = workers_of(begun_);
    if (outcome.pause_ms) logged_.add(static_cast<uint32_t>(*outcome.pause_ms * 1000));
    return;
  }
  ++failed_;
  // A worker that is killed meanwhile is a good reason.
  if (options_.kill_every == 0)
    tally_.fault(tally_.other, fmt::format("reload {}: {}", begun_, outcome.line));
}

void Reloads::finish() {
  if (begun_ > 0) crowd_.take_worst_latencies(&seen_);
}

// ---- kills ----

Kills::Kills(const Options& options, ServerProcess& server, Crowd& crowd)
    : server_(server),
      crowd_(crowd),
      every_(seconds(options.kill_every)),
      most_(options.kills),
      keeps_(options.keep),
      random_(options.seed) {}

bool Kills::all_over() const { return !wanted() || most_ == 0 || times_ >= most_; }

void Kills::tick(Clock::time_point now) {
  if (!wanted() || stopped_ || now < next_ || (most_ > 0 && times_ >= most_)) return;
  if (server_.workers().empty()) return;  // they are about to come back
  // Not in step with the reloads: in the long run every moment of one is hit.
  next_ = now + std::chrono::duration_cast<Clock::duration>(every_ * uneven_(random_));
  last_ = now;
  ++times_;
  kill_some(times_ % kEachTwo == 0 ? 2 : 1);
}

void Kills::kill_some(size_t count) {
  victims_ = server_.workers();
  std::ranges::shuffle(victims_, random_);
  victims_.resize(std::min(count, victims_.size()));
  // Stopped first: whom they serve must not change between looking and killing.
  for (const pid_t pid : victims_) kill(pid, SIGSTOP);
  for (const pid_t pid : victims_) {
    if (!keeps_) crowd_.expect_deaths(served_connections(pid, server_.port()));
  }
  for (const pid_t pid : victims_) kill(pid, SIGKILL);
  killed_ += victims_.size();
}

bool Kills::noticed() const {
  return std::ranges::none_of(server_.workers(),
                              [this](pid_t pid) { return std::ranges::count(victims_, pid) > 0; });
}

}  // namespace banterd::chaos
