// G8 for IRC: whatever bytes come in, in whatever pieces and however fast, get their answer and
// harm nobody else; and who does not register, does not answer or is too many is told why he has to
// go.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "tests/support/client_group.h"
#include "tests/support/irc_group.h"
#include "tests/support/process_facts.h"
#include "tests/support/server.h"

namespace banterd::tests {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

const std::string kTooLong = ":banter.local 417 ann :Input line was too long";
const std::string kNotUtf8 =
    "INVALID_UTF8 :Message rejected, your client must use UTF-8 on this server";

ServerConfig with_limits(const std::string& limits) {
  ServerConfig config = irc_config(3);
  config.limits = limits;
  return config;
}

// Two people in a room, each with another worker.
struct Two {
  Server server;
  IrcGroup group{server};
  IrcClient& ann;
  IrcClient& bob;

  explicit Two(std::string_view capabilities = {}, const ServerConfig& config = irc_config(3))
      : server(config),
        ann(group.enter("ann", capabilities)),
        bob(group.enter("bob", capabilities)) {
    ann.ask("JOIN #dev");
    bob.ask("JOIN #dev");
    group.start_afresh();
  }
  [[nodiscard]] std::string from_ann(const std::string& text) const {
    return ":" + ann.mask() + " PRIVMSG #dev " + text;
  }
};

}  // namespace

