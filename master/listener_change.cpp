#include "master/listener_change.h"

#include "master/inherited.h"

namespace banterd::master {

namespace {

// The same place in both configurations: also port 0 and port 0.
bool same_place(const conf::Listener& one, const conf::Listener& other) {
  if (one.unix_path || other.unix_path) return one.unix_path == other.unix_path;
  const auto a = address_of(one);
  const auto b = address_of(other);
  return a && b && describe(*a) == describe(*b);
}

bool is_at(const ListeningSocket& socket, const conf::Listener& listener) {
  if (listener.unix_path) return socket.file.is_at(*listener.unix_path);
  const auto wanted = address_of(listener);
  return wanted && describe(*wanted) == describe(socket.address);
}

class Planner {
 public:
  Planner(std::span<const ListeningSocket* const> sockets,
          const std::vector<conf::Listener>& before, const std::vector<conf::Listener>& after)
      : sockets_(sockets), before_(before), after_(after), has_socket_(after.size()) {
    change_.kept.resize(sockets.size());
  }

  base::Result<ListenerChange> plan() {
    if (auto assigned = assign(); !assigned) return assigned.error();
    // A port that the kernel chose may be asked for by its number from now on, and a Unix socket by
    // another path to it (/run for /var/run): that comes first.
    match(is_at);
    // Of several on port 0 each stays what it is, whatever their order.
    match([&](const ListeningSocket& socket, const conf::Listener& listener) {
      const conf::Listener& old = before_[socket.index];
      return same_place(old, listener) && old.protocol == listener.protocol;
    });
    match([&](const ListeningSocket& socket, const conf::Listener& listener) {
      return same_place(before_[socket.index], listener);
    });
    for (uint32_t index = 0; index < after_.size(); ++index) {
      if (!has_socket_[index]) change_.missing.push_back(index);
    }
    return std::move(change_);
  }

 private:
  base::Result<void> assign() {
    std::vector<InheritedSocket> inherited;
    std::vector<size_t> numbers;
    for (size_t i = 0; i < sockets_.size(); ++i) {
      if (!sockets_[i]->inherited) continue;
      InheritedSocket& view = inherited.emplace_back();
      view.name = sockets_[i]->name;
      view.address = sockets_[i]->address;
      view.v6_only = sockets_[i]->v6_only;
      numbers.push_back(i);
    }
    const auto assigned = assign_inherited(inherited, after_);
    if (!assigned) return assigned.error();
    for (size_t i = 0; i < numbers.size(); ++i) change_.kept[numbers[i]] = assigned.value()[i];
    for (uint32_t index = 0; index < after_.size(); ++index)
      has_socket_[index] = is_covered(after_[index], inherited);
    return {};
  }

  template <class Fits>
  void match(Fits fits) {
    for (size_t i = 0; i < sockets_.size(); ++i) {
      if (change_.kept[i] || sockets_[i]->inherited || sockets_[i]->file.is_lost()) continue;
      for (uint32_t index = 0; index < after_.size(); ++index) {
        if (has_socket_[index] || !fits(*sockets_[i], after_[index])) continue;
        change_.kept[i] = index;
        has_socket_[index] = true;
        break;
      }
    }
  }

  std::span<const ListeningSocket* const> sockets_;
  const std::vector<conf::Listener>& before_;
  const std::vector<conf::Listener>& after_;
  std::vector<bool> has_socket_;
  ListenerChange change_;
};

}  // namespace

base::Result<ListenerChange> plan_listeners(std::span<const ListeningSocket* const> sockets,
                                            const std::vector<conf::Listener>& before,
                                            const std::vector<conf::Listener>& after) {
  return Planner(sockets, before, after).plan();
}

}  // namespace banterd::master
