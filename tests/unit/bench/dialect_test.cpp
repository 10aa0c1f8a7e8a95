#include "bench/chatload/dialect.h"

#include <doctest/doctest.h>

namespace banterd::bench {

namespace {

Options of(Protocol protocol) {
  Options options;
  options.protocol = protocol;
  return options;
}

TEST_SUITE_BEGIN("bench/dialect");

TEST_CASE("line: with a number in the greeting, only the own one is meant") {
  Options options = of(Protocol::line);
  options.hello = "/nick u%u";
  options.greet = "is now u%u";
  const auto dialect = make_dialect(options);
  const Person person{.number = 1};
  CHECK(dialect->hello(person).lines == std::vector<std::string>{"/nick u1"});
  CHECK_FALSE(dialect->hello(person).is_ready);
  CHECK_FALSE(dialect->take(person, "* guest-4 is now u10").is_ready);
  CHECK(dialect->take(person, "* guest-4 is now u1").is_ready);
}

TEST_CASE("line: without a greeting one is ready at once") {
  Options options = of(Protocol::line);
  options.join = "/join #%s";
  const auto answer = make_dialect(options)->hello({.number = 1, .room = 7});
  CHECK(answer.is_ready);
  CHECK(answer.lines == std::vector<std::string>{"/join #r7"});
}

TEST_CASE("irc: welcome, join, end of names") {
  const Options options = of(Protocol::irc);
  const auto dialect = make_dialect(options);
  const Person person{.number = 3, .room = 9};
  CHECK(dialect->hello(person).lines.front() == "NICK u3");
  CHECK(dialect->take(person, ":s 001 u3 :hi").lines == std::vector<std::string>{"JOIN #r9"});
  CHECK_FALSE(dialect->take(person, ":s 353 u3 = #r9 :u3").is_ready);
  CHECK(dialect->take(person, ":s 366 u3 #r9 :end").is_ready);
  CHECK(dialect->take(person, "PING :x").lines == std::vector<std::string>{"PONG :x"});
  CHECK(dialect->take(person, ":s 433 * u3 :in use").is_error);
  CHECK_FALSE(dialect->take(person, ":s 422 u3 :no motd").is_error);
  CHECK(dialect->message(person, "hi") == "PRIVMSG #r9 :hi");
}

TEST_CASE("irc: who joins nothing is ready at the welcome") {
  Options options = of(Protocol::irc);
  options.joins_room = false;
  CHECK(make_dialect(options)->take({}, ":s 001 u0 :hi").is_ready);
}

TEST_CASE("nats: a room is a subject") {
  const Options options = of(Protocol::nats);
  const auto dialect = make_dialect(options);
  CHECK(dialect->hello({.room = 2}).lines[1] == "SUB r2 1");
  CHECK(dialect->hello({.room = 2, .subscribes = false}).lines.size() == 2);
  CHECK(dialect->take({}, "PONG").is_ready);
  CHECK(dialect->message({.room = 2}, "hello") == "PUB r2 5\r\nhello");
}

TEST_CASE("socket.io: the server speaks first") {
  const Options options = of(Protocol::socketio);
  const auto dialect = make_dialect(options);
  CHECK(dialect->hello({}).lines.empty());
  CHECK(dialect->take({}, R"(0{"sid":"x"})").lines == std::vector<std::string>{"40"});
  CHECK(dialect->take({}, R"(40{"sid":"y"})").is_ready);
  CHECK(dialect->take({}, "2").lines == std::vector<std::string>{"3"});
  CHECK(dialect->message({}, "hi") == R"(42["m","hi"])");
}

TEST_SUITE_END();

}  // namespace

}  // namespace banterd::bench
