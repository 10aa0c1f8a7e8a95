#include "bench/chatload/measurement.h"

#include <algorithm>

namespace banterd::bench {

namespace {

constexpr Clock::duration kTick = std::chrono::milliseconds(20);
constexpr auto kWatchEvery = std::chrono::milliseconds(500);
// A sender whose socket takes no more is not asked to say more.
constexpr size_t kMostQueuedBytes = 65536;

Clock::duration gap_of(const Phase& phase) { return seconds(1 / phase.rate); }

}  // namespace

// The senders take turns, rather than all talking at once.
void Measurement::set_due_times(const Phase& phase, Clock::time_point begin) {
  if (phase.rate <= 0) return;
  auto& senders = traffic_.senders();
  const auto step = gap_of(phase) / static_cast<int64_t>(senders.size());
  auto due = begin + std::chrono::milliseconds(1);
  for (Traffic::Sender& sender : senders) {
    sender.due = due;
    due += step;
  }
}

void Measurement::talk(Traffic::Sender& sender, const Phase& phase, Clock::time_point now) {
  Connection& connection = traffic_.connection_of(sender);
  if (!connection.is_ready()) return;
  if (phase.rate > 0) {
    for (; sender.due <= now && !sender.window.full(); sender.due += gap_of(phase)) {
      traffic_.say(sender, sender.due);
    }
  } else {
    while (!sender.window.full() && connection.queued_bytes() < kMostQueuedBytes) {
      traffic_.say(sender, now);
    }
  }
  if (connection.queued_bytes() > 0) connection.flush();
}

Clock::duration Measurement::talk(const Phase& phase, Clock::time_point now) {
  Clock::duration idle = kTick;
  for (Traffic::Sender& sender : traffic_.senders()) {
    if (phase.senders > 0 && traffic_.place_in_room(sender) >= phase.senders) continue;
    talk(sender, phase, now);
    if (phase.rate > 0 && sender.due > now) idle = std::min(idle, sender.due - now);
  }
  return idle;
}

bool Measurement::go_on(const Phase& phase, Clock::time_point end) {
  auto watched = Clock::time_point{};
  for (;;) {
    const auto now = Clock::now();
    if (now - watched >= kWatchEvery) {
      watcher_();
      watched = now;
    }
    const bool is_talking = now < end;
    const Clock::duration idle = is_talking ? talk(phase, now) : kTick;
    const bool all_delivered = traffic_.all_delivered();
    if (!is_talking && all_delivered) return false;
    const bool silent = now - traffic_.last_delivery() > seconds(options_.stall_seconds);
    if (silent && !all_delivered) return true;
    traffic_.crowd().poll(idle);
  }
}

Outcome Measurement::run(const Phase& phase, double length) {
  Outcome outcome;
  traffic_.begin();
  const CpuSeconds server_before = usage_.cpu();
  const double own_before = bench::own_cpu_seconds();
  const double machine_before = machine_cpu_seconds();
  const auto begin = Clock::now();
  set_due_times(phase, begin);
  outcome.stalled = go_on(phase, begin + seconds(length));
  const auto end = outcome.stalled ? traffic_.last_delivery() : Clock::now();
  outcome.seconds = std::max(Seconds(end - begin).count(), 0.001);
  const CpuSeconds server = usage_.cpu();
  outcome.server = {server.user - server_before.user, server.system - server_before.system};
  outcome.own_cpu_seconds = bench::own_cpu_seconds() - own_before;
  outcome.other_cpu_seconds =
      machine_cpu_seconds() - machine_before - outcome.own_cpu_seconds - outcome.server.sum();
  return outcome;
}

}  // namespace banterd::bench
