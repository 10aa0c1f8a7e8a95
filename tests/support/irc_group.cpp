#include "tests/support/irc_group.h"

#include <doctest/doctest.h>

#include <exception>

#include "tests/support/piped_program.h"

namespace banterd::tests {

namespace {

constexpr size_t kIrcListener = 1;

}  // namespace

ServerConfig irc_config(int workers, const std::string& server) {
  ServerConfig config;
  config.workers = workers;
  config.listeners = R"([{"protocol": "line", "port": 0}, {"protocol": "irc", "port": 0}])";
  config.more = R"(, "server": {"cloak_hosts": false)" + server + "}";
  return config;
}

std::string an_operator() {
  static const std::string hash = [] {
    PipedProgram program(BANTERD_BINARY, "--hash-password", memory_file("operpassword\n"));
    REQUIRE(program.exit_status() == 0);
    std::string line = program.output();
    line.pop_back();
    return line;
  }();
  return R"(, "operators": [{"name": "operuser", "password_hash": ")" + hash + R"("}])";
}

IrcGroup::IrcGroup(Server& server) : server_(server), port_(server.port(kIrcListener)) {}

IrcGroup::~IrcGroup() {
  if (std::uncaught_exceptions() > 0) return;
  for (const IrcClient& client : clients_) CHECK(client.flawed() == Lines{});
}

IrcClient& IrcGroup::connect() {
  return clients_.emplace_back(server_.loop(), Place{.port = port_});
}

IrcClient& IrcGroup::enter(std::string_view nick, std::string_view capabilities, Caller caller) {
  IrcClient& client = connect();
  client.introduce(nick, capabilities);
  client.until([](const std::string& line) { return command_of(line) == "001"; }, "a welcome",
               caller);
  client.fence(caller);
  return client;
}

std::vector<IrcClient*> IrcGroup::enter_many(std::string_view nick, size_t count,
                                             std::string_view capabilities, Caller caller) {
  std::vector<IrcClient*> entering;
  for (size_t i = 0; i < count; ++i) {
    entering.push_back(&connect());
    entering.back()->introduce(std::string(nick) + std::to_string(i), capabilities);
  }
  settle(entering, caller);
  for (IrcClient* client : entering) {
    CHECK(with_command("001", client->heard()).size() == 1);
    client->forget();
  }
  return entering;
}

void IrcGroup::settle(const std::vector<IrcClient*>& clients, Caller caller) {
  tests::settle(server_.loop(), {clients.begin(), clients.end()}, caller);
}

void IrcGroup::start_afresh(Caller caller) {
  std::vector<IrcClient*> present;
  for (IrcClient& client : clients_) {
    if (!client.ended()) present.push_back(&client);
  }
  settle(present, caller);
  for (IrcClient* client : present) client->forget();
}

void IrcGroup::wait_for(const std::function<bool()>& done, std::string_view what, Caller caller) {
  tests::wait_for(server_.loop(), done, what, caller);
}

}  // namespace banterd::tests
