// The title by which ps(1), top(1) and /proc/PID/cmdline show this process.
//
// The kernel shows the bytes where the arguments were put at exec, and goes on into those of the
// environment once the arguments' last byte is overwritten (proc(5), setproctitle(3bsd)). libuv's
// uv_set_process_title stops at the end of the arguments and would cut "banterd: worker 2
// generation 1" to the length of "./banterd".
#pragma once

#include <string_view>

namespace banterd::base {

// Moves the environment away, so that its room can be used. Call first of all in main(), before any
// thread and before anybody keeps what getenv(3) returns. `argv` stays readable until the first
// set_process_title().
void prepare_process_title(int argc, char** argv);

// Shows `title`, cut to the room there is; its first 15 bytes become the thread's name too
// (prctl(2), PR_SET_NAME). Does only the latter without prepare_process_title().
void set_process_title(std::string_view title);

}  // namespace banterd::base
