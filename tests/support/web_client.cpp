#include "tests/support/web_client.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "tests/support/irc_group.h"

namespace banterd::tests {

namespace {

constexpr std::string_view kHost = "Host: localhost\r\n";

}  // namespace

void WebClient::request(const std::string& method_and_path, const std::string& fields) {
  send(method_and_path + " HTTP/1.1\r\n" + std::string(kHost) + fields + "\r\n");
}

void WebClient::open_socket(const std::string& fields, const std::string& path) {
  asked_ = true;
  request("GET " + path,
          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
              fields);
}

void WebClient::enter_as(std::string_view nick, std::string_view capabilities, Caller caller) {
  expect("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", caller);
  introduce(nick, capabilities);
}

void WebClient::send_line(const std::string& line) {
  send(text_frame(std::string_view(line).substr(0, line.size() - 2)));
}

bool WebClient::take_line(std::string& line) {
  const bool is_plain = !open_ || plain_lines_ > 0;
  if (plain_lines_ > 0) --plain_lines_;
  const bool is_irc = !is_plain && !line.starts_with("CLOSE") && !line.starts_with("WS-PONG");
  if (is_irc) return IrcClient::take_line(line);
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

void WebClient::unwrap(std::string_view bytes, std::string& lines) {
  received_ += bytes;
  if (!open_) {
    const size_t end = received_.find("\r\n\r\n");
    const bool opens = asked_ && received_.starts_with("HTTP/1.1 101 ");
    if (asked_ && end == std::string::npos) return;
    if (!opens) {
      lines += std::exchange(received_, {});
      return;
    }
    const std::string head = received_.substr(0, end + 4);
    received_.erase(0, head.size());
    open_ = true;
    plain_lines_ = std::count(head.begin(), head.end(), '\n');
    lines += head;
  }
  while (unwrap_frame(lines)) {
  }
}

bool WebClient::unwrap_frame(std::string& lines) {
  const TakenFrame taken = take_frame(received_);
  bad_frames_ = bad_frames_ || !taken.is_right;
  if (!taken.frame) return false;
  const std::string& payload = taken.frame->payload;
  switch (taken.frame->opcode) {
    case Opcode::text:
    case Opcode::binary:
      lines += payload + "\r\n";
      break;
    case Opcode::close:
      lines += "CLOSE " + close_text(payload, " ") + "\r\n";
      break;
    case Opcode::pong:
      lines += "WS-PONG " + payload + "\r\n";
      break;
    case Opcode::continuation:
    case Opcode::ping:
      bad_frames_ = true;
  }
  return true;
}

WebGroup::~WebGroup() {
  if (std::uncaught_exceptions() > 0) return;
  for (const WebClient& client : clients_) {
    CHECK(client.flawed() == Lines{});
    CHECK_FALSE(client.has_bad_frames());
  }
}

WebClient& WebGroup::enter(std::string_view nick, std::string_view capabilities,
                           const std::string& fields, Caller caller) {
  WebClient& client = connect();
  client.open_socket(fields);
  client.enter_as(nick, capabilities, caller);
  client.until([](const std::string& line) { return command_of(line) == "001"; }, "a welcome",
               caller);
  client.fence(caller);
  return client;
}

ServerConfig web_config(int workers, const std::string& http) {
  ServerConfig config = irc_config(workers);
  config.listeners.pop_back();
  config.listeners += R"(, {"protocol": "http", "port": 0)" + http + "}]";
  return config;
}

}  // namespace banterd::tests
