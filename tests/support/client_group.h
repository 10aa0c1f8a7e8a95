// The clients of a test, all on the loop of one server: while the test waits for one of them, all
// are read.
#pragma once

#include <deque>
#include <functional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/line_client.h"
#include "tests/support/server.h"

namespace banterd::tests {

class ClientGroup {
 public:
  using Caller = std::source_location;

  // The server outlives the group.
  explicit ClientGroup(Server& server) : server_(server) {}

  // Begins to connect. Clients stay until the group goes.
  LineClient& connect(const Place& place);
  LineClient& connect() { return connect({.port = server_.port()}); }

  // Somebody called `nick` who has just been greeted, is in the default room, and has forgotten all
  // that he heard so far.
  LineClient& enter(std::string_view nick, Caller caller = Caller::current());
  LineClient& enter(std::string_view nick, const Place& place, Caller caller = Caller::current());

  // Guests in the default room, who have heard each other's arrival and forgotten it.
  std::vector<LineClient*> enter_many(size_t count, Caller caller = Caller::current());

  // Waits until each of them has heard all that any of them said before.
  void settle(const std::vector<LineClient*>& clients, Caller caller = Caller::current());
  // All who are here settle and forget what they heard.
  void start_afresh(Caller caller = Caller::current());

  void wait_for(const std::function<bool()>& done, std::string_view what,
                Caller caller = Caller::current());

  // Nobody here was ever sent a control character or bad UTF-8.
  [[nodiscard]] bool all_clean() const;
  void close_all() { clients_.clear(); }
  std::deque<LineClient>& all() { return clients_; }

 private:
  Server& server_;
  std::deque<LineClient> clients_;
};

}  // namespace banterd::tests
