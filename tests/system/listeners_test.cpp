// Listeners of each kind: raw, echo, Unix sockets, IPv6.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/server.h"
#include "tests/support/transcript.h"

namespace banterd::tests {

namespace {

ServerConfig with_listeners(const std::string& listeners) {
  ServerConfig config;
  config.listeners = listeners;
  return config;
}

}  // namespace

TEST_SUITE("system/listeners") {
  TEST_CASE("raw clients get the bare text of what is said, and of the server's own errors only") {
    Server server(with_listeners(R"([{"protocol": "line", "port": 0},
                                     {"protocol": "line", "port": 0, "format": "raw"}])"));
    ClientGroup group(server);
    LineClient& anna = group.enter("anna");
    LineClient& script = group.connect({.port = server.port(1)});
    CHECK(script.fence().empty());
    anna.forget();
    anna.say("before\n/me acts\n/topic new\n/nick anne\n//x");
    anna.fence();
    CHECK(script.fence() == Lines{"before", "acts", "/x"});
    script.say("from a script\n/join dev");
    CHECK(script.fence().empty());
    CHECK(containing(anna.fence(), "> from a script").size() == 1);
    LineClient& late = group.connect({.port = server.port(1)});
    CHECK(late.fence().empty());
    late.send("\xff\xff\n");
    CHECK(late.next() == "! your line was dropped: it is not valid UTF-8");
    CHECK(server.stop().status == 0);
    CHECK(late.until_end() == Lines{"Server is shutting down"});
  }

  TEST_CASE("an echo listener greets nobody and answers each line with itself, transformed") {
    Server server(with_listeners(R"([{"protocol": "echo", "port": 0},
        {"protocol": "echo", "port": 0, "transform": "upper", "suffix": "!"}])"));
    ClientGroup group(server);
    LineClient& plain = group.connect({.port = server.port(0)});
    plain.say("Hello\nwörld");
    CHECK(plain.next() == "Hello");
    CHECK(plain.next() == "wörld");
    LineClient& loud = group.connect({.port = server.port(1)});
    loud.say("hello wörld");
    CHECK(loud.next() == "HELLO WÖRLD!");
    loud.send("the end");
    loud.end_input();
    CHECK(loud.until_end() == Lines{"THE END!"});
  }

  TEST_CASE("a Unix socket replaces a stale one, has its mode, and goes with the server") {
    const TemporaryFolder folder;
    const std::string path = folder.path() / "line.sock";
    {
      const base::UniqueFd stale(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      path.copy(address.sun_path, sizeof address.sun_path - 1);
      REQUIRE(bind(stale.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    Server server(with_listeners(R"([{"protocol": "line", "port": 0},
        {"protocol": "line", "mode": "0640", "unix": ")" +
                                 path + R"("}])"));
    struct stat made {};
    REQUIRE(stat(path.c_str(), &made) == 0);
    CHECK((made.st_mode & 0777) == 0640);
    ClientGroup group(server);
    LineClient& anna = group.enter("anna", {.unix_path = path});
    LineClient& bob = group.enter("bob");
    bob.say("hello");
    bob.fence();
    CHECK(said_in(anna.fence()) == Lines{"<bob> hello"});
    anna.say("bye");
    anna.end_input();
    anna.until_end();
    bob.expect("<anna> bye");
    CHECK(server.stop().status == 0);
    CHECK_FALSE(std::filesystem::exists(path));
  }

  TEST_CASE("a Unix socket whose file was removed comes back with a reload, and its clients stay") {
    const TemporaryFolder folder;
    const std::string path = folder.path() / "line.sock";
    Server server(with_listeners(R"([{"protocol": "line", "port": 0},
        {"protocol": "line", "unix": ")" +
                                 path + R"("}])"));
    ClientGroup group(server);
    LineClient& anna = group.enter("anna", {.unix_path = path});
    REQUIRE(std::filesystem::remove(path));
    CHECK(server.reload());
    REQUIRE(std::filesystem::is_socket(path));
    LineClient& bob = group.enter("bob", {.unix_path = path});
    bob.say("hello");
    anna.expect("<bob> hello");
    // The file of the socket that there was is not taken for the new one's.
    CHECK(server.reload());
    CHECK(server.stop().status == 0);
    CHECK_FALSE(std::filesystem::exists(path));
  }

  TEST_CASE("a Unix socket stays when a reload names it by another path to the same folder") {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.path() / "run");
    std::filesystem::create_symlink("run", folder.path() / "old");
    const auto at = [&](const std::string& name) {
      return with_listeners(R"([{"protocol": "line", "port": 0}, {"protocol": "line", "unix": ")" +
                            (folder.path() / name / "line.sock").string() + R"("}])");
    };
    Server server(at("old"));
    ClientGroup group(server);
    LineClient& anna = group.enter("anna");
    server.configure(at("run"));
    REQUIRE(server.reload());
    // And is known for that after the exec.
    REQUIRE(server.reload());
    const std::string path = folder.path() / "run" / "line.sock";
    LineClient& bob = group.enter("bob", {.unix_path = path});
    bob.say("hello");
    anna.expect("<bob> hello");
    CHECK(server.stop().status == 0);
    CHECK_FALSE(std::filesystem::exists(path));
  }

  TEST_CASE("IPv6 clients chat with the others") {
    const base::UniqueFd probe(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!std::filesystem::exists("/proc/sys/net/ipv6/conf/lo") || !probe) {
      MESSAGE("skipped: this machine has no IPv6");
      return;
    }
    Server server(with_listeners(R"([{"protocol": "line", "port": 0},
                                     {"protocol": "line", "address": "::1", "port": 0}])"));
    ClientGroup group(server);
    LineClient& anna = group.enter("anna", {.port = server.port(1), .host = "::1"});
    LineClient& bob = group.enter("bob");
    anna.say("hello");
    CHECK(bob.next() == "<anna> hello");
  }
}

}  // namespace banterd::tests
