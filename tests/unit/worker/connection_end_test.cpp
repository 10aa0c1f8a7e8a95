#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <string>

#include "tests/unit/worker/connection_fixture.h"
#include "worker/connection.h"

using namespace std::chrono_literals;
using namespace banterd::worker;
namespace base = banterd::base;
using base::UniqueFd;

TEST_SUITE("worker/connection_end") {
  // ---- ending ----

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "an end writes all that is queued, and waits for the client's") {
    on_both_kinds([this](SocketPair ends) {
      context.send_queue_bytes = 100'000'000;
      open(std::move(ends));
      std::string sent = block();
      sent += "goodbye\n";
      send("goodbye\n");
      end();
      CHECK(connection().state() == Connection::State::flushing);
      send("ignored");
      say("not given\n");
      client_reads_to_end();
      CHECK(read == sent);
      CHECK(connection().state() == Connection::State::lingering);
      say("nor this\n");
      run_until([&] { return connection().bytes_read() == 19; });
      CHECK(owner.inputs == 0);
      CHECK_FALSE(closed());
      client.reset();
      run_until([&] { return closed(); });
      CHECK(owner.reason.empty());
      CHECK(owner.ends_of_stream == 0);
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a client that goes on sending while it is ended sees no reset") {
    on_both_kinds([this](SocketPair ends) {
      context.send_queue_bytes = 100'000'000;
      open(std::move(ends));
      const std::string sent = block();
      end();
      run_until([&] {
        static_cast<void>(say_much());
        client_reads(20'000);
        return read_end || read_reset;
      });
      CHECK(read == sent);
      CHECK(read_end);
    });
  }

  TEST_CASE_FIXTURE(
      ConnectionFixture,
      "an end whose client has ended before closes at once, but tells from the loop") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      owner.when_end_of_stream = [&] {
        send("bye\n");
        end();
        CHECK(connection().state() == Connection::State::closed);
        CHECK_FALSE(closed());
      };
      REQUIRE(::shutdown(client.get(), SHUT_WR) == 0);
      run_until([&] { return closed(); });
      CHECK(owner.reason.empty());
      client_reads_to_end();
      CHECK(read == "bye\n");
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a client that does not close is closed at the linger limit") {
    context.linger = 20ms;
    open(unix_pair());
    send("bye\n");
    end();
    CHECK(connection().state() == Connection::State::lingering);
    run_until([&] { return closed(); });
    CHECK(owner.reason == "Connection timed out");
    client_reads_to_end();
    CHECK(read == "bye\n");
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "a client that does not read is closed at the flush limit") {
    on_both_kinds([this](SocketPair ends) {
      context.flush_limit = 20ms;
      open(std::move(ends));
      block();
      end();
      CHECK(connection().state() == Connection::State::flushing);
      run_until([&] { return closed(); });
      CHECK(owner.reason == "Connection timed out");
      CHECK(connection().queued_bytes() == 0);
    });
  }

  TEST_CASE_FIXTURE(
      ConnectionFixture,
      "a cut drops what is queued, and the client still reads why, on a line of its own") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      const std::string sent = block(std::string(777, 'x') + "\n");
      const size_t queued = connection().queued_bytes();
      cut("! too slow\n");
      CHECK(connection().queued_bytes() < queued);
      client_reads_to_end();
      CHECK(read.ends_with("\n! too slow\n"));
      const std::string before = read.substr(0, read.size() - 11);
      CHECK(sent.starts_with(before));  // to the end of a line
      CHECK(connection().bytes_written() == read.size());
      client.reset();
      run_until([&] { return closed(); });
      CHECK(owner.reason.empty());
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a cut client need not read for the reason to be under way") {
    on_both_kinds([this](SocketPair ends) {
      context.linger = 50ms;
      open(std::move(ends));
      owner.when_overflow = [&] { owner.connection->cut("! too slow\n", rest_of_begun_line()); };
      block();
      while (owner.overflows == 0) {
        send(std::string(9'999, 'x') + "\n");
        flush();
      }
      CHECK(connection().state() == Connection::State::lingering);
      run_until([&] { return closed(); });  // long before the client reads
      client_reads_to_end();
      CHECK(read.ends_with("\n! too slow\n"));
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a cut after whole lines adds no empty one, and may say nothing") {
    open(unix_pair());
    send("whole\n");
    flush();
    SUBCASE("with last words") {
      cut("! bye\n");
      client_reads_to_end();
      CHECK(read == "whole\n! bye\n");
    }
    SUBCASE("without") {
      send("dropped");
      cut("");
      client_reads_to_end();
      CHECK(read == "whole\n");
    }
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a cut bounds an end that is under way, and changes nothing after it") {
    open(unix_pair());
    context.send_queue_bytes = 100'000'000;
    SUBCASE("flushing") {
      block();
      end();
      cut("! hurry\n");
      client_reads_to_end();
      CHECK(read.ends_with("\n! hurry\n"));
    }
    SUBCASE("lingering") {
      send("bye\n");
      end();
      cut("! hurry\n");
      client_reads_to_end();
      CHECK(read == "bye\n");
    }
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "the owner may end or cut from within on_input") {
    open(unix_pair());
    SUBCASE("end") {
      owner.when_input = [&] { end(); };
    }
    SUBCASE("cut") {
      owner.when_input = [&] { cut(""); };
    }
    say("/quit\nmore\n");
    client_reads_to_end();
    say("and more\n");
    client.reset();
    run_until([&] { return closed(); });
    CHECK(owner.inputs == 1);
    CHECK(owner.reason.empty());
  }

  // ---- trouble ----

  TEST_CASE_FIXTURE(ConnectionFixture, "a reset is a reason") {
    open(tcp_pair());
    const linger at_once{1, 0};
    REQUIRE(::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
    client.reset();
    run_until([&] { return closed(); });
    CHECK(owner.reason == "Connection reset by peer");
    CHECK(owner.ends_of_stream == 0);
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "what a client said before it went is given, though it did not wait for ours") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      connection().set_reading(false);
      send("greeting\n");
      flush();
      REQUIRE(say_much() > 150'000);
      client.reset();
      int arrived = 0;  // a reset takes what TCP had not sent yet
      REQUIRE(::ioctl(server_fd, FIONREAD, &arrived) == 0);
      REQUIRE(arrived > 70'000);  // several turns
      send("refused\n");
      flush();
      send("void\n");
      flush();
      for (int i = 0; i < 3; ++i) turn();
      CHECK_FALSE(closed());
      connection().set_reading(true);
      run_until([&] { return closed(); });
      CHECK(owner.got.size() == static_cast<size_t>(arrived));
      CHECK(owner.reason == "Connection reset by peer");
      CHECK(connection().queued_bytes() == 0);
    });
  }

  TEST_CASE_FIXTURE(
      ConnectionFixture,
      "a client that goes while our queue is blocked is noticed though it is not read") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      connection().set_reading(false);
      block();
      while (!connection().half_full()) send(std::string(1'000, 'x'));
      flush();
      say("kept\n");
      client.reset();
      run_until([&] { return connection().queued_bytes() == 0; });
      run_until(
          [&] { return owner.drained == 1; });  // or an owner that waits for it never reads again
      CHECK(owner.inputs == 0);
      connection().set_reading(true);
      run_until([&] { return closed(); });
      CHECK(owner.got == "kept\n");
      CHECK(owner.reason == "Connection reset by peer");
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a client that goes while it is ended closes the connection") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      block();
      end();
      client.reset();
      run_until([&] { return closed(); });
      CHECK(connection().queued_bytes() == 0);
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "ending or cutting a client that has gone closes without a signal") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      connection().set_reading(false);
      send("x");
      flush();
      say("unread");
      client.reset();
      send("x");
      flush();
      send("y");
      flush();
      SUBCASE("end") { end(); }
      SUBCASE("cut") { cut("! bye\n"); }
      run_until([&] { return closed(); });
      CHECK(owner.times_closed == 1);
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a closed connection takes every call, does nothing, and is told once") {
    open(unix_pair());
    client.reset();
    owner.when_end_of_stream = [&] { end(); };
    owner.when_closed = [&] {
      connection().send("x");
      connection().flush();
      connection().end();
      connection().cut("x");
      connection().set_reading(false);
      connection().set_reading(true);
    };
    run_until([&] { return closed(); });
    for (int i = 0; i < 3; ++i) turn();
    CHECK(owner.times_closed == 1);
    CHECK(connection().queued_bytes() == 0);
    CHECK(deadlines.size() == 0);
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "on_closed may destroy the connection, whose descriptor is closed then") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      owner.when_closed = [&] { owner.connection.reset(); };
      say("unread");
      REQUIRE(::shutdown(client.get(), SHUT_WR) == 0);
      owner.when_end_of_stream = [&] { end(); };
      run_until([&] { return closed(); });
      for (int i = 0; i < 2; ++i) turn();
      CHECK_FALSE(owner.connection);
      CHECK(::fcntl(server_fd, F_GETFD) == -1);
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a connection may be destroyed at any time, and then tells nothing") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      SUBCASE("open") {}
      SUBCASE("blocked") { block(); }
      SUBCASE("flushing") {
        block();
        end();
      }
      SUBCASE("lingering") { end(); }
      SUBCASE("closed but not told") {
        REQUIRE(::shutdown(client.get(), SHUT_WR) == 0);
        run_until([&] { return owner.ends_of_stream == 1; });
        end();
      }
      owner.connection.reset();
      for (int i = 0; i < 3; ++i) turn();
      CHECK_FALSE(closed());
      CHECK(deadlines.size() == 0);
      CHECK(::fcntl(server_fd, F_GETFD) == -1);
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a descriptor that cannot be watched is refused and closed") {
    char name[] = "/tmp/connection_test_XXXXXX";
    UniqueFd file(::mkstemp(name));
    ::unlink(name);
    const int fd = file.get();
    const auto created = Connection::create(context, owner, std::move(file));
    CHECK_FALSE(created.has_value());
    CHECK(::fcntl(fd, F_GETFD) == -1);
  }
}
