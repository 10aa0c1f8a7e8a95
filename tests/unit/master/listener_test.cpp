#include "master/listener.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

using namespace banterd;
using master::open_listeners;
using tests::TemporaryFolder;

namespace {

conf::Listener tcp(std::string address, uint16_t port) {
  conf::Listener listener;
  listener.address = std::move(address);
  listener.port = port;
  return listener;
}

conf::Listener on_path(std::string path, mode_t mode = 0660) {
  conf::Listener listener;
  listener.unix_path = std::move(path);
  listener.mode = mode;
  return listener;
}

base::UniqueFd connect_to(const master::SocketAddress& address) {
  base::UniqueFd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) < 0)
    fd.reset();
  return fd;
}

bool exists(const std::string& path) {
  struct stat there {};
  return lstat(path.c_str(), &there) == 0;
}

}  // namespace

TEST_SUITE("master/listener") {
  TEST_CASE("port 0 becomes a real port that can be connected to") {
    const auto opened = open_listeners({tcp("127.0.0.1", 0)}, {});
    REQUIRE(opened);
    CHECK(master::peer_of(opened.value()[0].address).port != 0);
    CHECK(connect_to(opened.value()[0].address));
  }

  TEST_CASE("a port that is taken is an error that names the listener, and nothing stays open") {
    const auto first = open_listeners({tcp("127.0.0.1", 0)}, {});
    REQUIRE(first);
    const auto port = static_cast<uint16_t>(master::peer_of(first.value()[0].address).port);
    const auto second = open_listeners({tcp("127.0.0.1", port)}, {});
    REQUIRE_FALSE(second);
    CHECK(second.error().context ==
          "listen on line 127.0.0.1:" + std::to_string(port) + ": bind: Address already in use");
  }

  TEST_CASE("a Unix socket has the mode asked for, and its file goes with its owner") {
    const TemporaryFolder folder;
    const std::string path = folder.file("line.sock");
    {
      const auto opened = open_listeners({on_path(path, 0600)}, {});
      REQUIRE(opened);
      struct stat there {};
      REQUIRE(stat(path.c_str(), &there) == 0);
      CHECK((there.st_mode & 0777) == 0600);
      CHECK(connect_to(opened.value()[0].address));
    }
    CHECK_FALSE(exists(path));
  }

  TEST_CASE("a stale Unix socket is replaced") {
    const TemporaryFolder folder;
    const auto address = master::address_of(on_path(folder.file("line.sock"))).value();
    {
      const base::UniqueFd dead(socket(AF_UNIX, SOCK_STREAM, 0));
      REQUIRE(bind(dead.get(), reinterpret_cast<const sockaddr*>(&address.storage),
                   address.length) == 0);
    }
    REQUIRE(exists(folder.file("line.sock")));
    const auto opened = open_listeners({on_path(folder.file("line.sock"), 0666)}, {});
    REQUIRE(opened);
    CHECK(connect_to(address));
  }

  TEST_CASE("a Unix socket that somebody listens on is left alone") {
    const TemporaryFolder folder;
    const auto first = open_listeners({on_path(folder.file("line.sock"))}, {});
    REQUIRE(first);
    const auto second = open_listeners({on_path(folder.file("line.sock"))}, {});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == base::Errc::exists);
    CHECK(connect_to(first.value()[0].address));
  }

  TEST_CASE("a file that is no socket is never removed") {
    const TemporaryFolder folder;
    std::ofstream(folder.file("precious")) << "words";
    const auto opened = open_listeners({on_path(folder.file("precious"))}, {});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().context.find("is no socket") != std::string::npos);
    CHECK(exists(folder.file("precious")));
  }

  TEST_CASE("a socket file that another server has put in the place of ours is not removed") {
    const TemporaryFolder folder;
    const std::string path = folder.file("line.sock");
    base::UniqueFd other(socket(AF_UNIX, SOCK_STREAM, 0));
    {
      const auto opened = open_listeners({on_path(path)}, {});
      REQUIRE(opened);
      REQUIRE(unlink(path.c_str()) == 0);
      const auto& address = opened.value()[0].address;
      // Something between, lest the file system gives the new file the old one's number.
      std::ofstream(folder.file("between")) << "";
      REQUIRE(bind(other.get(), reinterpret_cast<const sockaddr*>(&address.storage),
                   address.length) == 0);
    }
    CHECK(exists(path));
  }

  TEST_CASE("an inherited socket serves the listener it covers, which is not opened again") {
    auto ours = open_listeners({tcp("127.0.0.1", 0)}, {});
    REQUIRE(ours);
    const auto port = static_cast<uint16_t>(master::peer_of(ours.value()[0].address).port);
    std::vector<master::InheritedSocket> inherited(1);
    inherited[0].address = ours.value()[0].address;
    inherited[0].fd = std::move(ours.value()[0].fd);
    const auto opened =
        open_listeners({tcp("127.0.0.1", 0), tcp("127.0.0.1", port)}, std::move(inherited));
    REQUIRE(opened);
    REQUIRE(opened.value().size() == 2);
    CHECK(opened.value()[0].inherited);
    CHECK(opened.value()[0].index == 1);
    CHECK((fcntl(opened.value()[0].fd.get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK_FALSE(opened.value()[1].inherited);
    CHECK(opened.value()[1].index == 0);
  }
}
