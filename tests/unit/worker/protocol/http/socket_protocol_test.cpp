#include "worker/protocol/http/socket_protocol.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/worker/protocol/http/http_fixture.h"

namespace banterd::worker::http {

namespace {

using Lines = std::vector<std::string>;

struct SocketFixture : HttpFixture {
  SocketFixture() { open_socket(); }

  // The code by which he is told what he broke.
  std::string broken_by(std::string_view bytes) {
    const std::string asked = send(bytes);
    CHECK(asked.starts_with("leave: "));
    const Lines last = frames_in(protocol->goodbye("", false));
    REQUIRE(last.size() == 1);
    CHECK(last[0].size() > std::string("close 1000: ").size());  // a reason is told
    return last[0].substr(0, 10);
  }
};

chat::Event said(std::string text) {
  chat::Event event;
  event.at = 1'700'000'000'000;
  event.body = chat::Said{.text = std::move(text)};
  return event;
}

}  // namespace

TEST_SUITE("worker/protocol/http/socket_protocol") {
  TEST_CASE_FIXTURE(SocketFixture, "each message is a line of IRC, each answer a message") {
    CHECK(send(text_frame("CAP LS 302")) == "");
    const Lines got = frames();
    REQUIRE(!got.empty());
    CHECK(got[0].starts_with("text: :banter.local CAP * LS"));
    CHECK(send(text_frame("NICK ann") + text_frame("USER a 0 * :Ann") + text_frame("CAP END")) ==
          "enter ann \n");
  }

  TEST_CASE_FIXTURE(HttpFixture, "who has agreed on binary messages gets those") {
    open_socket("Sec-WebSocket-Protocol: binary.ircv3.net\r\n");
    come_in();
    CHECK(send(masked(Opcode::binary, "PING a")) == "");
    CHECK(frames() == Lines{"binary: :banter.local PONG banter.local a"});
    // He may send texts all the same.
    CHECK(send(text_frame("PING b")) == "");
    CHECK(frames() == Lines{"binary: :banter.local PONG banter.local b"});
  }

  TEST_CASE_FIXTURE(SocketFixture, "the first frames may come with the request") {
    HttpFixture other;
    other.send(kUpgrade + "\r\n" + text_frame("NICK ann") + text_frame("USER a 0 * :Ann"));
    CHECK(other.input == "");
    CHECK(other.sent().starts_with("HTTP/1.1 101 "));
  }

  TEST_CASE_FIXTURE(SocketFixture, "registration has its time") {
    CHECK(session.wake == session.settings.limits.registration_timeout);
    protocol->on_wake();
    CHECK(session.meet() == "leave: Registration timed out\n");
    CHECK(frames_in(protocol->goodbye("Registration timed out", false)) ==
          Lines{"text: ERROR :Closing link: * (Registration timed out)",
                "close 1000: Registration timed out"});
  }

  TEST_CASE_FIXTURE(SocketFixture, "a line's end is not wanted, but taken off") {
    come_in();
    CHECK(send(text_frame("PING a\r\n") + text_frame("PING b\n") + text_frame("PING c\r")) == "");
    CHECK(frames() == Lines{"text: :banter.local PONG banter.local a",
                            "text: :banter.local PONG banter.local b",
                            "text: :banter.local PONG banter.local c"});
  }

  TEST_CASE_FIXTURE(SocketFixture, "two lines in one message are none") {
    come_in();
    for (const char* two : {"PING a\nPING b", "PING a\rQUIT", "PING a\r\nQUIT\r\n"}) {
      CAPTURE(two);
      CHECK(send(text_frame(two)) == "");
      const Lines got = frames();
      REQUIRE(got.size() == 1);
      CHECK(got[0].starts_with("text: :banter.local 400 ann "));
    }
  }

  TEST_CASE_FIXTURE(SocketFixture, "an empty message means nothing") {
    come_in();
    CHECK(send(text_frame("") + text_frame("\r\n")) == "");
    CHECK(sent() == "");
  }

  TEST_CASE_FIXTURE(SocketFixture,
                    "a line that is too long gets its answer, and the rest goes on") {
    come_in();
    CHECK(send(text_frame("PRIVMSG bob :" + std::string(510, 'x')) +
               text_frame("PING " + std::string(kMaxMessageBytes - 10, 'x')) +
               text_frame("PING a")) == "");
    const Lines got = frames();
    REQUIRE(got.size() == 3);
    CHECK(got[0].starts_with("text: :banter.local 417 "));
    CHECK(got[1].starts_with("text: :banter.local 417 "));
    CHECK(got[2].ends_with(" a"));
  }

  TEST_CASE_FIXTURE(SocketFixture, "a binary message that is not UTF-8 gets its answer") {
    come_in();
    CHECK(send(masked(Opcode::binary, "PRIVMSG bob :caf\xe9")) == "");
    const Lines got = frames();
    REQUIRE(got.size() == 1);
    CHECK(got[0].starts_with("text: :banter.local FAIL PRIVMSG INVALID_UTF8 "));
  }

  TEST_CASE_FIXTURE(SocketFixture, "a message may come in fragments with pings between them") {
    come_in();
    CHECK(send(masked(Opcode::text, "PI", false) + masked(Opcode::ping, "1") +
               masked(Opcode::continuation, "NG ", false) + masked(Opcode::pong, "x") +
               masked(Opcode::continuation, "a")) == "");
    CHECK(frames() == Lines{"pong: 1", "text: :banter.local PONG banter.local a"});
  }

  TEST_CASE_FIXTURE(SocketFixture,
                    "a message in small fragments costs time in proportion to them") {
    const auto cost = [this](int messages, int fragments) {
      std::string bytes = masked(Opcode::binary, "x", false);
      for (int i = 0; i < fragments; ++i) bytes += masked(Opcode::continuation, "x", false);
      bytes += masked(Opcode::continuation, "", true);
      const std::clock_t before = std::clock();
      for (int i = 0; i < messages; ++i) {
        std::string_view rest = bytes;
        while (!rest.empty()) rest.remove_prefix(protocol->take(rest, false).bytes);
      }
      return std::max<std::clock_t>(1, std::clock() - before);
    };
    // The best of three, on a busy machine.
    double ratio = 0;
    for (int attempt = 0; attempt < 3 && (ratio == 0 || ratio >= 4); ++attempt) {
      const auto small = cost(16, 1000);
      ratio = static_cast<double>(cost(1, 16'000)) / static_cast<double>(small);
    }
    CHECK(ratio < 4);  // 1 if linear, 16 if quadratic
  }

  TEST_CASE_FIXTURE(SocketFixture, "what is no WebSocket ends it with the reason") {
    CHECK(broken_by(masked_frame(0xC1, "a")) == "close 1002");
  }
  TEST_CASE_FIXTURE(SocketFixture, "an unmasked frame ends it") {
    CHECK(broken_by(std::string("\x81\x01z", 3)) == "close 1002");
  }
  TEST_CASE_FIXTURE(SocketFixture, "a text that is not UTF-8 ends it") {
    CHECK(broken_by(text_frame("\xff")) == "close 1007");
  }
  TEST_CASE_FIXTURE(SocketFixture, "a message that is too big ends it") {
    CHECK(broken_by(text_frame(std::string(kMaxMessageBytes + 1, 'x'))) == "close 1009");
  }
  TEST_CASE_FIXTURE(SocketFixture, "a continuation of nothing ends it") {
    CHECK(broken_by(masked(Opcode::continuation, "x")) == "close 1002");
  }

  TEST_CASE("a client's close is answered by its own code, and by nothing else") {
    for (const uint16_t code : {1000, 1001, 4000}) {
      SocketFixture client;
      client.come_in();
      CHECK(client.send(masked(Opcode::close, close_payload(code, "bye")) + text_frame("PING a")) ==
            "leave: \n");
      CHECK(client.sent() == "");
      CHECK(frames_in(client.protocol->goodbye("", false)) ==
            Lines{"close " + std::to_string(code) + ": "});
    }
    SocketFixture silent;
    silent.send(masked(Opcode::close, ""));
    CHECK(frames_in(silent.protocol->goodbye("", false)) == Lines{"close: "});
  }

  TEST_CASE_FIXTURE(SocketFixture, "last words are IRC's, and a close with the same reason") {
    come_in();
    CHECK(frames_in(protocol->goodbye("Quit: bye", false)) ==
          Lines{"text: ERROR :Closing link: ann (Quit: bye)", "close 1000: Quit: bye"});
    CHECK(frames_in(protocol->goodbye("Killed: spam", true)).back() == "close 1008: Killed: spam");
    CHECK(frames_in(protocol->farewell("Server is shutting down")) ==
          Lines{"text: :banter.local NOTICE ann :*** Server is shutting down",
                "text: ERROR :Server is shutting down", "close 1001: Server is shutting down"});
    CHECK(frames_in(protocol->cut_off("you do not read")) ==
          Lines{"text: ERROR :Closing link: you do not read", "close 1008: you do not read"});
  }

  TEST_CASE_FIXTURE(SocketFixture, "control frames and empty fragments count as a flood") {
    const auto counts = [this](std::string_view frame) {
      const auto taken = protocol->take(frame, false);
      CHECK(taken.bytes == frame.size());
      return taken.counts;
    };
    CHECK(counts(masked(Opcode::ping, "")));
    CHECK(counts(masked(Opcode::pong, "")));
    CHECK_FALSE(counts(masked(Opcode::text, "P", false)));
    CHECK(counts(masked(Opcode::continuation, "", false)));
    CHECK(counts(masked(Opcode::continuation, "ING a")));
  }

  TEST_CASE_FIXTURE(SocketFixture,
                    "an event is encoded and framed once for all who agreed on the same") {
    come_in();
    SocketFixture other;
    other.come_in();
    CHECK(&protocol->encoder() == &other.protocol->encoder());
    CHECK(&protocol->encoder("#a") == &other.protocol->encoder());
    HttpFixture binary;
    binary.open_socket("Sec-WebSocket-Protocol: binary.ircv3.net\r\n");
    CHECK(&protocol->encoder() != &binary.protocol->encoder());
    other.send(text_frame("CAP REQ :server-time"));
    CHECK(&protocol->encoder() != &other.protocol->encoder());

    const auto bob = chat::profile_of(2, "bob");
    const chat::Event event = said("hello");
    std::string bytes;
    protocol->encoder().encode({event, "#a", bob.get()}, bytes);
    const Lines told = frames_in(bytes);
    REQUIRE(told.size() == 1);
    CHECK(told[0].ends_with(" PRIVMSG #a :hello"));
    bytes.clear();
    binary.protocol->encoder().encode({event, "#a", bob.get()}, bytes);
    CHECK(frames_in(bytes)[0].starts_with("binary: "));
  }

  TEST_CASE_FIXTURE(SocketFixture, "what a shape is not told makes no frame") {
    chat::Event event;
    event.body = chat::Redacted{};
    std::string bytes;
    protocol->encoder().encode({event, "#a"}, bytes);
    CHECK(bytes.empty());
  }

  TEST_CASE("he moves to another process between any two bytes") {
    const std::string all = masked(Opcode::text, "PING \xc3", false) + masked(Opcode::ping, "1") +
                            masked(Opcode::continuation, "\xbc") + text_frame("PING b") +
                            masked(Opcode::close, close_payload(1001));
    for (size_t split = 0; split <= all.size(); ++split) {
      CAPTURE(split);
      SocketFixture client;
      client.come_in();
      std::string asked = client.send(std::string_view(all).substr(0, split));
      if (asked.empty()) {  // else there is nothing to move: he is leaving
        client.move();
        asked = client.send(std::string_view(all).substr(split));
      }
      CHECK(asked == "leave: \n");
      CHECK(client.frames() == Lines{"pong: 1", "text: :banter.local PONG banter.local ü",
                                     "text: :banter.local PONG banter.local b"});
      CHECK(frames_in(client.protocol->goodbye("", false)) == Lines{"close 1001: "});
    }
  }

  TEST_CASE_FIXTURE(HttpFixture, "what he has agreed on moves with him") {
    open_socket("Sec-WebSocket-Protocol: binary.ircv3.net\r\n");
    come_in();
    send(text_frame("CAP REQ :echo-message"));
    sent();
    move();
    CHECK(protocol->chats());
    CHECK(protocol->echoes());
    CHECK(send(text_frame("PING a")) == "");
    CHECK(frames() == Lines{"binary: :banter.local PONG banter.local a"});
  }
}

}  // namespace banterd::worker::http
