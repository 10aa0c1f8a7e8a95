// What a run of banterd_chaos is told to do (banterd_chaos --help).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace banterd::chaos {

struct Options {
  std::string binary;   // of banterd; a copy of it is run
  std::string log;      // where the server's log is kept; empty: shown in part when the run fails
  unsigned seed = 1;    // of what is killed
  double seconds = -1;  // of load; 0: until all reloads and kills are done; below: not given

  size_t clients = 100;  // who only read
  size_t rooms = 2;
  size_t both = 10;  // of the clients: those who are in as many rooms as a sender
  size_t senders = 4;
  double rate = 50;   // lines per second of each sender
  size_t bytes = 60;  // of a line
  bool half_lines = false;
  size_t full_queues = 0;  // clients who read only at the end
  size_t fill_kib = 256;   // what each of them is sent at the beginning

  double reload_every = 0;  // seconds; 0: never
  size_t reloads = 0;       // 0: no end
  std::vector<uint32_t> workers = {3};
  double kill_every = 0;
  size_t kills = 0;
  bool keep = false;  // clients stay connected when their worker is killed

  [[nodiscard]] bool lasts_until_done() const { return seconds == 0; }
  // The load's length, as far as it is known beforehand.
  [[nodiscard]] std::chrono::duration<double> planned() const;
};

// Nothing when the program is to end at once, with `exit_code`: --help, a mistake.
std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace banterd::chaos
