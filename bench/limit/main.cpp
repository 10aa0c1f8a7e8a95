// limit: the floor under every chat server on this machine: accepted sockets, epoll, and for each
// line that comes nothing but writing it to the others. bench/README.md says what its modes are
// for.
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "bench/limit/door.h"
#include "bench/limit/floor.h"

namespace {

using namespace banterd::bench;

constexpr int kBacklog = 4096;

struct Options {
  uint16_t port = 0;
  Delivery delivery = Delivery::immediate;
  size_t workers = 1;
  bool hands_over = false;
};

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// -1, with errno, if it cannot be had.
int listen_on(uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  return ::listen(listener, kBacklog) == 0 ? listener : -1;
}

// The sockets of each worker to the others. Nothing if they cannot be had.
std::vector<std::vector<int>> connect_workers(size_t workers) {
  std::vector<std::vector<int>> sockets(workers);
  for (size_t one = 0; one < workers; ++one) {
    for (size_t other = one + 1; other < workers; ++other) {
      int pair[2];
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return {};
      sockets[one].push_back(pair[0]);
      sockets[other].push_back(pair[1]);
    }
  }
  return sockets;
}

// Forks all but the first worker, and returns which one this process is. They end with the first.
size_t fork_workers(size_t workers) {
  for (size_t worker = 1; worker < workers; ++worker) {
    if (fork_child() == 0) return worker;
  }
  return 0;
}

int run(const Options& options) {
  const int listener = listen_on(options.port);
  const auto sockets = connect_workers(options.workers);
  std::vector<Door> doors(options.workers, Door{listener, false});
  const bool is_ready = listener >= 0 && !sockets.empty();
  if (is_ready && options.hands_over) doors = begin_handing_over(listener, options.workers);
  if (!is_ready || doors.empty()) {
    std::perror("limit");
    return 1;
  }
  const size_t self = fork_workers(options.workers);
  for (size_t worker = 0; worker < options.workers; ++worker) {
    if (worker == self) continue;
    for (const int socket : sockets[worker]) ::close(socket);
  }
  Floor(options.delivery, doors[self], sockets[self]).run();
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, Delivery> modes = {{"a", Delivery::immediate},
                                                 {"b", Delivery::batched}};
  Options options;
  CLI::App app(
      "Relays lines between its clients, as directly as a program can: a floor to compare with.");
  app.add_option("--port", options.port, "Listen on this port of 127.0.0.1")->required();
  app.add_option("--mode", options.delivery,
                 "a: a write for each line and socket; b: for each round")
      ->transform(CLI::CheckedTransformer(modes));
  app.add_option("--workers", options.workers, "Processes, which relay raw lines to each other")
      ->check(CLI::Range(1, 64));
  app.add_flag("--hand-over", options.hands_over, "One more process accepts for the workers");
  CLI11_PARSE(app, argc, argv);
  raise_descriptor_limit();
  return run(options);
}
