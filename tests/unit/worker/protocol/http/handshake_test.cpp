#include "worker/protocol/http/handshake.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace banterd::worker::http {

namespace {

using Origins = std::optional<std::vector<std::string>>;

HttpRequest asking() {
  HttpRequest request;
  request.path = "/ws";
  request.asks_upgrade = true;
  request.fields = {{"Host", "chat.example"},
                    {"Upgrade", "websocket"},
                    {"Sec-WebSocket-Version", "13"},
                    {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  return request;
}

HttpRequest with(const std::string& name, const std::string& value) {
  HttpRequest request = asking();
  std::erase_if(request.fields, [&](const auto& field) { return field.first == name; });
  request.fields.emplace_back(name, value);
  return request;
}

int status(const HttpRequest& request, const Origins& origins = std::nullopt) {
  return static_cast<int>(shake_hands(request, origins).response.status);
}

std::string field(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.fields) {
    if (key == name) return value;
  }
  return "none";
}

bool allowed(const std::string& host, const std::string& origin, const Origins& origins = {}) {
  HttpRequest request = with("Host", host);
  request.fields.emplace_back("Origin", origin);
  return is_allowed_origin(request, origins);
}

}  // namespace

TEST_SUITE("worker/protocol/http/handshake") {
  TEST_CASE("the example of RFC 6455") {
    const Handshake handshake = shake_hands(asking(), std::nullopt);
    CHECK(handshake.response.status == Status::switching_protocols);
    CHECK(field(handshake.response, "Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(field(handshake.response, "Upgrade") == "websocket");
    CHECK(field(handshake.response, "Connection") == "Upgrade");
    CHECK(field(handshake.response, "Sec-WebSocket-Protocol") == "none");
    CHECK(handshake.opcode == Opcode::text);
    std::string bytes;
    append_response(bytes, handshake.response, 0);
    CHECK(bytes.find("Content-Length") == std::string::npos);
    CHECK(bytes.ends_with("\r\n\r\n"));
  }

  TEST_CASE("the WebSocket is at /ws, and at / for who asks for an upgrade") {
    HttpRequest request = asking();
    CHECK(is_for_socket(request));
    request.path = "/";
    CHECK(is_for_socket(request));
    request.asks_upgrade = false;
    CHECK_FALSE(is_for_socket(request));
    request.path = "/ws";
    CHECK(is_for_socket(request));
    request.path = "/other";
    request.asks_upgrade = true;
    CHECK_FALSE(is_for_socket(request));
  }

  TEST_CASE("who does not ask for a WebSocket of this version is told of it") {
    CHECK(status(with("Upgrade", "h2c")) == 426);
    CHECK(status(with("Upgrade", "h2c, WebSocket")) == 101);
    CHECK(status(with("Sec-WebSocket-Version", "8")) == 426);
    HttpRequest plain = asking();
    plain.asks_upgrade = false;
    CHECK(status(plain) == 426);
    HttpRequest old = asking();
    old.is_1_1 = false;
    CHECK(status(old) == 426);
    const Response told = shake_hands(plain, std::nullopt).response;
    CHECK(field(told, "Upgrade") == "websocket");
    CHECK(field(told, "Sec-WebSocket-Version") == "13");
    HttpRequest head = asking();
    head.method = HttpRequest::Method::head;
    CHECK(status(head) == 405);
  }

  TEST_CASE("a key is 16 bytes in base64") {
    for (const char* bad : {"", "x", "dGhlIHNhbXBsZSBub25jZQ",
                            "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZ2U=", "AAAA"}) {
      CAPTURE(bad);
      CHECK(status(with("Sec-WebSocket-Key", bad)) == 400);
    }
    HttpRequest twice = asking();
    twice.fields.emplace_back("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK(status(twice) == 400);
  }

  TEST_CASE("the client's order decides which subprotocol is spoken") {
    const auto chosen = [](const std::string& offered) {
      const Handshake handshake =
          shake_hands(with("Sec-WebSocket-Protocol", offered), std::nullopt);
      return field(handshake.response, "Sec-WebSocket-Protocol") +
             (handshake.opcode == Opcode::binary ? ", binary" : ", text");
    };
    CHECK(chosen("text.ircv3.net") == "text.ircv3.net, text");
    CHECK(chosen("binary.ircv3.net") == "binary.ircv3.net, binary");
    CHECK(chosen("irc, binary.ircv3.net, text.ircv3.net") == "binary.ircv3.net, binary");
    CHECK(chosen("text.ircv3.net, binary.ircv3.net") == "text.ircv3.net, text");
    CHECK(chosen("irc") == "none, text");
  }

  TEST_CASE("by default pages of the same host are allowed, and programs") {
    CHECK(is_allowed_origin(asking(), std::nullopt));
    CHECK(allowed("chat.example", "https://chat.example"));
    CHECK(allowed("Chat.Example:443", "https://chat.example"));
    CHECK(allowed("chat.example", "http://chat.example:80"));
    CHECK(allowed("127.0.0.1:8080", "http://127.0.0.1:8080"));
    CHECK(allowed("[::1]:8080", "http://[::1]:8080"));
    CHECK_FALSE(allowed("chat.example", "https://evil.example"));
    CHECK_FALSE(allowed("chat.example", "https://chat.example.evil.example"));
    CHECK_FALSE(allowed("chat.example", "https://chat.example:8443"));
    CHECK_FALSE(allowed("chat.example:8080", "http://chat.example"));
    CHECK_FALSE(allowed("chat.example", "null"));
    CHECK_FALSE(allowed("chat.example", ""));
  }

  TEST_CASE("a list of origins replaces that") {
    const Origins list = std::vector<std::string>{"https://a.example", "http://B.example:8080"};
    CHECK(allowed("chat.example", "https://A.example", list));
    CHECK(allowed("chat.example", "http://b.example:8080", list));
    CHECK_FALSE(allowed("chat.example", "http://a.example", list));
    CHECK_FALSE(allowed("chat.example", "https://chat.example", list));
    // Browsers leave out the port that the scheme usually has (RFC 6454 section 6.2).
    const std::vector<std::string> ports = {"https://a.example:443", "http://b.example:80",
                                            "http://c.example:443"};
    CHECK(allowed("chat.example", "https://a.example", ports));
    CHECK(allowed("chat.example", "http://b.example", ports));
    CHECK(allowed("chat.example", "http://c.example:443", ports));
    CHECK_FALSE(allowed("chat.example", "http://c.example", ports));
    CHECK_FALSE(allowed("chat.example", "http://a.example", ports));
    CHECK(allowed("chat.example", "null", std::vector<std::string>{"*"}));
    CHECK_FALSE(allowed("chat.example", "https://chat.example", std::vector<std::string>{}));
    CHECK(is_allowed_origin(asking(), std::vector<std::string>{}));
    HttpRequest foreign = asking();
    foreign.fields.emplace_back("Origin", "https://evil.example");
    CHECK(status(foreign) == 403);
  }
}

}  // namespace banterd::worker::http
