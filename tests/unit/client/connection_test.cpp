#include "client/connection.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace banterd::client {

namespace {

// A connection, and the server's end of it as a bare blocking socket.
struct Peers {
  base::Loop loop;
  base::UniqueFd server;
  std::unique_ptr<Connection> connection;
  std::string received;
  int end_error = -1;
  size_t sent_reports = 0;

  Peers() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    server.reset(ends[0]);
    auto created =
        Connection::create(loop, base::UniqueFd(ends[1]),
                           {.on_bytes = [this](std::string_view bytes) { received += bytes; },
                            .on_sent = [this] { ++sent_reports; },
                            .on_end = [this](int error_number) { end_error = error_number; }});
    REQUIRE(created);
    connection = *std::move(created);
  }

  // Reads what there is; empty at the end of the stream.
  std::string server_reads() const {
    std::array<char, 65536> buffer;
    const ssize_t bytes = read(server.get(), buffer.data(), buffer.size());
    REQUIRE(bytes >= 0);
    return {buffer.data(), static_cast<size_t>(bytes)};
  }
};

}  // namespace

TEST_SUITE("client/connection") {
  TEST_CASE("a short line leaves at once") {
    Peers peers;
    peers.connection->send("hi\n");
    CHECK(peers.connection->unsent_bytes() == 0);
    CHECK(peers.server_reads() == "hi\n");
  }

  TEST_CASE("what the socket does not take waits, follows in order, and the end comes after it") {
    Peers peers;
    std::string all;
    while (peers.connection->unsent_bytes() == 0) {
      all += std::string(50'000, static_cast<char>('a' + all.size() / 50'000 % 26));
      peers.connection->send(std::string_view(all).substr(all.size() - 50'000));
    }
    peers.connection->end_sending();
    CHECK_FALSE(peers.connection->sending_ended());
    std::string arrived;
    while (!peers.connection->sending_ended()) {
      arrived += peers.server_reads();
      uv_run(peers.loop.get(), UV_RUN_NOWAIT);
    }
    for (std::string more = peers.server_reads(); !more.empty(); more = peers.server_reads())
      arrived += more;
    CHECK(arrived == all);
    CHECK(peers.sent_reports > 0);
  }

  TEST_CASE("after our end of the stream the server is still heard") {
    Peers peers;
    peers.connection->end_sending();
    CHECK(peers.connection->sending_ended());
    CHECK(peers.server_reads().empty());
    REQUIRE(write(peers.server.get(), "bye\n", 4) == 4);
    peers.server.reset();
    peers.loop.run();
    CHECK(peers.received == "bye\n");
    CHECK(peers.end_error == 0);
  }

  TEST_CASE("a server that is gone takes nothing, but its last words are read") {
    Peers peers;
    REQUIRE(write(peers.server.get(), "! too many\n", 11) == 11);
    peers.server.reset();
    peers.connection->send("hello\n");
    CHECK(peers.connection->unsent_bytes() == 0);
    CHECK_FALSE(peers.connection->sending_ended());
    peers.loop.run();
    CHECK(peers.received == "! too many\n");
    CHECK(peers.end_error == 0);
  }

  TEST_CASE("a reset is told apart from an orderly end") {
    Peers peers;
    peers.connection->send("never read\n");
    peers.server.reset();  // closing with unread input resets (unix(7))
    peers.loop.run();
    CHECK(peers.end_error == ECONNRESET);
  }
}

}  // namespace banterd::client
