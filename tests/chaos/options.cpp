#include "tests/chaos/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace banterd::chaos {

namespace {

constexpr int kUsage = 2;
constexpr double kDefaultSeconds = 10;
// Numbers and time stamp of a line need some.
constexpr size_t kLeastLineBytes = 48;
constexpr size_t kMostLineBytes = 4000;  // below limits.line_bytes

void describe_load(CLI::App& app, Options& options) {
  app.add_option("--clients", options.clients, "Clients who only read, spread over the rooms");
  app.add_option("--rooms", options.rooms, "Rooms, with different owners as far as possible")
      ->check(CLI::Range(1, 60'000));
  app.add_option("--both", options.both,
                 "How many of the clients are in all the rooms of a sender instead of one");
  app.add_option("--senders", options.senders,
                 "Clients who speak, by turns in each of their rooms (all, at most 8)");
  app.add_option("--rate", options.rate, "Lines per second of each sender")
      ->check(CLI::Range(0.01, 10'000.0));
  app.add_option("--bytes", options.bytes, "Length of a line")
      ->check(CLI::Range(kLeastLineBytes, kMostLineBytes));
  app.add_flag("--half-lines", options.half_lines,
               "Ten more senders always hold half a line, from before a reload until after it");
  app.add_option("--full-queues", options.full_queues,
                 "Clients in the first room who read nothing until the end");
  app.add_option("--fill-kib", options.fill_kib,
                 "What each of them is sent at the beginning, in KiB")
      ->check(CLI::Range(0, 65'536));
}

void describe_disturbances(CLI::App& app, Options& options) {
  const std::string every = "Seconds from one to the next; 0: none";
  app.add_option("--reload-every", options.reload_every,
                 "Replace the binary, change the configuration, SIGHUP. " + every)
      ->check(CLI::NonNegativeNumber);
  app.add_option("--reloads", options.reloads, "How many at most; 0: no end");
  app.add_option("--workers", options.workers, "Numbers of workers, the next one at each reload")
      ->delimiter(',')
      ->check(CLI::Range(1, 64));
  app.add_option("--kill-every", options.kill_every,
                 "kill -9 of a random worker, each fifth time of two. " + every)
      ->check(CLI::NonNegativeNumber);
  app.add_option("--kills", options.kills, "How many times at most; 0: no end");
  app.add_flag("--keep", options.keep,
               "Clients of a killed worker have to stay connected (keep_clients_on_crash), and to "
               "lose nothing; at most one in a hundred may be closed");
}

void describe(CLI::App& app, Options& options) {
  app.add_option("--binary", options.binary, "The banterd to run");
  app.add_option("--log", options.log, "Keep the server's log in this file");
  app.add_option("--seed", options.seed, "Of what is left to chance");
  app.add_option("--seconds", options.seconds,
                 "Length of the load; 0: until all reloads and kills are done, which is the "
                 "default when their number is given, else 10")
      ->check(CLI::NonNegativeNumber);
  describe_load(app, options);
  describe_disturbances(app, options);
  app.footer(
      "Exit status: 0 when nobody lost, doubled or reordered a line or was closed without cause;\n"
      "1 when somebody did, or the server failed otherwise; 2 when there was no run.\n"
      "Ctrl-C ends the load early.");
}

bool has_end(double every, size_t times) { return every > 0 && times > 0; }

// What is wrong with the options together; empty if nothing is.
std::string complete(Options& options) {
  const bool ends_by_itself =
      has_end(options.reload_every, options.reloads) || has_end(options.kill_every, options.kills);
  if (options.seconds < 0) options.seconds = ends_by_itself ? 0 : kDefaultSeconds;
  if (options.seconds == 0 && !ends_by_itself)
    return "--seconds 0 needs --reloads and --reload-every, or --kills and --kill-every";
  options.both = std::min(options.both, options.clients);
  return "";
}

}  // namespace

std::chrono::duration<double> Options::planned() const {
  if (!lasts_until_done()) return std::chrono::duration<double>(seconds);
  return std::chrono::duration<double>(std::max(reload_every * static_cast<double>(reloads),
                                                kill_every * static_cast<double>(kills)));
}

std::optional<Options> parse_options(int argc, char** argv, int& exit_code) {
  Options options;
  options.binary = BANTERD_BINARY;
  CLI::App app(
      "Runs banterd under load, reloads it and kills its workers, and checks what everybody sees.",
      "banterd_chaos");
  app.option_defaults()->always_capture_default();
  describe(app, options);
  try {
    app.parse(argc, argv);
    const std::string mistake = complete(options);
    if (!mistake.empty()) throw CLI::ValidationError(mistake);
  } catch (const CLI::ParseError& stop) {
    exit_code = app.exit(stop) == 0 ? 0 : kUsage;
    return std::nullopt;
  }
  return options;
}

}  // namespace banterd::chaos
