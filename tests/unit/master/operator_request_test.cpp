// What a worker asks of the master for a chat operator, with fake workers: they pass on what their
// clients say.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/unique_fd.h"
#include "ipc/contract.h"
#include "master/inherited.h"
#include "tests/unit/master/running_master.h"

using namespace banterd;
using master::LineSource;
using master::RunningMaster;

namespace {

std::string config(int workers, const std::string& more = "") {
  return R"({"workers":)" + std::to_string(workers) +
         R"(,"listeners":[{"protocol":"line","address":"127.0.0.1","port":0}])" + more + "}";
}

LineSource enter(const RunningMaster& server) {
  LineSource client = server.connect();
  const auto greeting = client.next();
  REQUIRE(greeting);
  CHECK(greeting->starts_with("slot "));
  return client;
}

bool contains(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) MESSAGE("got: ", text);
  return text.find(part) != std::string::npos;
}

void say(const LineSource& client, const std::string& line) {
  REQUIRE(write(client.fd(), (line + "\n").data(), line.size() + 1) > 0);
}

base::UniqueFd listening_socket() {
  base::UniqueFd opened(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(listen(opened.get(), 16) == 0);
  return opened;
}

// As systemd leaves a socket that it has opened, in the process that is to find it.
void leave(const base::UniqueFd& opened) {
  std::vector<master::InheritedSocket> sockets(1);
  sockets[0].fd.reset(dup(opened.get()));
  sockets[0].name = "line";
  (void)master::leave_inherited_sockets(std::move(sockets)).has_value();
}

bool ends_with_a_word(LineSource& client) {
  return client.next() == "bye" && client.next() == std::nullopt;
}

}  // namespace

