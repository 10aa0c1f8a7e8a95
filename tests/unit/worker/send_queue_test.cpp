#include "worker/send_queue.h"

#include <doctest/doctest.h>

#include <array>
#include <random>

using banterd::worker::SendQueue;
using banterd::worker::SharedBytesPtr;

namespace {

SharedBytesPtr shared(std::string text) {
  return banterd::worker::make_shared_bytes(std::move(text));
}

std::array<iovec, 1024> places;

size_t pieces(const SendQueue& queue) { return queue.gather(places); }

std::string content(const SendQueue& queue) {
  std::string all;
  const size_t count = queue.gather(places);
  for (size_t i = 0; i < count; ++i) {
    all.append(static_cast<const char*>(places[i].iov_base), places[i].iov_len);
  }
  return all;
}

}  // namespace

TEST_SUITE("worker/send_queue") {
  TEST_CASE("an empty queue has nothing, charges nothing and is small") {
    const SendQueue queue;
    CHECK(queue.empty());
    CHECK(queue.charged_bytes() == 0);
    CHECK(pieces(queue) == 0);
    CHECK(queue.begun().written == 0);
    CHECK(sizeof(SendQueue) <= 40);
  }

  TEST_CASE("shared and private bytes leave in the order they were appended") {
    const auto room = shared("room one\nroom two\n");
    SendQueue queue;
    queue.append(room, 0, 9);
    queue.append("mine\n");
    queue.append(room, 9, 18);
    CHECK(content(queue) == "room one\nmine\nroom two\n");
    CHECK(queue.bytes() == 23);
  }

  TEST_CASE("references that continue each other are one piece") {
    const auto room = shared("abcdef");
    SendQueue queue;
    queue.append(room, 0, 2);
    queue.append(room, 2, 4);
    room->bytes += "ghi";
    queue.append(room, 4, 9);
    CHECK(pieces(queue) == 1);
    CHECK(content(queue) == "abcdefghi");
    CHECK(room->use_count() == 2);
    queue.append(room, 0, 1);
    CHECK(pieces(queue) == 2);
  }

  TEST_CASE("a buffer that grows, and so moves, leaves older references right") {
    const auto room = shared("first");
    SendQueue queue;
    queue.append(room, 0, 5);
    room->bytes.append(100000, 'x');
    CHECK(content(queue) == "first");
  }

  TEST_CASE("private texts one after the other share one buffer, of bounded size") {
    SendQueue queue;
    for (int i = 0; i < 100; ++i) queue.append("0123456789");
    CHECK(pieces(queue) == 1);
    CHECK(queue.bytes() == 1000);
    for (int i = 0; i < 10000; ++i) queue.append("0123456789");
    CHECK(pieces(queue) == 7);
    CHECK(queue.bytes() == 101000);
    CHECK(content(queue).substr(100990) == "0123456789");
  }

  TEST_CASE("a private text never lands in a shared buffer") {
    const auto room = shared("room");
    SendQueue one;
    SendQueue other;
    one.append("a");
    one.append(room, 0, 4);
    one.append("b");
    other.append(room, 0, 4);
    CHECK(room->bytes == "room");
    CHECK(content(one) == "aroomb");
    CHECK(content(other) == "room");
  }

  TEST_CASE("empty texts and references are nothing") {
    SendQueue queue;
    queue.append("");
    queue.append(shared("x"), 1, 1);
    CHECK(queue.empty());
    CHECK(pieces(queue) == 0);
  }

  TEST_CASE("what was written goes, and its buffer with it, byte by byte too") {
    const auto first = shared("abc");
    const auto second = shared("def");
    SendQueue queue;
    queue.append(first, 0, 3);
    queue.append(second, 0, 3);
    queue.consume(2);
    CHECK(content(queue) == "cdef");
    CHECK(first->use_count() == 2);
    queue.consume(1);
    CHECK(first->use_count() == 1);
    queue.consume(2);
    CHECK(content(queue) == "f");
    queue.consume(1);
    CHECK(queue.empty());
    CHECK(second->use_count() == 1);
    CHECK(queue.charged_bytes() == 0);
  }

  TEST_CASE("a private text may be appended behind one that is written in part") {
    SendQueue queue;
    queue.append("abc");
    queue.consume(2);
    queue.append("def");
    CHECK(content(queue) == "cdef");
    queue.consume(4);
    queue.append("new");
    CHECK(content(queue) == "new");
  }

  TEST_CASE("what is charged covers many small pieces") {
    SendQueue queue;
    for (int i = 0; i < 1000; ++i) queue.append(shared("x"), 0, 1);
    CHECK(queue.bytes() == 1000);
    CHECK(queue.charged_bytes() >= 100 * 1000);
    queue.consume(999);
    CHECK(queue.charged_bytes() < 1000);
  }

  TEST_CASE("gathering fills no more than there is room for") {
    SendQueue queue;
    for (int i = 0; i < 5; ++i) queue.append(shared("x"), 0, 1);
    std::array<iovec, 3> three;
    CHECK(queue.gather(three) == 3);
  }

  TEST_CASE("clearing frees all, and the queue works on") {
    const auto room = shared("room");
    SendQueue queue;
    queue.append("private");
    queue.append(room, 0, 4);
    queue.consume(3);
    queue.clear();
    CHECK(queue.empty());
    CHECK(queue.charged_bytes() == 0);
    CHECK(room->use_count() == 1);
    queue.append("again");
    CHECK(content(queue) == "again");
  }

  TEST_CASE("it knows the piece that has been written in part") {
    SendQueue queue;
    queue.append("one\ntwo\n");
    queue.append(shared("..three\n"), 2, 8);
    CHECK(queue.begun().written == 0);
    queue.consume(2);
    CHECK(queue.begun().bytes == "one\ntwo\n");
    CHECK(queue.begun().written == 2);
    queue.consume(3);
    CHECK(queue.begun().written == 5);
    queue.consume(3);
    CHECK(queue.begun().written == 0);
    queue.consume(1);
    CHECK(queue.begun().bytes == "three\n");
    CHECK(queue.begun().written == 1);
    std::string all;
    queue.each_with_begun([&](const SharedBytesPtr& buffer, size_t begin, size_t end) {
      all += buffer->bytes.substr(begin, end - begin);
    });
    CHECK(all == "three\n");
    queue.clear();
    CHECK(queue.begun().written == 0);
  }

  TEST_CASE("all may be dropped but the rest of what has begun") {
    const auto room = shared("one\ntwo\n");
    SendQueue queue;
    queue.append(room, 0, 8);
    queue.append("three\n");
    queue.consume(2);
    queue.drop_all_but(2);
    CHECK(content(queue) == "e\n");
    CHECK(queue.bytes() == 2);
    queue.append("last\n");
    CHECK(content(queue) == "e\nlast\n");
    queue.consume(1);
    CHECK(queue.begun().written == 3);
    queue.drop_all_but(0);
    CHECK(queue.empty());
    CHECK(room->use_count() == 1);
    queue.append("whole\n");
    queue.drop_all_but(3);  // of what has not begun nothing is left
    CHECK(queue.empty());
  }

  TEST_CASE("any mix of appending and consuming keeps every byte in order") {
    std::mt19937 random(7);
    const auto upto = [&](size_t most) {
      return std::uniform_int_distribution<size_t>(0, most)(random);
    };
    std::string expected;
    SendQueue queue;
    auto room = shared("");
    for (int i = 0; i < 20000; ++i) {
      const std::string text(upto(40), static_cast<char>('a' + i % 26));
      if (upto(50) == 0) room = shared("");
      if (upto(2) == 0) {
        queue.append(text);
      } else {
        room->bytes += text;
        queue.append(room, room->bytes.size() - text.size(), room->bytes.size());
      }
      expected += text;
      if (upto(10) == 0) {
        const size_t written = upto(std::min<size_t>(queue.bytes(), 600));
        queue.consume(written);
        expected.erase(0, written);
      }
      REQUIRE(queue.bytes() == expected.size());
      if (i % 16 != 0) continue;
      const std::string front = content(queue);
      REQUIRE(front == expected.substr(0, front.size()));
    }
  }
}
