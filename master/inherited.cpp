#include "master/inherited.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>

namespace banterd::master {

namespace {

base::Result<InheritedSocket> inspect(InheritedSocket socket) {
  if (sd_is_socket(socket.fd.get(), AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
    return base::Error{base::Errc::invalid, "the inherited descriptor \"" + socket.name +
                                                "\" is no listening stream socket"};
  }
  auto address = bound_address(socket.fd.get());
  if (!address) return address.error();
  socket.address = *address;
  socket.v6_only = is_v6_only(socket.fd.get());
  return socket;
}

bool socket_covers(const InheritedSocket& socket, const conf::Listener& listener) {
  const auto wanted = address_of(listener);
  return wanted && covers(socket.address, socket.v6_only, *wanted);
}

template <class Predicate>
std::optional<uint32_t> first_index(const std::vector<conf::Listener>& listeners,
                                    Predicate&& matches) {
  const auto found = std::find_if(listeners.begin(), listeners.end(), matches);
  if (found == listeners.end()) return std::nullopt;
  return static_cast<uint32_t>(found - listeners.begin());
}

}  // namespace

bool is_v6_only(int socket) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length) == 0 && value != 0;
}

base::Result<std::vector<InheritedSocket>> take_inherited_sockets() {
  char** names = nullptr;
  const int count = sd_listen_fds_with_names(1, &names);
  if (count < 0) return base::from_errno("take over the sockets of LISTEN_FDS", -count);
  std::vector<InheritedSocket> taken;
  for (int i = 0; i < count; ++i) {
    InheritedSocket socket;
    socket.fd.reset(SD_LISTEN_FDS_START + i);
    socket.name = names[i];
    std::free(names[i]);
    taken.push_back(std::move(socket));
  }
  std::free(names);
  for (InheritedSocket& socket : taken) {
    auto inspected = inspect(std::move(socket));
    if (!inspected) return inspected.error();
    socket = std::move(*inspected);
  }
  return taken;
}

base::Result<void> leave_inherited_sockets(std::vector<InheritedSocket> sockets) {
  if (sockets.empty()) return {};
  const int count = static_cast<int>(sockets.size());
  // First out of the way of each other.
  for (InheritedSocket& socket : sockets) {
    socket.fd.reset(fcntl(socket.fd.get(), F_DUPFD_CLOEXEC, SD_LISTEN_FDS_START + count));
    if (!socket.fd) return base::from_errno("leave an inherited socket", errno);
  }
  std::string names;
  for (int i = 0; i < count; ++i) {
    const InheritedSocket& socket = sockets[static_cast<size_t>(i)];
    // The copy stays open across the exec (dup2(2)).
    if (dup2(socket.fd.get(), SD_LISTEN_FDS_START + i) < 0)
      return base::from_errno("leave an inherited socket", errno);
    names += (i > 0 ? ":" : "") + socket.name;
  }
  setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  setenv("LISTEN_FDNAMES", names.c_str(), 1);
  return {};
}

base::Result<std::vector<uint32_t>> assign_inherited(const std::vector<InheritedSocket>& sockets,
                                                     const std::vector<conf::Listener>& listeners) {
  std::vector<uint32_t> assigned;
  for (const InheritedSocket& socket : sockets) {
    auto index =
        first_index(listeners, [&](const conf::Listener& l) { return socket_covers(socket, l); });
    if (!index) {
      index = first_index(
          listeners, [&](const conf::Listener& l) { return to_string(l.protocol) == socket.name; });
    }
    if (!index) {
      return base::Error{base::Errc::invalid, "the inherited socket " + describe(socket.address) +
                                                  " named \"" + socket.name +
                                                  "\" fits no listener: configure one with its "
                                                  "address, or name the socket after the protocol "
                                                  "of one (FileDescriptorName=)"};
    }
    assigned.push_back(*index);
  }
  return assigned;
}

bool is_covered(const conf::Listener& listener, const std::vector<InheritedSocket>& sockets) {
  return std::any_of(sockets.begin(), sockets.end(), [&](const InheritedSocket& socket) {
    return socket_covers(socket, listener);
  });
}

}  // namespace banterd::master
