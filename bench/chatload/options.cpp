#include "bench/chatload/options.h"

#include <arpa/inet.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

namespace banterd::bench {

namespace {

constexpr int kUsage = 2;
constexpr uint32_t kMostBytes = 400;  // an IRC server adds a prefix and has 512 for all
constexpr uint32_t kMostSources = 200;
// At a fixed rate the window only bounds what a stalled server is sent.
constexpr uint32_t kRateWindow = 4096;

const std::map<std::string, Mode> kModes = {{"fanout", Mode::fanout},
                                            {"rooms", Mode::rooms},
                                            {"connect", Mode::connect},
                                            {"idle", Mode::idle},
                                            {"slow", Mode::slow}};
const std::map<std::string, Protocol> kProtocols = {
    {"line", Protocol::line},       {"irc", Protocol::irc},   {"ws-irc", Protocol::ws_irc},
    {"ws-line", Protocol::ws_line}, {"nats", Protocol::nats}, {"sio", Protocol::socketio}};

// As the command line has it, before it becomes Options.
struct Given {
  Phase phase;
  std::string plan;
  int echo = -1;
  bool senders_do_not_subscribe = false;
};

bool is_loopback(const std::string& host) {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 &&
         ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

void describe_server(CLI::App& app, Options& options) {
  app.add_option("mode", options.mode,
                 "fanout: one room; rooms: many; connect: come and go; idle: come and stay; slow: "
                 "some stop reading")
      ->required()
      ->transform(CLI::CheckedTransformer(kModes));
  app.add_option("--proto", options.protocol, "line, irc, ws-irc, ws-line, nats or sio")
      ->transform(CLI::CheckedTransformer(kProtocols));
  app.add_option("--port", options.port, "Where the server listens")->required();
  app.add_option("--host", options.host, "A loopback address: no other is loaded")
      ->check([](const std::string& host) {
        return is_loopback(host) ? "" : "not a loopback address: " + host;
      });
  app.add_option("--server-pid", options.server,
                 "The server's processes, those below them are found; for CPU and memory")
      ->delimiter(',')
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--label", options.label, "Goes into what is printed");
}

void describe_people(CLI::App& app, Options& options, Given& given) {
  app.add_option("--n", options.receivers, "Receivers; idle: connections");
  app.add_option("--s", options.senders, "Senders, in the same room");
  app.add_option("--rooms", options.rooms, "Rooms")->check(CLI::PositiveNumber);
  app.add_option("--k", options.members, "Members of each; idle, irc: 0 joins none");
  app.add_option("--conc", options.concurrent, "Connections being made at a time")
      ->check(CLI::PositiveNumber);
  app.add_option("--src", options.sources,
                 "Source addresses from 127.0.0.2 on: one has ports for 28,000 connections")
      ->check(CLI::Range(1U, kMostSources));
  app.add_option("--slow", options.slow, "slow: receivers that stop reading");
  app.add_option("--slow-rcvbuf", options.slow_rcvbuf_bytes, "Bytes of their receive buffers");
  app.add_flag("--senders-do-not-subscribe", given.senders_do_not_subscribe,
               "nats: they hear nothing");
}

void describe_words(CLI::App& app, Options& options) {
  app.add_option(
      "--greet", options.greet,
      "line: ready when a line has this in it, or ends with it where %u stands in it for "
      "the connection's number; without: ready when connected");
  app.add_option("--hello", options.hello, "line: said first, with %u for the number");
  app.add_option("--join", options.join, "line: said next, with %s for the room");
  app.add_option("--ws-path", options.ws_path, "WebSocket's path, with %s for the room");
  app.add_option("--ws-subproto", options.ws_subprotocol, "WebSocket's subprotocol");
}

void describe_load(CLI::App& app, Options& options, Given& given) {
  app.add_option("--bytes", options.bytes, "Length of a message's text")
      ->check(CLI::Range(1U, kMostBytes));
  app.add_option("--window", given.phase.window,
                 "Most messages of a sender that not everybody has got")
      ->check(CLI::PositiveNumber);
  app.add_option("--rate", given.phase.rate,
                 "Messages a second of each sender, instead of as many as go; latency counts from "
                 "when they were due");
  app.add_option("--plan", given.plan,
                 "Several measurements, over the same connections: name:senders,window,rate;…");
  app.add_option("--echo", given.echo, "1: the server sends messages to their sender too")
      ->check(CLI::Range(0, 1));
  app.add_option("--secs", options.seconds, "Length of a measurement");
  app.add_option("--settle", options.settle_seconds, "Seconds of rest before the first");
  app.add_option("--stall", options.stall_seconds, "It ends after so long without a delivery");
  app.add_option("--reps", options.repetitions, "How often each is made");
  app.add_option("--warm", options.warm_ups, "Short ones before, that do not count");
}

// Throws std::invalid_argument for a plan that makes no sense.
void take_over(const Given& given, Options& options) {
  options.phases = given.plan.empty() ? std::vector{given.phase} : parse_plan(given.plan);
  for (Phase& phase : options.phases) {
    if (phase.rate > 0) phase.window = std::max(phase.window, kRateWindow);
  }
  const bool echoes =
      options.protocol == Protocol::ws_line || options.protocol == Protocol::socketio;
  options.echo = given.echo < 0 ? echoes : given.echo == 1;
  options.senders_subscribe = !given.senders_do_not_subscribe;
  const bool in_room = options.mode != Mode::connect && options.members > 0;
  options.joins_room = options.mode == Mode::fanout || options.mode == Mode::slow || in_room;
}

}  // namespace

std::vector<Phase> parse_plan(std::string_view plan) {
  std::vector<Phase> phases;
  std::istringstream all{std::string(plan)};
  for (std::string text; std::getline(all, text, ';');) {
    std::istringstream in(text);
    Phase phase;
    char first = 0;
    char second = 0;
    std::getline(in, phase.name, ':');
    if (!(in >> phase.senders >> first >> phase.window >> second >> phase.rate) || first != ',' ||
        second != ',' || !(in >> std::ws).eof() || phase.rate < 0) {
      throw std::invalid_argument("not name:senders,window,rate: " + text);
    }
    phase.window = std::max(phase.window, 1U);
    phases.push_back(phase);
  }
  if (phases.empty()) throw std::invalid_argument("an empty plan");
  return phases;
}

Options read_options(int argc, char** argv) {
  Options options;
  Given given;
  CLI::App app("Loads a chat server on this machine and measures it: one JSON object a line.");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  describe_server(app, options);
  describe_people(app, options, given);
  describe_words(app, options);
  describe_load(app, options, given);
  try {
    app.parse(argc, argv);
    take_over(given, options);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : kUsage);
  } catch (const std::invalid_argument& error) {
    std::cerr << "chatload: --plan: " << error.what() << '\n';
    std::exit(kUsage);
  }
  return options;
}

}  // namespace banterd::bench
