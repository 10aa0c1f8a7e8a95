// The IRC clients of a test, and the server that suits them.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/irc_client.h"
#include "tests/support/server.h"

namespace banterd::tests {

// Listeners for line clients and for IRC, in this order; and hosts as they are. `server` has more
// members of "server", each with a comma before it.
ServerConfig irc_config(int workers = 3, const std::string& server = {});

// "operators" with "operuser", whose password is "operpassword", and a comma before it.
std::string an_operator();

class IrcGroup {
 public:
  using Caller = std::source_location;

  // The server has its IRC listener where irc_config() has it, and outlives the group.
  explicit IrcGroup(Server& server);
  // Checks that nobody was sent what no IRC client has to understand.
  ~IrcGroup();
  IrcGroup(const IrcGroup&) = delete;
  IrcGroup& operator=(const IrcGroup&) = delete;

  // Begins to connect. Clients stay until the group goes. Each comes to the worker that has the
  // fewest clients.
  IrcClient& connect();
  // From now on to that port: of a server that has been restarted, or another's listener.
  void connect_to(uint16_t port) { port_ = port; }
  // Somebody who has been welcomed, and has forgotten that.
  IrcClient& enter(std::string_view nick, std::string_view capabilities = {},
                   Caller caller = Caller::current());
  // The same for many at once: `nick` with a number behind it, from 0.
  std::vector<IrcClient*> enter_many(std::string_view nick, size_t count,
                                     std::string_view capabilities = {},
                                     Caller caller = Caller::current());
  // Waits until each of them has heard all that any of them did before.
  void settle(const std::vector<IrcClient*>& clients, Caller caller = Caller::current());
  // All who are here settle and forget what they heard.
  void start_afresh(Caller caller = Caller::current());
  void wait_for(const std::function<bool()>& done, std::string_view what,
                Caller caller = Caller::current());

  std::deque<IrcClient>& all() { return clients_; }

 private:
  Server& server_;
  uint16_t port_;
  std::deque<IrcClient> clients_;
};

}  // namespace banterd::tests
