// The sockets to the other workers, over which raw lines go: the length of the room's name, that of
// the lines, in the machine's own numbers, and then both.
//
// What a socket does not take at once is kept, without a bound: to wait for it would let two
// workers that relay to each other wait for ever.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace banterd::bench {

class Relays {
 public:
  using OnLines = std::function<void(const std::string& room, std::string_view lines)>;

  // Watches the sockets, which stay the caller's, in this set.
  Relays(const std::vector<int>& sockets, int epoll);

  [[nodiscard]] bool empty() const { return peers_.empty(); }
  // To all, with the next flush().
  void send(std::string_view room, std::string_view lines);
  void flush();
  // If it is one of the sockets, reads what has come and returns true.
  bool take(int socket, const OnLines& on_lines);

 private:
  struct Peer {
    int socket;
    std::string in;
    std::string out;
  };
  void watch(const Peer& peer, int operation) const;

  int epoll_;
  std::vector<Peer> peers_;
};

}  // namespace banterd::bench
