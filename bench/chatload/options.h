// What chatload is told to do. chatload --help says it to users; bench/README.md has examples.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace banterd::bench {

enum class Mode { fanout, rooms, connect, idle, slow };
enum class Protocol { line, irc, ws_irc, ws_line, nats, socketio };

// A measurement of "fanout" and "rooms", over connections that stay.
struct Phase {
  std::string name = "run";
  uint32_t senders = 0;  // of each room, who talk; 0: all
  uint32_t window = 64;  // most messages of a sender that not everybody has got
  double rate = 0;       // messages a second of each sender, from their due time; 0: flat out
};

struct Options {
  Mode mode = Mode::fanout;
  Protocol protocol = Protocol::line;
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  std::string label;
  std::vector<pid_t> server;

  // Who is there.
  uint32_t receivers = 100;
  uint32_t senders = 1;
  uint32_t rooms = 100;
  uint32_t members = 10;  // of each room
  uint32_t concurrent = 128;
  uint32_t sources = 1;
  uint32_t slow = 0;
  int slow_rcvbuf_bytes = 8192;

  // What they say first, and when they are ready.
  std::string greet;
  std::string hello;
  std::string join;
  std::string ws_path = "/";
  std::string ws_subprotocol;
  bool joins_room = true;  // irc
  bool senders_subscribe = true;

  // What is said, and for how long.
  uint32_t bytes = 64;
  bool echo = false;
  std::vector<Phase> phases;
  double seconds = 2;
  double settle_seconds = 0.3;
  double stall_seconds = 3;
  uint32_t repetitions = 1;
  uint32_t warm_ups = 1;

  [[nodiscard]] bool is_websocket() const {
    return protocol == Protocol::ws_irc || protocol == Protocol::ws_line ||
           protocol == Protocol::socketio;
  }
};

// Reads the command line. For --help, and for one that makes no sense, it says so and ends the
// program: 0 and 2.
Options read_options(int argc, char** argv);

// "name:senders,window,rate;…" Throws std::invalid_argument for anything else.
std::vector<Phase> parse_plan(std::string_view plan);

}  // namespace banterd::bench
