#include "tests/support/client_group.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace banterd::tests {

LineClient& ClientGroup::connect(const Place& place) {
  return clients_.emplace_back(server_.loop(), place);
}

LineClient& ClientGroup::enter(std::string_view nick, Caller caller) {
  return enter(nick, {.port = server_.port()}, caller);
}

LineClient& ClientGroup::enter(std::string_view nick, const Place& place, Caller caller) {
  LineClient& client = connect(place);
  const std::string name(nick);
  client.next(caller);
  client.say("/nick " + name);
  client.expect("* " + client.guest_nick() + " is now " + name, caller);
  client.fence(caller);
  return client;
}

std::vector<LineClient*> ClientGroup::enter_many(size_t count, Caller caller) {
  std::vector<LineClient*> entering;
  for (size_t i = 0; i < count; ++i) entering.push_back(&connect());
  settle(entering, caller);
  for (LineClient* client : entering) client->forget();
  return entering;
}

void ClientGroup::settle(const std::vector<LineClient*>& clients, Caller caller) {
  tests::settle(server_.loop(), {clients.begin(), clients.end()}, caller);
}

void ClientGroup::start_afresh(Caller caller) {
  std::vector<LineClient*> present;
  for (LineClient& client : clients_) {
    if (!client.ended()) present.push_back(&client);
  }
  settle(present, caller);
  for (LineClient* client : present) client->forget();
}

void ClientGroup::wait_for(const std::function<bool()>& done, std::string_view what,
                           Caller caller) {
  tests::wait_for(server_.loop(), done, what, caller);
}

bool ClientGroup::all_clean() const {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](const LineClient& client) { return client.flawed().empty(); });
}

}  // namespace banterd::tests
