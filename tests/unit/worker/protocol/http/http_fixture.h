// A client of HTTP, and of the WebSocket that he may open, without a worker.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "tests/support/web_frames.h"
#include "tests/unit/worker/protocol/fake_session.h"
#include "worker/protocol/http/http_protocol.h"

namespace banterd::worker::http {

using namespace tests;

inline const std::string kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: chat.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

struct HttpFixture {
  FakeSession session;
  conf::Listener listener;
  std::unique_ptr<Protocol> protocol = std::make_unique<HttpProtocol>(listener, session);
  std::string input;  // not consumed yet

  HttpFixture() {
    base::log_setup("test", base::LogLevel::error, base::LogFormat::text);
    listener.protocol = conf::ProtocolName::http;
    protocol->on_open();
  }

  // He sends that: it is taken as far as it can be, and what he asks for by it is met. Nothing is
  // taken once he has asked to leave.
  std::string send(std::string_view bytes) {
    input += bytes;
    std::string asked;
    for (;;) {
      const size_t taken = protocol->take(input, false).bytes;
      if (auto next = protocol->next()) protocol = std::move(next);
      input.erase(0, taken);
      asked += session.meet();
      if (taken == 0 || input.empty() || asked.find("leave:") != std::string::npos) return asked;
    }
  }
  std::string sent() { return session.take_sent(); }

  // The status lines of all that he was sent, which must be answers without bodies' ends missing.
  std::vector<std::string> statuses() {
    std::vector<std::string> all;
    const std::string text = sent();
    for (size_t begin = text.find("HTTP/1.1 "); begin != std::string::npos;
         begin = text.find("HTTP/1.1 ", begin + 1))
      all.push_back(text.substr(begin + 9, text.find("\r\n", begin) - begin - 9));
    return all;
  }

  // Opens a WebSocket; the answer has been read.
  void open_socket(const std::string& fields = "Sec-WebSocket-Protocol: text.ircv3.net\r\n") {
    CHECK(send(kUpgrade + fields + "\r\n") == "");
    CHECK(sent().starts_with("HTTP/1.1 101 "));
    REQUIRE(protocol->chats());
  }
  std::vector<std::string> frames() { return frames_in(sent()); }

  // Registers as Ann and reads what he is told.
  void come_in() {
    send(text_frame("NICK ann") + text_frame("USER a 0 * :Ann"));
    session.self.nick = *chat::Nick::parse("ann");
    protocol->on_entered();
    CHECK(session.meet() == "");
    sent();
  }

  // Moves to another process.
  void move() {
    const std::string saved = protocol->save();
    protocol = std::make_unique<HttpProtocol>(listener, session);
    REQUIRE(protocol->restore(saved));
    if (auto next = protocol->next()) protocol = std::move(next);
  }
};

}  // namespace banterd::worker::http
