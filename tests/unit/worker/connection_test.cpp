#include "worker/connection.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <memory>
#include <random>
#include <string>

#include "ipc/client_memory.h"
#include "tests/unit/worker/connection_fixture.h"

using namespace std::chrono_literals;
using namespace banterd::worker;

TEST_SUITE("worker/connection") {
  // ---- reading ----

  TEST_CASE_FIXTURE(ConnectionFixture, "what the client says is given, and counted to the byte") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      say("hello\n");
      run_until([&] { return owner.got == "hello\n"; });
      say("again\n");
      run_until([&] { return owner.got == "hello\nagain\n"; });
      CHECK(connection().bytes_read() == 12);
      CHECK(connection().input().empty());
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "what is not consumed is kept, and later input joins it") {
    open(unix_pair());
    owner.when_input = [&] {
      owner.take(owner.inputs == 3 ? owner.connection->input().size() : 2);
    };
    say("abcdef");
    run_until([&] { return owner.inputs == 1; });
    CHECK(connection().input() == "cdef");
    say("ghi");
    run_until([&] { return owner.inputs == 2; });
    CHECK(connection().input() == "efghi");
    say("jkl");
    run_until([&] { return owner.inputs == 3; });
    CHECK(owner.got == "abcdefghijkl");
    CHECK(connection().input().empty());
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "input may be consumed outside the callback, and a view of it stays valid") {
    open(unix_pair());
    owner.when_input = [] {};
    const std::string text(30'000, 'x');
    say(text);
    run_until([&] { return connection().input().size() == text.size(); });
    const std::string_view view = connection().input();
    connection().consume(10'000);
    CHECK(connection().input().size() == 20'000);
    connection().consume(20'000);
    CHECK(connection().input().empty());
    CHECK(view == text);
    turn();
    turn();
    say("next");
    run_until([&] { return connection().input() == "next"; });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a view of fresh input stays valid when the owner consumes it and ends") {
    open(unix_pair());
    std::string seen;
    owner.when_input = [&] {
      const std::string_view view = owner.connection->input();
      owner.connection->consume(3);
      end();
      seen = view;
    };
    say("/quit\n");
    run_until([&] { return !seen.empty(); });
    CHECK(seen == "/quit\n");
  }

  TEST_CASE_FIXTURE(
      ConnectionFixture,
      "nobody is told of what comes while reading is off, its end too, until it is on") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      connection().set_reading(false);
      say("later\n");
      REQUIRE(::shutdown(client.get(), SHUT_WR) == 0);
      for (int i = 0; i < 5; ++i) turn();
      CHECK(owner.inputs == 0);
      CHECK(owner.ends_of_stream == 0);
      CHECK(connection().input() == "later\n");
      connection().set_reading(true);
      run_until([&] { return owner.ends_of_stream == 1; });
      CHECK(owner.got == "later\n");
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "of what comes while reading is off, little is read") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      connection().set_reading(false);
      const size_t said = say_much();
      REQUIRE(said > 150'000);
      for (int i = 0; i < 5; ++i) turn();
      CHECK(connection().bytes_read() == 4096);
      SUBCASE("the owner is told of it later") {}
      SUBCASE("the owner finds it by itself") {
        owner.take(100);
        for (int i = 0; i < 5; ++i) turn();
      }
      CHECK(owner.inputs == 0);
      connection().set_reading(true);
      run_until([&] { return owner.got.size() == said; });
      CHECK(connection().bytes_read() == said);
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "the owner may stop reading from within on_input") {
    open(unix_pair());
    owner.when_input = [&] {
      owner.take(owner.connection->input().size());
      connection().set_reading(false);
    };
    const size_t said = say_much();
    REQUIRE(said > 150'000);
    for (int i = 0; i < 10; ++i) turn();
    CHECK(owner.inputs == 1);
    owner.when_input = nullptr;
    connection().set_reading(true);
    run_until([&] { return owner.got.size() == said; });
    CHECK(connection().bytes_read() == said);
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "a busy client is read once a turn") {
    open(unix_pair());
    const size_t said = say_much();
    run_until([&] { return owner.got.size() == said; });
    CHECK(owner.largest_input <= context.read_buffer.size());
    CHECK(owner.inputs >= 3);
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "the end of the client's sending side is told once, and writing goes on") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      say("last");
      REQUIRE(::shutdown(client.get(), SHUT_WR) == 0);
      run_until([&] { return owner.ends_of_stream == 1; });
      CHECK(owner.got == "last");
      for (int i = 0; i < 5; ++i) turn();
      CHECK(owner.ends_of_stream == 1);
      CHECK(connection().state() == Connection::State::open);
      send("answer\n");
      flush();
      end();
      client_reads_to_end();
      CHECK(read == "answer\n");
      run_until([&] { return closed(); });
      CHECK(owner.reason.empty());
    });
  }

  // ---- writing ----

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "what is sent leaves with the flush, in order, counted to the byte") {
    open(tcp_pair());
    const auto room = make_shared_bytes("one\ntwo\n");
    send("hello\n");
    connection().send(room, 0, 4);
    connection().send(room, 4, 8);
    CHECK(client_reads() == 0);
    CHECK(connection().queued_bytes() == 14);
    flush();
    CHECK(connection().queued_bytes() == 0);
    CHECK(connection().bytes_written() == 14);
    client_reads();
    CHECK(read == "hello\none\ntwo\n");
    CHECK(room->use_count() == 1);
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "more pieces than one write takes leave with one flush") {
    open(unix_pair());
    std::string expected;
    for (int i = 0; i < 500; ++i) {
      const std::string text = std::to_string(i) + ",";
      connection().send(make_shared_bytes(text), 0, text.size());
      expected += text;
    }
    flush();
    CHECK(connection().queued_bytes() == 0);
    client_reads();
    CHECK(read == expected);
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "what the socket does not take leaves as the client reads") {
    on_both_kinds([this](SocketPair ends) {
      context.send_queue_bytes = 100'000'000;
      open(std::move(ends));
      std::string sent;
      for (int i = 0; i < 1000; ++i) {
        const std::string text = std::to_string(i) + std::string(9'000, 'x') + "\n";
        connection().send(text);
        sent += text;
      }
      flush();
      CHECK(connection().queued_bytes() > 0);
      CHECK(connection().bytes_written() + connection().queued_bytes() == sent.size());
      run_until([&] {
        client_reads();
        return read.size() == sent.size();
      });
      CHECK(read == sent);
      CHECK(connection().queued_bytes() == 0);
      CHECK(connection().bytes_written() == sent.size());
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "any mix of sending, reading and stalling keeps every byte in order") {
    on_both_kinds([this](SocketPair ends) {
      context.send_queue_bytes = 1'000'000'000;
      open(std::move(ends));
      std::mt19937 random(5);
      const auto upto = [&](size_t most) {
        return std::uniform_int_distribution<size_t>(0, most)(random);
      };
      std::string sent;
      for (int i = 0; i < 3000; ++i) {
        const std::string text(upto(upto(20) == 0 ? 50'000 : 300), static_cast<char>('a' + i % 26));
        connection().send(text);
        sent += text;
        if (upto(3) == 0) flush();
        if (upto(5) == 0) client_reads(upto(60'000));
        if (upto(5) == 0) say("x");
        turn();
      }
      end();
      client_reads_to_end();
      CHECK(read == sent);
      CHECK(connection().bytes_written() == sent.size());
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "a queue that outgrows the limit is told once, by the flush") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      block();
      CHECK(owner.overflows == 0);
      while (connection().queued_bytes() <= context.send_queue_bytes) send(std::string(1'000, 'x'));
      CHECK(connection().half_full());
      CHECK(owner.overflows == 0);  // never from send()
      flush();
      CHECK(owner.overflows == 1);
      for (int i = 0; i < 5; ++i) {
        flush();
        turn();
      }
      CHECK(owner.overflows == 1);
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "more than the limit at once is no overflow if the socket takes it") {
    context.send_queue_bytes = 1'000;
    open(unix_pair());
    send(std::string(20'000, 'x'));
    flush();
    CHECK(owner.overflows == 0);
    CHECK(connection().queued_bytes() == 0);
    // Nor when the client has read in the meantime, and the loop has had no turn to notice.
    context.send_queue_bytes = 100'000;
    block();
    client_reads();
    send(std::string(context.send_queue_bytes, 'x'));
    flush();
    CHECK(owner.overflows == 0);
    CHECK(connection().bytes_written() > read.size());
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "answers never make the queue overflow, and count while they are in it") {
    context.send_queue_bytes = 1'000'000;
    open(unix_pair());
    block();
    connection().send_answer(std::string(3 * context.send_queue_bytes, 'x'));
    flush();
    CHECK(owner.overflows == 0);
    const size_t half = context.send_queue_bytes / 2;
    run_until([&] {
      client_reads(5'000);
      return connection().queued_bytes() <= half;
    });
    REQUIRE(connection().queued_bytes() > 0);
    send(std::string(2 * context.send_queue_bytes, 'x'));
    flush();
    CHECK(owner.overflows == 1);
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "small shared pieces are charged too") {
    open(unix_pair());
    block();
    for (int i = 0; i < 1000; ++i) {
      connection().send(make_shared_bytes("x"), 0, 1);
    }
    CHECK(connection().queued_bytes() < context.send_queue_bytes / 2);
    flush();
    CHECK(owner.overflows == 1);
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "a queue that was half full tells when it has drained") {
    on_both_kinds([this](SocketPair ends) {
      open(std::move(ends));
      block();
      while (!connection().half_full()) send(std::string(1'000, 'x'));
      flush();
      turn();
      CHECK(owner.drained == 0);
      while (owner.drained == 0) {
        REQUIRE(!read_end);
        CHECK(connection().queued_bytes() > 0);
        client_reads(5'000);
        const size_t before = connection().queued_bytes();
        turn();
        if (owner.drained == 0) CHECK(before > context.send_queue_bytes / 4 - 1'000);
      }
      CHECK(connection().queued_bytes() <= context.send_queue_bytes / 4);
      client_reads();
      for (int i = 0; i < 5; ++i) turn();
      CHECK(owner.drained == 1);
    });
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "a queue that drains within the flush tells from the loop") {
    context.send_queue_bytes = 10'000;
    open(unix_pair());
    send(std::string(6'000, 'x'));
    CHECK(connection().half_full());
    flush();
    CHECK(connection().queued_bytes() == 0);
    CHECK(owner.drained == 0);
    run_until([&] { return owner.drained == 1; });
    send("little");
    flush();
    for (int i = 0; i < 3; ++i) turn();
    CHECK(owner.drained == 1);
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "flushing an empty queue does nothing") {
    open(unix_pair());
    flush();
    CHECK(connection().bytes_written() == 0);
    CHECK(connection().state() == Connection::State::open);
  }

  TEST_CASE_FIXTURE(ConnectionFixture, "while clients are handed over nothing is written") {
    open(unix_pair());
    context.suspended = true;
    send("later\n");
    flush();
    for (int i = 0; i < 3; ++i) turn();
    CHECK(client_reads() == 0);
    context.suspended = false;
    connection().follow_context();
    flush();
    client_reads();
    CHECK(read == "later\n");
  }

  TEST_CASE_FIXTURE(ConnectionFixture,
                    "if clients are kept, only what a checkpoint has is written") {
    auto opened = banterd::ipc::ClientMemory::open(UniqueFd(::memfd_create("test", MFD_CLOEXEC)));
    REQUIRE(opened.has_value());
    context.memory = opened->get();
    open(tcp_pair());
    send("kept\n");
    connection().keep_output();
    send("not yet\n");  // behind it in one piece
    flush();
    run_until([&] { return client_reads() > 0; });
    CHECK(read == "kept\n");
    flush();
    for (int i = 0; i < 3; ++i) turn();
    CHECK(client_reads() == 0);
    CHECK(connection().unkept_bytes() == 8);
    connection().keep_output();
    flush();
    run_until([&] { return client_reads() > 0; });
    CHECK(read == "kept\nnot yet\n");
  }

  // What malloc(3) gives for it is the same from 137 to 152 bytes.
  TEST_CASE("an idle connection is small") { CHECK(sizeof(Connection) <= 152); }
}