TEST_SUITE("master/operator_request") {
  TEST_CASE("a reload that an operator asks for is one as by SIGHUP, and the log says who asked") {
    RunningMaster server(config(2), "");
    server.await("banterd ready");
    LineSource ann = enter(server);
    say(ann, "reload");
    CHECK(contains(server.await("an operator asks"), "what=reload operator=ann!ann@home.example"));
    server.await("reloaded generation=2");
    CHECK(contains(ann.ask().value_or(""), "generation 2"));
  }

  TEST_CASE("a stop that an operator asks for tells everybody and ends with status 0") {
    RunningMaster server(config(2), "");
    server.await("banterd ready");
    LineSource ann = enter(server);
    LineSource bob = enter(server);
    say(ann, "stop");
    CHECK(contains(server.await("an operator asks"), "what=stop operator=ann!ann@home.example"));
    CHECK(contains(server.await("shutting down"), "operator=ann!ann@home.example connections=2"));
    CHECK(ends_with_a_word(ann));
    CHECK(ends_with_a_word(bob));
    server.await("stopped");
    CHECK(server.wait() == ipc::exit_ok);
  }

  TEST_CASE("a stop during a reload gives the reload up") {
    RunningMaster server(config(2), "start-hangs");
    server.await("banterd ready");
    LineSource ann = enter(server);
    server.signal(SIGHUP);
    server.await("reloading");
    say(ann, "stop");
    CHECK(contains(server.await("reload failed"), "the server is shutting down"));
    CHECK(ends_with_a_word(ann));
    CHECK(server.wait() == ipc::exit_ok);
  }

  TEST_CASE("a restart ends everybody's connection in order and begins anew as the same process") {
    RunningMaster server(config(2), "");
    server.await("banterd ready workers=2");
    LineSource ann = enter(server);
    LineSource bob = enter(server);
    server.configure(config(3));
    say(ann, "restart");
    CHECK(contains(server.await("an operator asks"), "what=restart operator=ann!ann@home.example"));
    CHECK(ends_with_a_word(ann));
    CHECK(ends_with_a_word(bob));
    server.await("restarting");
    server.await("banterd ready workers=3");
    LineSource cleo = server.connect();
    CHECK(contains(cleo.next().value_or(""), "incarnation 1 id 1 "));
    CHECK(contains(cleo.ask().value_or(""), "generation 1"));
    // It has lost nothing of what it must be able to do.
    server.signal(SIGHUP);
    server.await("reloaded generation=2");
    server.await("goes on as a new program");
    say(cleo, "restart");
    CHECK(ends_with_a_word(cleo));
    server.await("banterd ready workers=3");
    server.signal(SIGTERM);
    server.await("stopped");
    CHECK(server.wait() == ipc::exit_ok);
  }

  TEST_CASE("a restart keeps the sockets that systemd opened, and who waits in their backlog") {
    const base::UniqueFd opened = listening_socket();
    const auto port = master::peer_of(master::bound_address(opened.get()).value()).port;
    RunningMaster server(config(1), "", 0, "/proc/self/exe", [&] { leave(opened); });
    CHECK(contains(server.await("listening"), "inherited=true"));
    server.await("banterd ready");
    LineSource ann = enter(server);
    SUBCASE("at once") {}
    SUBCASE("after a reload") {
      server.signal(SIGHUP);
      server.await("goes on as a new program");
    }
    say(ann, "restart");
    CHECK(ends_with_a_word(ann));
    auto bob = RunningMaster::connect_to(static_cast<uint16_t>(port));
    REQUIRE(bob);
    CHECK(contains(server.await("listening"), "port=" + std::to_string(port) + " inherited=true"));
    server.await("banterd ready");
    CHECK(contains(bob->next().value_or(""), "slot 0 incarnation 1 id 1 "));
  }

  TEST_CASE("a restart with a configuration that a socket of systemd's does not fit is refused") {
    const base::UniqueFd opened = listening_socket();
    RunningMaster server(config(1), "", 0, "/proc/self/exe", [&] { leave(opened); });
    const std::string listening = server.await("inherited=true");
    server.await("banterd ready");
    LineSource ann =
        RunningMaster::connect_to(static_cast<uint16_t>(RunningMaster::number(listening, "port")))
            .value();
    CHECK(ann.next().value_or("").starts_with("slot "));
    server.configure(
        R"({"workers":1,"listeners":[{"protocol":"echo","address":"127.0.0.1","port":0}]})");
    say(ann, "restart");
    CHECK(contains(server.await("restart refused"), "fits no listener"));
    CHECK(contains(ann.ask().value_or(""), "slot 0 generation 1"));
  }

  TEST_CASE(
      "a restart with a configuration that is wrong is refused, and nobody is told anything") {
    RunningMaster server(config(1), "");
    server.await("banterd ready");
    LineSource ann = enter(server);
    std::string why;
    SUBCASE("broken") {
      server.configure("{");
      why = "test:1:";
    }
    SUBCASE("naming a file that is not there") {
      server.configure(config(1, R"(,"server":{"motd_file":"/nonexistent"})"));
      why = "/nonexistent: No such file or directory";
    }
    say(ann, "restart");
    CHECK(contains(server.await("restart refused"), why));
    CHECK(contains(ann.ask().value_or(""), "slot 0 generation 1"));
  }

  TEST_CASE("a restart is refused while the program is not there") {
    char program[] = "/tmp/banterd-program-XXXXXX";
    base::UniqueFd(mkstemp(program)).reset();
    std::filesystem::copy_file("/proc/self/exe", program,
                               std::filesystem::copy_options::overwrite_existing);
    REQUIRE(chmod(program, 0700) == 0);
    RunningMaster server(config(1), "", 0, program);
    server.await("banterd ready");
    LineSource ann = enter(server);
    std::filesystem::remove(program);
    say(ann, "restart");
    CHECK(contains(server.await("restart refused"), "No such file or directory"));
    CHECK(contains(ann.ask().value_or(""), "slot 0 generation 1"));
  }

  TEST_CASE("a signal to end during a restart ends the server, in order") {
    RunningMaster server(config(1, R"(,"shutdown_timeout":1)"), "stubborn");
    server.await("banterd ready");
    LineSource ann = enter(server);
    say(ann, "restart");
    server.await("shutting down");
    server.signal(SIGTERM);
    server.await("no restart: shutting down");
    server.await("stopped");
    CHECK(server.wait() == ipc::exit_ok);
    CHECK(server.past().find("restarting") == std::string::npos);
  }

  TEST_CASE("of a stop and a restart, the first counts") {
    RunningMaster server(config(2, R"(,"shutdown_timeout":1)"), "stubborn");
    server.await("banterd ready");
    LineSource ann = enter(server);
    say(ann, "stop");
    server.await("shutting down operator=");
    say(ann, "restart");
    server.await("shutting down already");
    server.await("stopped");
    CHECK(server.wait() == ipc::exit_ok);
  }
}
