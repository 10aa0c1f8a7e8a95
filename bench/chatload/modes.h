// What chatload can do. Each prints its records and returns the program's exit status: 0, or 1 if
// the connections that it needs could not be had.
#pragma once

#include "bench/chatload/options.h"

namespace banterd::bench {

// Messages in one room, or in many where all talk: one record for each phase and repetition.
int run_traffic(const Options& options);
// The same with receivers that stop reading after a first measurement: two records of traffic, and
// one of the server's memory and of what became of them.
int run_slow(const Options& options);
// Connections that come, register (line: say something, which an observer hears) and leave: one
// record for each repetition.
int run_connect(const Options& options);
// Connections that come and stay: one record of the server's memory. irc: registered and, unless
// options.members is 0, in rooms of that size.
int run_idle(const Options& options);

}  // namespace banterd::bench
