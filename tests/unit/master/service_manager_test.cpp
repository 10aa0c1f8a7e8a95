#include "master/service_manager.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "ipc/contract.h"
#include "tests/unit/master/notify_socket.h"
#include "tests/unit/master/running_master.h"

using namespace banterd;
using master::NotifySocket;
using master::RunningMaster;

TEST_SUITE("master/service_manager") {
  TEST_CASE("a systemd that does not read is not waited for, and is told in the end") {
    const NotifySocket manager;
    base::Loop loop;
    master::ServiceManager service(loop);
    // More than the queue of a socket holds (net.unix.max_dgram_qlen), by far.
    for (int i = 0; i < 5'000; ++i) service.reloading();
    service.ready("well");
    const std::vector<std::string> early = manager.read();
    CHECK(early.size() < 5'000);
    REQUIRE_FALSE(early.empty());
    CHECK(early.front().starts_with("RELOADING=1\n"));
    // Until it has been said.
    loop.run();
    const std::vector<std::string> late = manager.read();
    REQUIRE(late.size() == 1);
    CHECK(late.front().starts_with("READY=1\nMAINPID="));
    CHECK(late.front().ends_with("\nSTATUS=well"));
  }

  TEST_CASE("a master whose log nobody reads serves, and ends when it is told to") {
    const NotifySocket manager;
    const std::string config =
        R"({"workers":1,"listeners":[{"protocol":"line","address":"127.0.0.1","port":0}]})";
    RunningMaster server(config, "", 0, "/proc/self/exe", [] {
      int ends[2];
      if (pipe(ends) < 0) _exit(127);
      fcntl(ends[1], F_SETFL, O_NONBLOCK);
      while (write(ends[1], "x", 1) == 1) continue;
      fcntl(ends[1], F_SETFL, 0);
      dup2(ends[1], STDERR_FILENO);
    });
    CHECK(manager.await("READY=1").find("1 of 1 workers ready") != std::string::npos);
    server.signal(SIGHUP);
    CHECK(manager.await("READY=1").find("reload 1 done") != std::string::npos);
    server.signal(SIGTERM);
    CHECK(server.wait() == ipc::exit_ok);
  }
}
