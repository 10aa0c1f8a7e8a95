#include "tests/chaos/report.h"

#include <fmt/format.h>

#include <iterator>

namespace banterd::chaos {

namespace {

constexpr double kMib = 1024.0 * 1024.0;

class Table {
 public:
  template <class Value>
  void row(std::string_view name, const Value& value) {
    fmt::format_to(std::back_inserter(text_), "{:<34}{}\n", name, value);
  }
  void times(std::string_view name, Samples& samples) {
    if (samples.empty()) return row(name, "none");
    row(name, fmt::format("p50 {:.1f}  p99 {:.1f}  max {:.1f} ms  ({} samples)",
                          samples.percentile_ms(0.50), samples.percentile_ms(0.99),
                          samples.largest_ms(), samples.size()));
  }
  void footprint(uint32_t workers, std::string_view which, const Footprint& footprint) {
    row(fmt::format("{} workers, {} ({:.0f} s)", workers, which, footprint.at.count()),
        fmt::format("{} processes  {} descriptors  {:.1f} MiB", footprint.processes,
                    footprint.descriptors, static_cast<double>(footprint.memory_bytes) / kMib));
  }
  void line(std::string_view text) { fmt::format_to(std::back_inserter(text_), "{}\n", text); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void write_counts(Table& table, const Report& report) {
  const Tally& tally = report.truth.tally;
  table.row("clients", report.crowd.size());
  table.row("lines sent", report.truth.voices.sent());
  table.row("lines delivered", tally.delivered);
  table.row("lost", tally.lost);
  table.row("doubled", tally.doubled);
  table.row("reordered", tally.reordered);
  table.row("in another order than others", tally.disagreed);
  table.row("in a wrong place", tally.misplaced);
  table.row("errors told", tally.errors);
  table.row("closed", tally.closed);
  table.row("other faults", tally.other);
}

void write_disturbances(Table& table, const Report& report) {
  table.row("reloads",
            fmt::format("{} done, {} failed", report.reloads.done(), report.reloads.failed()));
  table.row("kills", fmt::format("{} times, {} workers, {} connections ended with them",
                                 report.kills.times(), report.kills.killed(),
                                 report.truth.tally.ended_with_worker));
  table.times("latency before the first of them", report.normal);
  table.times("pause as clients see it", report.reloads.seen());
  table.times("pause as the server logs it", report.reloads.logged());
}

}  // namespace

std::string progress_line(std::chrono::duration<double> at, const Truth& truth, const Crowd& crowd,
                          const Reloads& reloads, const Kills& kills) {
  return fmt::format(
      "{:5.0f} s: present {}/{}  sent {}  delivered {}  reloads {}  kills {}  "
      "faults {}",
      at.count(), crowd.present(), crowd.size(), truth.voices.sent(), truth.tally.delivered,
      reloads.over(), kills.times(), truth.tally.faults());
}

std::string table(const Report& report) {
  Table table;
  write_counts(table, report);
  write_disturbances(table, report);
  for (const auto& [workers, span] : report.growth.by_workers()) {
    table.footprint(workers, "first", span.first);
    table.footprint(workers, "last", span.last);
  }
  const Tally& tally = report.truth.tally;
  if (!tally.words().empty()) table.line("the first faults:");
  for (const std::string& words : tally.words()) table.line("  " + words);
  table.line(tally.faults() == 0 ? "all is well" : "FAILED");
  return table.text();
}

}  // namespace banterd::chaos
