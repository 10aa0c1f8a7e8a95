// One worker of the floor: takes clients in, reads lines, and gives them to its rooms and to the
// other workers. A client whose first line is "/join NAME" is in that room, else in the one without
// a name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "bench/limit/door.h"
#include "bench/limit/relays.h"
#include "bench/limit/rooms.h"

namespace banterd::bench {

class Floor {
 public:
  // The descriptors stay the caller's.
  Floor(Delivery delivery, Door door, const std::vector<int>& relays);
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  [[noreturn]] void run();

 private:
  struct Client {
    base::UniqueFd socket;
    bool has_spoken = false;
    std::string part;  // of a line
  };

  void watch(int socket, uint32_t events) const;
  void on_readable(int socket);
  void enter(base::UniqueFd socket);
  void read(Client& client);
  void take(Client& client, std::string_view bytes);
  // Returns how many bytes of the first line it used up.
  size_t join(const Client& client, std::string_view bytes);
  void drop(Client& client);

  base::UniqueFd epoll_;
  Door door_;
  int accepts_at_once_;
  Rooms rooms_;
  Relays relays_;
  RoomNumber lobby_;
  std::vector<Client> clients_;  // by descriptor
};

}  // namespace banterd::bench
