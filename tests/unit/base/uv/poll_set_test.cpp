#include "base/uv/poll_set.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "base/uv/timer.h"

using namespace banterd::base;
using namespace std::chrono_literals;

namespace {

// A loop with a set of its own; the other ends of the sockets stay with the test.
struct Fixture {
  struct Socket : PollSet::Watched {
    std::function<void(int events)> on_ready;
    int told = 0;
    int last = Poll::none;
  };

  Loop loop;
  PollSet set{loop, [](PollSet::Watched& watched, int events) {
                auto& socket = static_cast<Socket&>(watched);
                ++socket.told;
                socket.last = events;
                if (socket.on_ready) socket.on_ready(events);
              }};

  UniqueFd open(Socket& socket, int events) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    REQUIRE(set.open(socket, UniqueFd(ends[0]), events));
    return UniqueFd(ends[1]);
  }
  void turn() { uv_run(loop.get(), UV_RUN_NOWAIT); }
};

void write_to(const UniqueFd& fd) { REQUIRE(::write(fd.get(), "x", 1) == 1); }
void read_from(const Fixture::Socket& socket) {
  char byte = 0;
  REQUIRE(::read(socket.fd(), &byte, 1) == 1);
}

}  // namespace

TEST_SUITE("base/uv/poll_set") {
  TEST_CASE("what is wanted and ready is told, again while it lasts") {
    Fixture f;
    Fixture::Socket socket;
    const UniqueFd peer = f.open(socket, Poll::readable);
    f.turn();
    CHECK(socket.told == 0);
    write_to(peer);
    f.turn();
    f.turn();
    CHECK(socket.told == 2);
    CHECK(socket.last == Poll::readable);
    read_from(socket);
    f.turn();
    CHECK(socket.told == 2);
    f.set.watch(socket, Poll::readable | Poll::writable);
    f.turn();
    CHECK(socket.told == 3);
    CHECK(socket.last == Poll::writable);
    f.set.close(socket);
  }

  TEST_CASE("what is wanted no more is not told, and is once it is wanted again") {
    Fixture f;
    Fixture::Socket socket;
    const UniqueFd peer = f.open(socket, Poll::readable);
    f.set.watch(socket, Poll::none);
    write_to(peer);
    f.turn();
    f.turn();
    CHECK(socket.told == 0);
    f.set.watch(socket, Poll::readable);
    f.turn();
    CHECK(socket.told == 1);
    f.set.close(socket);
  }

  TEST_CASE("a descriptor left alone does not keep the loop from resting") {
    Fixture f;
    Fixture::Socket socket;
    UniqueFd peer = f.open(socket, Poll::readable | Poll::writable);
    f.set.watch(socket, Poll::none);
    peer.reset();  // a hang-up is told whether it is asked for or not (epoll_ctl(2))
    int turns = 0;
    uv_prepare_t counter;
    counter.data = &turns;
    uv_prepare_init(f.loop.get(), &counter);
    uv_prepare_start(&counter, [](uv_prepare_t* h) { ++*static_cast<int*>(h->data); });
    Timer end(f.loop, [&] { f.loop.stop(); });
    end.start(50ms);
    f.loop.run();
    CHECK(turns < 10);
    CHECK(socket.told == 0);
    f.set.watch(socket, Poll::readable);
    f.turn();
    CHECK(socket.last == (Poll::readable | Poll::writable));
    f.set.close(socket);
    uv_close(reinterpret_cast<uv_handle_t*>(&counter), nullptr);
    f.turn();
  }

  TEST_CASE("of those ready at once each may close the others") {
    Fixture f;
    Fixture::Socket sockets[3];
    UniqueFd peers[3];
    for (int i = 0; i < 3; ++i) peers[i] = f.open(sockets[i], Poll::readable);
    for (auto& socket : sockets) {
      socket.on_ready = [&](int) {
        for (auto& other : sockets) f.set.close(other);
      };
    }
    for (const UniqueFd& peer : peers) write_to(peer);
    f.turn();
    CHECK(sockets[0].told + sockets[1].told + sockets[2].told == 1);
    f.turn();
    CHECK(sockets[0].told + sockets[1].told + sockets[2].told == 1);
    CHECK_FALSE(sockets[0].valid());
  }

  TEST_CASE("a closed descriptor is told no more though another process has its socket") {
    Fixture f;
    Fixture::Socket socket;
    const UniqueFd peer = f.open(socket, Poll::readable);
    const UniqueFd copy(::dup(socket.fd()));
    f.set.close(socket);
    write_to(peer);
    f.turn();
    CHECK(socket.told == 0);
  }

  TEST_CASE("what cannot be watched is refused, and closed") {
    Fixture f;
    Fixture::Socket socket;
    int file = -1;
    {
      char name[] = "/tmp/poll_set_testXXXXXX";
      file = ::mkstemp(name);
      ::unlink(name);
    }
    REQUIRE(file >= 0);
    CHECK_FALSE(f.set.open(socket, UniqueFd(file), Poll::readable));
    CHECK_FALSE(socket.valid());
  }

  TEST_CASE("more may be ready than one turn tells of") {
    Fixture f;
    std::vector<Fixture::Socket> sockets(400);
    std::vector<UniqueFd> peers;
    for (auto& socket : sockets) {
      peers.push_back(f.open(socket, Poll::readable));
      write_to(peers.back());
    }
    for (int i = 0; i < 3; ++i) f.turn();
    for (auto& socket : sockets) {
      CHECK(socket.told > 0);
      f.set.close(socket);
    }
  }
}
