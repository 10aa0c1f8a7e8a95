#include "bench/limit/door.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

namespace banterd::bench {

namespace {

constexpr size_t kMostAtOnce = 253;  // SCM_MAX_FD

struct alignas(cmsghdr) ControlBuffer {
  std::array<char, CMSG_SPACE(kMostAtOnce * sizeof(int))> bytes;
};

// A message of one byte, which may have descriptors.
struct Message {
  Message() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  char byte = 0;
  iovec part{&byte, 1};
  ControlBuffer control;
  msghdr header{};
};

void accept_some(int listener, int most, const OnClient& on_client) {
  for (int count = 0; count < most; ++count) {
    base::UniqueFd socket(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) return;
    on_client(std::move(socket));
  }
}

// Waits if the worker's socket is full.
void send_sockets(int worker, const std::vector<base::UniqueFd>& sockets) {
  Message message;
  message.header.msg_controllen = CMSG_SPACE(sockets.size() * sizeof(int));
  cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sockets.size() * sizeof(int));
  unsigned char* place = CMSG_DATA(control);
  for (const base::UniqueFd& socket : sockets) {
    const int number = socket.get();
    std::memcpy(place, &number, sizeof number);
    place += sizeof number;
  }
  ::sendmsg(worker, &message.header, MSG_NOSIGNAL);
}

void receive_sockets(int door, const OnClient& on_client) {
  Message message;
  if (::recvmsg(door, &message.header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0) return;
  const cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  if (control == nullptr) return;
  const size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t at = 0; at < count; ++at) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(control) + at * sizeof number, sizeof number);
    on_client(base::UniqueFd(number));
  }
}

[[noreturn]] void hand_over(int listener, const std::vector<base::UniqueFd>& workers) {
  std::vector<std::vector<base::UniqueFd>> shares(workers.size());
  size_t turn = 0;
  for (;;) {
    pollfd waiting{listener, POLLIN, 0};
    ::poll(&waiting, 1, -1);
    accept_some(listener, kManyAccepts, [&](base::UniqueFd socket) {
      turn = (turn + 1) % workers.size();
      shares[turn].push_back(std::move(socket));
      if (shares[turn].size() < kMostAtOnce) return;
      send_sockets(workers[turn].get(), shares[turn]);
      shares[turn].clear();
    });
    for (size_t worker = 0; worker < workers.size(); ++worker) {
      if (!shares[worker].empty()) send_sockets(workers[worker].get(), shares[worker]);
      shares[worker].clear();
    }
  }
}

}  // namespace

void take_in(const Door& door, int most, const OnClient& on_client) {
  if (door.is_handed_sockets) return receive_sockets(door.socket, on_client);
  accept_some(door.socket, most, on_client);
}

pid_t fork_child() {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(0);
  return 0;
}

std::vector<Door> begin_handing_over(int listener, size_t workers) {
  std::vector<Door> doors;
  std::vector<base::UniqueFd> other_ends;
  for (size_t worker = 0; worker < workers; ++worker) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return {};
    other_ends.emplace_back(pair[0]);
    doors.push_back({pair[1], true});
  }
  const pid_t child = fork_child();
  if (child < 0) return {};
  if (child > 0) hand_over(listener, other_ends);
  return doors;
}

}  // namespace banterd::bench