TEST_SUITE("system/irc_input") {
  TEST_CASE("lines come byte by byte, and end in LF, CR LF or with several of them") {
    Server server(irc_config(3));
    IrcGroup group(server);
    IrcClient& witness = group.enter("witness");
    witness.ask("JOIN #dev");
    IrcClient& ann = group.connect();
    const std::string script =
        "NICK ann\nUSER ann 0 * :Ann\r\n\r\n\n\r\n\nJOIN #dev\nPRIVMSG #dev :one\r\n\n"
        "   \r\nPRIVMSG #dev :two\nPRIVMSG  #dev  three\r\nprivmsg #dev :four \r\nPING end\n";
    SUBCASE("byte by byte") {
      for (const char byte : script) {
        ann.send(std::string(1, byte));
        server.loop().run_ready();
      }
    }
    SUBCASE("at once") { ann.send(script); }
    ann.expect(":banter.local PONG banter.local end");
    const std::string who = ":ann!ann@127.0.0.1 ";
    CHECK(witness.fence() == Lines{who + "JOIN #dev", who + "PRIVMSG #dev one",
                                   who + "PRIVMSG #dev two", who + "PRIVMSG #dev three",
                                   who + "PRIVMSG #dev :four "});
  }

  TEST_CASE("half a line whose rest never comes is not done") {
    Two two;
    two.ann.send("PRIVMSG #dev :whole\r\nPRIVMSG #dev :hal");
    SUBCASE("he closes") { two.ann.leave(); }
    SUBCASE("he half-closes") { two.ann.end_input(); }
    SUBCASE("a reset") {
      two.bob.expect(two.from_ann("whole"));
      two.ann.reset();
    }
    std::string quit;
    const auto quits = [&](const std::string& line) {
      if (command_of(line) == "QUIT") quit = line;
      return !quit.empty();
    };
    const Lines heard = two.bob.until(quits, "his quit");
    CHECK(containing(heard, "hal").empty());
    // Why, is told.
    CHECK(quit.find(" QUIT :Connection ") != std::string::npos);
  }

  TEST_CASE("510 bytes are a line, 511 are refused, and so is any number more, once") {
    Two two;
    const std::string start = "PRIVMSG #dev :";
    const std::string longest = start + "x " + std::string(510 - start.size() - 2, 'x');
    two.ann.say(longest);
    two.ann.say(longest + "x");
    two.ann.say(std::string(100'000, 'y'));
    two.ann.say("PRIVMSG #dev :after");
    CHECK(two.ann.fence() == Lines{kTooLong, kTooLong});
    const Lines heard = two.bob.fence();
    REQUIRE(heard.size() == 2);
    CHECK(heard[0].size() == 510);
    CHECK(heard[0].starts_with(two.from_ann(":x xxx")));
    CHECK(heard[1] == two.from_ann("after"));
  }

  TEST_CASE("4096 bytes of tags are taken beside 512 of the rest, more are refused") {
    Two two("message-tags");
    const std::string rest = "PRIVMSG #dev :text";
    const auto tagged = [&](size_t bytes) {
      const std::string start = "@+draft/x=";  // the space ends the tags and counts
      return start + std::string(bytes - start.size() - 1, 'v') + " " + rest;
    };
    two.ann.say(tagged(4096));
    two.ann.say(tagged(4097));
    two.ann.say(tagged(8000));
    two.ann.say(tagged(70'000));
    CHECK(two.ann.fence() == Lines{kTooLong, kTooLong, kTooLong});
    const Lines heard = two.bob.fence();
    REQUIRE(heard.size() == 1);
    CHECK(tag_of(heard[0], "+draft/x") == std::string(4096 - 11, 'v'));
    const std::string longest_rest = "PRIVMSG #dev :" + std::string(496, 'z');
    two.ann.say("@+draft/x=" + std::string(4000, 'v') + " " + longest_rest);
    CHECK(two.ann.fence().empty());
    CHECK(two.bob.fence().size() == 1);
  }

  TEST_CASE("what is not UTF-8 is refused by FAIL, NUL and CR in a line by a number") {
    Two two;
    for (const char* text :
         {"\xff", "caf\xe9", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
      CAPTURE(text);
      CHECK(two.ann.ask("PRIVMSG #dev :" + std::string(text)) ==
            Lines{":banter.local FAIL PRIVMSG " + kNotUtf8});
    }
    CHECK(with_command("FAIL", two.ann.ask("\xff\xfe")).size() == 1);
    CHECK(with_command("FAIL", two.ann.ask("JOIN #\xff")).size() == 1);
    using namespace std::string_literals;
    CHECK(with_command("400", two.ann.ask("PRIVMSG #dev :a\0b"s)).size() == 1);
    CHECK(with_command("400", two.ann.ask("PRIVMSG #dev :a\rQUIT :b")).size() == 1);
    CHECK(two.ann.ask("PRIVMSG #dev :fine: \xc3\xa9").empty());
    CHECK(two.bob.fence() == Lines{two.from_ann(":fine: \xc3\xa9")});
    IrcClient& stranger = two.group.connect();
    CHECK(stranger.ask("NICK \xff") == Lines{":banter.local FAIL NICK " + kNotUtf8});
    stranger.introduce("str");
    CHECK(with_command("001", stranger.fence()).size() == 1);
  }

  TEST_CASE("megabytes without a line's end cost one answer, little memory and little time") {
    Two two;
    const auto before = memory_bytes(two.server.processes());
    const auto cpu_before = cpu_time(two.server.processes());
    constexpr size_t kMegabytes = 20;
    for (size_t i = 0; i < kMegabytes; ++i) {
      two.ann.send(std::string(1 << 20, 'x'));
      two.group.wait_for([&] { return two.ann.has_written_all(); }, "the server to read");
    }
    CHECK(two.bob.fence().empty());
    const auto grown = memory_bytes(two.server.processes()) - before;
    CAPTURE(grown);
    CHECK((grown < (4 << 20) || kSanitized));
    two.ann.send("\r\n");
    CHECK(two.ann.fence() == Lines{kTooLong});
    const auto cpu =
        std::chrono::duration_cast<milliseconds>(cpu_time(two.server.processes()) - cpu_before);
    CHECK((cpu < milliseconds(1000) || kSanitized));
  }

  TEST_CASE("garbage of all bytes is answered or passed over, and the next command is done") {
    Two two;
    uint32_t seed = 12345;
    std::string garbage;
    for (int i = 0; i < 200'000; ++i) {
      seed = seed * 1664525 + 1013904223;
      garbage += static_cast<char>(seed >> 24);
    }
    two.ann.send(garbage);
    two.ann.send("\r\nJOIN #still\r\n");
    two.ann.expect(":" + two.ann.mask() + " JOIN #still");
    CHECK(two.bob.fence().empty());
  }

  TEST_CASE("who sends faster than he may is slowed; nothing is lost, PING is answered in turn") {
    constexpr int kLines = 120;
    Two two({}, with_limits(R"({"messages_per_second": 100, "message_burst": 10})"));
    Lines expected;
    const auto begin = Clock::now();
    for (int i = 0; i < kLines; ++i) {
      two.ann.say("PRIVMSG #dev line-" + std::to_string(i));
      expected.push_back(two.from_ann("line-" + std::to_string(i)));
    }
    two.ann.ask_fence();
    two.bob.until(expected.front());
    // Others go on meanwhile.
    Lines heard = with_command("PRIVMSG", two.bob.ask("VERSION"));
    CHECK_FALSE(two.ann.fence_answered());
    const Lines rest = two.bob.until(expected.back());
    heard.insert(heard.begin(), expected.front());
    heard.insert(heard.end(), rest.begin(), rest.end());
    heard.push_back(expected.back());
    CHECK(heard == expected);
    two.group.wait_for([&] { return two.ann.fence_answered(); }, "the PONG");
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    CHECK(took >= milliseconds(900));  // 110 lines at 100 a second
    CHECK(two.ann.heard().size() == 1);
  }

  TEST_CASE("who does not register in time is told so, whatever he does meanwhile") {
    Server server(with_limits(R"({"registration_timeout": 1})"));
    IrcGroup group(server);
    IrcClient& silent = group.connect();
    IrcClient& half = group.connect();
    half.say("NICK half");
    IrcClient& negotiating = group.connect();
    negotiating.say("CAP LS 302");
    negotiating.introduce("neg");
    IrcClient& pinging = group.connect();
    pinging.say("PING 1");
    IrcClient& fast = group.enter("fast");
    for (IrcClient* one : {&silent, &half, &negotiating, &pinging}) {
      const Lines heard = one->until_end();
      REQUIRE_FALSE(heard.empty());
      CHECK(heard.back() == "ERROR :Closing link: * (Registration timed out)");
    }
    CHECK(fast.fence().empty());
    // The nick that he did not get is free.
    CHECK(with_command("NICK", fast.ask("NICK half")).size() == 1);
  }

  TEST_CASE("who does not answer PING has gone, who does stays") {
    Two two({}, with_limits(R"({"ping_timeout": 1})"));
    two.ann.ignore_pings();
    const Lines heard = two.ann.until_end();
    CHECK(heard ==
          Lines{"PING banter.local", "ERROR :Closing link: ann (Ping timeout: 1 seconds)"});
    two.bob.expect(":" + two.ann.mask() + " QUIT :Ping timeout: 1 seconds");
    CHECK_FALSE(two.bob.ended());
    two.bob.fence();
  }

  TEST_CASE("who takes nothing of what he has asked for has gone, too") {
    Two two({}, with_limits(R"({"ping_timeout": 1, "send_queue_bytes": 65536,
                                "messages_per_second": 1000000, "message_burst": 1000000})"));
    two.ann.stop_reading();
    std::string lines;
    for (int i = 0; i < 30'000; ++i) lines += "HELP\r\n";
    two.ann.send(lines);
    two.bob.expect(":" + two.ann.mask() + " QUIT :Ping timeout: 1 seconds");
    two.bob.fence();
  }

  TEST_CASE("a password is asked of IRC clients, and of nobody on a line") {
    Server server(irc_config(3, R"(, "password": "sesame")"));
    IrcGroup group(server);
    IrcClient& none = group.connect();
    none.introduce("none");
    IrcClient& wrong = group.connect();
    wrong.say("PASS simsim");
    wrong.introduce("wrong");
    for (IrcClient* one : {&none, &wrong}) {
      const Lines heard = one->until_end();
      CHECK(heard == Lines{":banter.local 464 * :Password incorrect",
                           "ERROR :Closing link: * (Password incorrect)"});
    }
    IrcClient& right = group.connect();
    right.say("PASS sesame");
    right.introduce("right");
    CHECK(with_command("001", right.fence()).size() == 1);
    CHECK(server.count_in_log("sesame") == 0);
    ClientGroup lines(server);
    lines.enter("talker");
  }

  TEST_CASE("connections that are too many are refused by ERROR") {
    Server server(with_limits(R"({"max_connections": 3})"));
    IrcGroup group(server);
    group.enter_many("p", 3);
    IrcClient& late = group.connect();
    late.introduce("late");
    CHECK(late.until_end() == Lines{"ERROR :server is full"});
    Server small(with_limits(R"({"max_connections_per_address": 2})"));
    IrcGroup others(small);
    others.enter_many("p", 2);
    CHECK(others.connect().until_end() == Lines{"ERROR :too many connections from your address"});
    Server slow(with_limits(R"({"connections_per_minute_per_address": 1})"));
    IrcGroup again(slow);
    again.enter("first");
    CHECK(again.connect().until_end() ==
          Lines{"ERROR :your address connects too often: try again in a minute"});
  }

  TEST_CASE("a shutdown is told by ERROR, with all that was said before it") {
    Two two;
    two.ann.say("PRIVMSG #dev :last words");
    two.ann.fence();
    CHECK(two.server.stop(SIGTERM).status == 0);
    const Lines heard = two.bob.until_end();
    REQUIRE(heard.size() >= 3);
    CHECK(heard.front() == two.from_ann(":last words"));
    CHECK(Lines(heard.end() - 2, heard.end()) ==
          Lines{":banter.local NOTICE bob :*** Server is shutting down",
                "ERROR :Server is shutting down"});
  }
}

}  // namespace banterd::tests
