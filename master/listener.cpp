#include "master/listener.h"

#include <fcntl.h>
#include <netinet/in.h>

#include <cerrno>
#include <utility>

#include "base/log.h"

namespace banterd::master {

namespace {

// Cut by the kernel to net.core.somaxconn, 4096 by default (listen(2)).
constexpr int kBacklog = 4096;

base::Error on_listener(const conf::Listener& listener, const base::Error& error) {
  return {error.code, "listen on " + listener.describe() + ": " + error.context};
}

// While it lives, these may listen on one port (socket(7), SO_REUSEPORT). Not longer: a second
// server has to find that the port is taken.
class SharedPort {
 public:
  explicit SharedPort(std::vector<int> sockets) : sockets_(std::move(sockets)) { allow(1); }
  ~SharedPort() { allow(0); }
  SharedPort(const SharedPort&) = delete;
  SharedPort& operator=(const SharedPort&) = delete;

 private:
  // Where it fails, bind says that the address is in use.
  void allow(int value) const {
    for (const int socket : sockets_)
      static_cast<void>(setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &value, sizeof value));
  }
  std::vector<int> sockets_;
};

base::Result<void> set_option(int socket, int level, int option, const char* name) {
  const int on = 1;
  if (setsockopt(socket, level, option, &on, sizeof on) < 0) return base::from_errno(name, errno);
  return {};
}

base::Result<void> bind_tcp(int socket, const SocketAddress& address) {
  if (auto set = set_option(socket, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"); !set) return set;
  // A listener on [::] leaves IPv4 to one on 0.0.0.0, so that both may be configured.
  if (address.family() == AF_INET6) {
    if (auto set = set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY"); !set) return set;
  }
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address.storage), address.length) < 0) {
    return base::from_errno("bind", errno);
  }
  return {};
}

base::Result<ListeningSocket> open_one(const conf::Listener& listener, uint32_t index,
                                       std::vector<int> in_its_way) {
  const auto wanted = address_of(listener);
  if (!wanted) return wanted.error();
  ListeningSocket opened;
  opened.index = index;
  opened.protocol = listener.protocol;
  opened.fd.reset(socket(wanted->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!opened.fd) return base::from_errno("socket", errno);
  if (!in_its_way.empty()) in_its_way.push_back(opened.fd.get());
  const SharedPort shared(std::move(in_its_way));
  if (wanted->is_tcp()) {
    if (auto bound = bind_tcp(opened.fd.get(), *wanted); !bound) return bound.error();
  } else {
    auto file = SocketFile::bind(opened.fd.get(), *wanted, listener.mode);
    if (!file) return file.error();
    opened.file = std::move(*file);
  }
  if (listen(opened.fd.get(), kBacklog) < 0) return base::from_errno("listen", errno);
  auto address = bound_address(opened.fd.get());
  if (!address) return address.error();
  opened.address = *address;
  return opened;
}

base::Result<ListeningSocket> adopt(InheritedSocket socket, const conf::Listener& listener,
                                    uint32_t index) {
  const int flags = fcntl(socket.fd.get(), F_GETFL);
  if (flags < 0 || fcntl(socket.fd.get(), F_SETFL, flags | O_NONBLOCK) < 0)
    return base::from_errno("fcntl", errno);
  ListeningSocket adopted;
  adopted.index = index;
  adopted.protocol = listener.protocol;
  adopted.address = socket.address;
  adopted.inherited = true;
  adopted.name = std::move(socket.name);
  adopted.v6_only = socket.v6_only;
  adopted.fd = std::move(socket.fd);
  return adopted;
}

base::Result<void> adopt_all(std::vector<InheritedSocket> inherited,
                             const std::vector<conf::Listener>& listeners,
                             std::vector<ListeningSocket>& opened) {
  const auto assigned = assign_inherited(inherited, listeners);
  if (!assigned) return assigned.error();
  for (size_t i = 0; i < inherited.size(); ++i) {
    const uint32_t index = assigned.value()[i];
    auto adopted = adopt(std::move(inherited[i]), listeners[index], index);
    if (!adopted) return on_listener(listeners[index], adopted.error());
    opened.push_back(std::move(*adopted));
  }
  return {};
}

}  // namespace

base::Result<std::vector<ListeningSocket>> open_listeners(
    const std::vector<conf::Listener>& listeners, std::vector<InheritedSocket> inherited) {
  std::vector<bool> covered;
  for (const conf::Listener& listener : listeners)
    covered.push_back(is_covered(listener, inherited));
  std::vector<ListeningSocket> opened;
  if (auto adopted = adopt_all(std::move(inherited), listeners, opened); !adopted)
    return adopted.error();
  for (uint32_t index = 0; index < listeners.size(); ++index) {
    if (covered[index]) continue;
    auto socket = open_listener(listeners, index);
    if (!socket) return socket.error();
    opened.push_back(std::move(*socket));
  }
  return opened;
}

base::Result<ListeningSocket> open_listener(const std::vector<conf::Listener>& listeners,
                                            uint32_t index, std::vector<int> in_its_way) {
  auto socket = open_one(listeners[index], index, std::move(in_its_way));
  if (!socket) return on_listener(listeners[index], socket.error());
  return socket;
}

void log_listening(const ListeningSocket& socket) {
  const Peer bound = peer_of(socket.address);
  if (socket.address.is_tcp()) {
    base::log_info("listening", {{"protocol", to_string(socket.protocol)},
                                 {"address", bound.host},
                                 {"port", bound.port},
                                 {"inherited", socket.inherited}});
  } else {
    base::log_info("listening", {{"protocol", to_string(socket.protocol)},
                                 {"path", path_of(socket.address)},
                                 {"inherited", socket.inherited}});
  }
}

}  // namespace banterd::master
