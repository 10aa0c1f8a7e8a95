#include "bench/chatload/report.h"

#include <algorithm>
#include <iostream>

namespace banterd::bench {

namespace {

double ratio(double of, double to) { return to > 0 ? of / to : 0; }

void add_latencies(Record& record, const std::array<Latencies, 2>& halves) {
  Latencies all = halves[0];
  all.add(halves[1]);
  record["p50_us"] = all.quantile_us(0.5);
  record["p99_us"] = all.quantile_us(0.99);
  record["p999_us"] = all.quantile_us(0.999);
  record["max_us"] = all.greatest_us();
  const double even = halves[0].quantile_us(0.5);
  const double odd = halves[1].quantile_us(0.5);
  record["p50_earlier_half_us"] = std::min(even, odd);
  record["p50_later_half_us"] = std::max(even, odd);
}

void add_tally(Record& record, const Tally& tally) {
  record["dup"] = tally.twice;
  record["out_of_order"] = tally.late;
  record["dropped"] = tally.dropped;
  record["undelivered_to_dropped"] = tally.undelivered;
  record["stray"] = tally.astray;
  record["bogus"] = tally.unknown;
  record["self_echo"] = tally.echoed;
  record["of_before"] = tally.of_before;
}

void add_cpu(Record& record, const Outcome& outcome, double deliveries) {
  const double millions = deliveries / 1e6;
  record["server_cpu_s"] = outcome.server.sum();
  record["cpu_s_per_M"] = ratio(outcome.server.sum(), millions);
  record["user_s_per_M"] = ratio(outcome.server.user, millions);
  record["client_cpu_s"] = outcome.own_cpu_seconds;
  record["other_cpu_s"] = outcome.other_cpu_seconds;
}

}  // namespace

const char* name_of(Mode mode) {
  switch (mode) {
    case Mode::fanout:
      return "fanout";
    case Mode::rooms:
      return "rooms";
    case Mode::connect:
      return "connect";
    case Mode::idle:
      return "idle";
    case Mode::slow:
      return "slow";
  }
  return "";
}

void print(const Record& record) { std::cout << record.dump() << std::endl; }

Record traffic_record(const Options& options, const Phase& phase, uint32_t repetition,
                      Traffic& traffic, const Outcome& outcome) {
  const Tally& tally = traffic.tally();
  const auto deliveries = static_cast<double>(tally.delivered);
  Record record = {{"label", options.label},
                   {"mode", name_of(options.mode)},
                   {"phase", phase.name},
                   {"rep", repetition},
                   {"connections", traffic.crowd().connections().size()},
                   {"rooms", traffic.rooms()},
                   {"bytes", options.bytes},
                   {"window", phase.window},
                   {"rate", phase.rate},
                   {"wall", outcome.seconds},
                   {"sent", tally.sent},
                   {"deliveries", tally.delivered},
                   {"deliv_per_s", deliveries / outcome.seconds},
                   {"msgs_per_s", static_cast<double>(tally.sent) / outcome.seconds},
                   {"lost", traffic.lost()}};
  add_tally(record, tally);
  const SameOrder order = traffic.same_order();
  record["same_order"] = nullptr;
  if (order.receivers > 0) {
    record["same_order"] = static_cast<double>(order.same) / static_cast<double>(order.receivers);
  }
  record["stalled"] = outcome.stalled;
  add_latencies(record, traffic.latencies());
  add_cpu(record, outcome, deliveries);
  record["reads_per_deliv"] = ratio(static_cast<double>(traffic.crowd().link().reads), deliveries);
  record["rx_bytes_per_deliv"] =
      ratio(static_cast<double>(traffic.crowd().link().bytes_read), deliveries);
  return record;
}

}  // namespace banterd::bench
