// Where a worker's clients come from: the listener itself, or a process that accepts for all
// workers and hands them the sockets (unix(7), SCM_RIGHTS), as banterd's master does.
#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

#include "base/unique_fd.h"

namespace banterd::bench {

// The descriptor that is readable when clients have come. It stays the caller's.
struct Door {
  int socket = -1;
  bool is_handed_sockets = false;  // rather than accepting them
};

// Where nobody else takes from the door.
inline constexpr int kManyAccepts = 1024;

using OnClient = std::function<void(base::UniqueFd socket)>;

// Takes clients in that have come, at most so many of those that it accepts.
void take_in(const Door& door, int most, const OnClient& on_client);

// As fork(2), and the child ends with this process.
pid_t fork_child();

// Forks: the parent accepts for ever and hands its sockets out in turn, those of a round in one
// message to each worker. The child returns, with a door for each worker; it ends with the parent.
// Nothing if it cannot be done.
std::vector<Door> begin_handing_over(int listener, size_t workers);

}  // namespace banterd::bench
